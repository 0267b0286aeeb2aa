import { connect, Daemon, expose, type Remote } from "#bunsen";

/** Passes a message on to the next link, until it has come round: then it returns the way it went. */
export class Chain {
  readonly #name: string;
  readonly #nextName: string;
  #next: Promise<Remote<Chain>> | undefined;

  constructor(name: string, next: string) {
    this.#name = name;
    this.#nextName = next;
  }

  async process(message: string[]): Promise<string[]> {
    if (message.includes(this.#name)) {
      console.log(`Back at ${this.#name}; we completed the circle!`);
      return [`complete at ${this.#name}`];
    }
    console.log(`I'm ${this.#name}, passing to ${this.#nextName}`);
    this.#next ??= connect<Chain>(`PYRONAME:example.chain.${this.#nextName}`);
    const rest = await (await this.#next).process([...message, this.#name]);
    return [`passed on from ${this.#name}`, ...rest];
  }
}
expose(Chain, { process: true });

export async function serve(name: string, next: string): Promise<void> {
  const daemon = new Daemon();
  await daemon.listen("pyro://localhost:0");
  daemon.register("chain", new Chain(name, next));
  await daemon.announce("chain", `example.chain.${name}`);
  console.log(`Server started ${name}`);
}
