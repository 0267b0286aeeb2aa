// An object of Bunsen's that a name server lists as http.bench: `object.ts <port of the name server>`.

import { Daemon } from "../../src/index.ts";
import { Bench } from "../contenders/bunsen.ts";
import { say } from "../lines.ts";

const daemon = new Daemon();
daemon.register("bench", new Bench());
await daemon.listen("pyro://127.0.0.1:0");
await daemon.announce("bench", "http.bench", { host: "127.0.0.1", port: Number(process.argv[2]) });
say({ value: 0 });
