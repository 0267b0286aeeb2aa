// Phase 3: markets that tell whoever listens. Needs a name server. Run: node stockmarket.ts, then aggregator.ts
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Callback, Daemon, expose } from "#bunsen";
import type { Aggregator } from "./aggregator.ts";

export class StockMarket {
  readonly #name: string;
  readonly #means: ReadonlyMap<string, number>;
  readonly #aggregators = new Set<Callback<Aggregator>>();

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
    console.log("new quotes generated for", this.#name);
    for (const aggregator of this.#aggregators) void this.#tell(aggregator, quotes);
  }

  listener(aggregator: Callback<Aggregator>): void {
    console.log(`market ${this.#name} adding new aggregator`);
    this.#aggregators.add(aggregator);
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

  async #tell(aggregator: Callback<Aggregator>, quotes: Record<string, number>): Promise<void> {
    try {
      await aggregator.quotes(this.#name, quotes);
    } catch (error) {
      console.log("aggregator removed:", (error as Error).message);
      this.#aggregators.delete(aggregator);
    }
  }
}
expose(StockMarket, { listener: true, symbols: true });

const nasdaq = new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]);
const newyork = new StockMarket("NYSE", ["IBM", "HPQ", "BP"]);
const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("nasdaq", nasdaq);
daemon.register("newyork", newyork);
for (const id of daemon.objects) await daemon.announce(id, `example.stockmarket-old.${id}`);
void nasdaq.run();
void newyork.run();
console.log("Stockmarkets running.");
