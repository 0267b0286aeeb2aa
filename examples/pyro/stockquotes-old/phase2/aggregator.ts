import type { StockMarket } from "./stockmarket.ts";
import type { Viewer } from "./viewer.ts";

/** Collects the quotes of all markets, and passes on what its viewers want to see. */
export class Aggregator {
  readonly #viewers = new Map<Viewer, readonly string[]>();
  readonly #symbols: string[] = [];

  add_symbols(symbols: readonly string[]): void {
    this.#symbols.push(...symbols);
  }
  available_symbols(): string[] {
    return this.#symbols;
  }
  view(viewer: Viewer, symbols: readonly string[]): void {
    this.#viewers.set(viewer, symbols);
  }
  quotes(market: string, quotes: Readonly<Record<string, number>>): void {
    for (const [symbol, value] of Object.entries(quotes)) {
      for (const [viewer, symbols] of this.#viewers) {
        if (symbols.includes(symbol)) viewer.quote(market, symbol, value);
      }
    }
  }
}

export function main(markets: readonly StockMarket[]): Aggregator {
  const aggregator = new Aggregator();
  for (const market of markets) {
    aggregator.add_symbols(market.symbols());
    market.listener(aggregator);
  }
  console.log("aggregated symbols:", ...aggregator.available_symbols());
  return aggregator;
}
