// A lab for tests that kill it, or measure its memory: `node lab-process.ts <port>`.

import { createInterface } from "node:readline";
import { Daemon, SILENT } from "../../src/index.ts";
import { Lab } from "./lab.ts";

const daemon = new Daemon({ logger: SILENT });
daemon.register("lab", new Lab());
await daemon.listen(`pyro://127.0.0.1:${process.argv[2]}`, { maxConnections: 20_000 });
console.log(daemon.uriFor("lab"));
createInterface(process.stdin).on("line", () => console.log(`rss ${process.memoryUsage.rss()}`));
