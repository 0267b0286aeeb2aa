// Phase 2: the same, but the markets generate their quotes by themselves. Run: node main.ts
import * as aggregator from "./aggregator.ts";
import * as stockmarket from "./stockmarket.ts";
import * as viewer from "./viewer.ts";

viewer.main(aggregator.main(stockmarket.main()));
console.log("Press Enter to quit.");
process.stdin.once("data", () => process.exit());
