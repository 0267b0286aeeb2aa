import { expose } from "#bunsen";

let taken = 0;

export class ShoppingCart {
  readonly #number = ++taken;
  #contents: string[] = [];

  constructor() {
    console.log(`(shoppingcart ${this.#number} taken)`);
  }
  purchase(item: string): void {
    this.#contents.push(item);
    console.log(`(${item} put into shoppingcart ${this.#number})`);
  }
  empty(): void {
    this.#contents = [];
  }
  getContents(): string[] {
    return this.#contents;
  }
}
expose(ShoppingCart, { purchase: true, empty: true, getContents: true });
