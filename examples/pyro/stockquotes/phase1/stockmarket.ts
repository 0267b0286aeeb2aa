import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export class StockMarket {
  readonly name: string;
  readonly symbols: readonly string[];

  constructor(name: string, symbols: readonly string[]) {
    this.name = name;
    this.symbols = symbols;
  }

  /** A symbol and its price, every now and then, for as long as somebody asks. */
  async *quotes(): AsyncGenerator<[symbol: string, price: number]> {
    for (;;) {
      const symbol = this.symbols[randomInt(this.symbols.length)] ?? "";
      yield [symbol, randomInt(500, 15_000) / 100];
      await sleep(Math.random() * 500);
    }
  }
}
