import { type Callback, expose } from "#bunsen";

/** What a bouncer needs of the one on the other side. */
export interface Bouncing {
  process(message: readonly string[]): string[] | Promise<string[]>;
}

/** Passes a message to the one on the other side, which passes it back, until it has been there often enough. */
export class Bouncer implements Bouncing {
  readonly #name: string;
  #other: Callback<Bouncing> | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  register(other: Callback<Bouncing>): void {
    this.#other = other;
  }

  async process(message: readonly string[]): Promise<string[]> {
    if (message.length >= 3) return [`complete at ${this.#name}`];
    if (!this.#other) throw new Error(`nobody is registered with ${this.#name}`);
    console.log(`I'm ${this.#name}, bouncing back...`);
    const rest = await this.#other.process([...message, this.#name]);
    return [`passed on from ${this.#name}`, ...rest];
  }
}
expose(Bouncer, { register: true, process: true });
