// Phase 3: the markets can be reached from other machines. Needs a name server there. Run: node stockmarket.ts [HOST]
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose, type Tuple, tuple } from "#bunsen";

export class StockMarket {
  readonly name: string;
  readonly symbols: readonly string[];

  constructor(name: string, symbols: readonly string[]) {
    this.name = name;
    this.symbols = symbols;
  }

  /** A symbol and its price, every now and then, for as long as somebody asks. */
  async *quotes(): AsyncGenerator<Tuple<string | number>> {
    for (;;) {
      const symbol = this.symbols[randomInt(this.symbols.length)] ?? "";
      yield tuple<string | number>(symbol, randomInt(500, 15_000) / 100);
      await sleep(Math.random() * 500);
    }
  }
}
expose(StockMarket, { name: true, symbols: true, quotes: true });

const daemon = new Daemon();
const [host = "127.0.0.1"] = process.argv.slice(2); // "0.0.0.0" for every address that this machine has
await daemon.listen(`pyro://${host}:9092`); // a fixed port, that a firewall can let through
daemon.register("nasdaq", new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]));
daemon.register("newyork", new StockMarket("NYSE", ["IBM", "HPQ", "BP"]));
for (const id of daemon.objects) await daemon.announce(id, `example.stockmarket.${id}`);
console.log("Stockmarkets available.");
