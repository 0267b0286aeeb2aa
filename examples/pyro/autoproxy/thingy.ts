import { expose } from "#bunsen";

export class Thingy {
  readonly #number: number;
  constructor(number: number) {
    this.#number = number;
  }
  speak(message: string): void {
    console.log(`Thingy ${this.#number} says: ${message}`);
  }
}
expose(Thingy, { speak: true });
