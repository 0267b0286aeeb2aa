// What the benchmark calls. Run: node server.ts [HOST]
import { Daemon } from "#bunsen";
import { Bench } from "./bench.ts";

const [host = "localhost"] = process.argv.slice(2);
const daemon = new Daemon();
await daemon.listen(`pyro://${host}:0`);
daemon.register("example.benchmark", new Bench());
console.log("ready", daemon.uriFor("example.benchmark"));
