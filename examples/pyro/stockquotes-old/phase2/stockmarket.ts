import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Aggregator } from "./aggregator.ts";

export class StockMarket {
  readonly #name: string;
  readonly #means: ReadonlyMap<string, number>;
  readonly #aggregators: Aggregator[] = [];

  constructor(name: string, symbols: readonly string[]) {
    this.#name = name;
    this.#means = new Map(symbols.map((symbol) => [symbol, randomInt(20, 200)]));
  }

  /** New prices of some symbols, told to all that listen. */
  generate(): void {
    const quotes: Record<string, number> = {};
    for (const [symbol, mean] of this.#means) {
      if (Math.random() < 0.2) quotes[symbol] = mean + randomInt(-2000, 2000) / 100;
    }
    for (const aggregator of this.#aggregators) aggregator.quotes(this.#name, quotes);
  }

  listener(aggregator: Aggregator): void {
    this.#aggregators.push(aggregator);
  }

  symbols(): string[] {
    return [...this.#means.keys()];
  }

  /** Generates by itself, every now and then. The original has a thread for it. */
  async run(): Promise<never> {
    for (;;) {
      await sleep(Math.random() * 1000);
      this.generate();
    }
  }
}

export function main(): StockMarket[] {
  const markets = [
    new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]),
    new StockMarket("NYSE", ["IBM", "HPQ", "BP"]),
  ];
  for (const market of markets) void market.run();
  return markets;
}
