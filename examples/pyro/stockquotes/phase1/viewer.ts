// Phase 1: two markets and a viewer in one program, without Bunsen. Run: node viewer.ts
import { StockMarket } from "./stockmarket.ts";

const SYMBOLS = new Set(["IBM", "AAPL", "MSFT"]);
const markets = [
  new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]),
  new StockMarket("NYSE", ["IBM", "HPQ", "BP"]),
];

console.log("Shown quotes:", ...SYMBOLS);
await Promise.all(markets.map(show)); // side by side: no market waits for another

async function show(market: StockMarket): Promise<void> {
  for await (const [symbol, price] of market.quotes()) {
    if (SYMBOLS.has(symbol)) console.log(`${market.name}.${symbol}: ${price}`);
  }
}
