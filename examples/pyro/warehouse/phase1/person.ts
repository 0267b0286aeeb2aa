import { createInterface } from "node:readline";
import type { Warehouse } from "./warehouse.ts";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export class Person {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }

  async visit(warehouse: Warehouse): Promise<void> {
    console.log(`This is ${this.#name}.`);
    await this.deposit(warehouse);
    await this.retrieve(warehouse);
    console.log("Thank you, come again!");
  }
  async deposit(warehouse: Warehouse): Promise<void> {
    console.log("The warehouse contains:", warehouse.list_contents());
    const item = await ask("Type a thing you want to store (or empty):");
    if (item) warehouse.store(this.#name, item);
  }
  async retrieve(warehouse: Warehouse): Promise<void> {
    console.log("The warehouse contains:", warehouse.list_contents());
    const item = await ask("Type something you want to take (or empty):");
    if (item) warehouse.take(this.#name, item);
  }
}

async function ask(question: string): Promise<string> {
  console.log(question);
  const { value } = await lines.next();
  return (value ?? "").trim();
}
