// Phase 3: listens at all markets, and passes on what viewers want to see. Needs a name server. Run: node aggregator.ts
import { type Callback, connect, Daemon, expose, locateNameServer, type Remote } from "#bunsen";
import type { Viewer } from "./viewer.ts";

export class Aggregator {
  readonly #viewers = new Map<Callback<Viewer>, readonly string[]>();
  readonly #symbols: string[] = [];

  add_symbols(symbols: readonly string[]): void {
    this.#symbols.push(...symbols);
  }
  available_symbols(): string[] {
    return this.#symbols;
  }
  view(viewer: Callback<Viewer>, symbols: readonly string[]): void {
    console.log("aggregator gets a new viewer, for symbols:", ...symbols);
    this.#viewers.set(viewer, symbols);
  }
  quotes(market: string, quotes: Readonly<Record<string, number>>): void {
    for (const [symbol, value] of Object.entries(quotes)) {
      for (const [viewer, symbols] of this.#viewers) {
        if (symbols.includes(symbol)) void this.#tell(viewer, market, symbol, value);
      }
    }
  }

  async #tell(viewer: Callback<Viewer>, ...quote: [string, string, number]): Promise<void> {
    try {
      await viewer.quote(...quote);
    } catch (error) {
      console.log("viewer removed:", (error as Error).message);
      this.#viewers.delete(viewer);
    }
  }
}
expose(Aggregator, { add_symbols: true, available_symbols: true, view: true, quotes: true });

/** A market as its listeners see it: what they pass is an object of their own. */
interface RemoteStockMarket {
  listener(aggregator: Aggregator): void;
  symbols(): string[];
}

const aggregator = new Aggregator();
const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("aggregator", aggregator);
await using names = await locateNameServer();
for (const [name, uri] of await names.list({ prefix: "example.stockmarket-old." })) {
  console.log("joining market", name);
  const market: Remote<RemoteStockMarket> = await connect<RemoteStockMarket>(uri);
  await market.listener(aggregator);
  aggregator.add_symbols(await market.symbols());
}
if (aggregator.available_symbols().length === 0) {
  throw new Error("no symbols found: start the stock markets first");
}
await daemon.announce("aggregator", "example.stockquote-old.aggregator");
console.log("Aggregator running. Symbols:", ...aggregator.available_symbols());
