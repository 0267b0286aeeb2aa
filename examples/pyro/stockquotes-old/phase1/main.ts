// Phase 1: markets, aggregator and viewer in one program, without Bunsen. Run: node main.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Aggregator } from "./aggregator.ts";
import { StockMarket } from "./stockmarket.ts";
import { Viewer } from "./viewer.ts";

const markets = [
  new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]),
  new StockMarket("NYSE", ["IBM", "HPQ", "BP"]),
];
const aggregator = new Aggregator();
for (const market of markets) {
  aggregator.add_symbols(market.symbols());
  market.listener(aggregator);
}
console.log("aggregated symbols:", ...aggregator.available_symbols());
aggregator.view(new Viewer(), ["IBM", "AAPL", "MSFT"]);

for (;;) {
  for (const market of markets) market.generate();
  await sleep(500);
}
