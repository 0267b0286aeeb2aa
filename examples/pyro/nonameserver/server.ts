// Two objects that are known by their URIs only. Run: node server.ts
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Daemon, expose } from "#bunsen";

export class QuoteGen {
  /** What the program `fortune` has to say. */
  async quote(): Promise<string> {
    try {
      return (await promisify(execFile)("fortune")).stdout.trim();
    } catch {
      return "This system knows no witty quotes: install 'fortune'";
    }
  }
}
expose(QuoteGen, { quote: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
console.log("Two URIs to connect to:");
console.log(daemon.register(crypto.randomUUID(), new QuoteGen()).uri); // an id that nobody can guess
console.log(daemon.register("example.quotegen", new QuoteGen()).uri); // one that is chosen
