// Phase 3: the same as in phase 2, from any machine: the name server says where the markets are. Run: node viewer.ts
import { connect, locateNameServer } from "#bunsen";
import type { StockMarket } from "./stockmarket.ts";

const SYMBOLS = new Set(["IBM", "AAPL", "MSFT"]);

await using names = await locateNameServer();
const markets = await names.list({ prefix: "example.stockmarket." });
if (markets.size === 0) throw new Error("no markets found: start the stock markets first");

console.log("Shown quotes:", ...SYMBOLS);
await Promise.all([...markets.values()].map(show)); // side by side: no market waits for another

async function show(uri: string): Promise<void> {
  await using market = await connect<StockMarket>(uri);
  const name = await market.name;
  console.log("found market", name);
  for await (const [symbol, price] of market.quotes()) {
    if (SYMBOLS.has(`${symbol}`)) console.log(`${name}.${symbol}: ${price}`);
  }
}
