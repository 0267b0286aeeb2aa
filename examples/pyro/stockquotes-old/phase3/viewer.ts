// Phase 3: shows quotes. Run: node viewer.ts SYMBOL,SYMBOL
import { connect, Daemon, expose } from "#bunsen";

export class Viewer {
  quote(market: string, symbol: string, value: number): void {
    console.log(`${market}.${symbol}: ${value}`);
  }
}
expose(Viewer, { quote: true });

/** The aggregator as its viewers see it: what they pass is an object of their own. */
interface RemoteAggregator {
  available_symbols(): string[];
  view(viewer: Viewer, symbols: readonly string[]): void;
}

const [wanted = "IBM,AAPL,MSFT"] = process.argv.slice(2);
const symbols = wanted.split(",").map((symbol) => symbol.trim());
// A server in Python calls back over a connection of its own, to a daemon here.
const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const viewer = new Viewer();
daemon.register("viewer", viewer);
const aggregator = await connect<RemoteAggregator>("PYRONAME:example.stockquote-old.aggregator");
console.log("Available stock symbols:", ...(await aggregator.available_symbols()));
await aggregator.view(viewer, symbols);
console.log("Viewer listening on symbols", ...symbols);
