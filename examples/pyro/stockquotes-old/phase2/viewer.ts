import type { Aggregator } from "./aggregator.ts";

export class Viewer {
  quote(market: string, symbol: string, value: number): void {
    console.log(`${market}.${symbol}: ${value}`);
  }
}

export function main(aggregator: Aggregator): void {
  aggregator.view(new Viewer(), ["IBM", "AAPL", "MSFT"]);
}
