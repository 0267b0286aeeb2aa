// Bunsen's gateway: `gateway.ts own`, for an object of its own, or `gateway.ts named <port>`, for those of a name server.

import { Daemon } from "../../src/index.ts";
import { Bench } from "../contenders/bunsen.ts";
import { say } from "../lines.ts";

const [kind, names] = process.argv.slice(2);
const daemon = new Daemon();
if (kind === "own") daemon.register("http.bench", new Bench());
const nameServer = kind === "named" && { host: "127.0.0.1", port: Number(names) };
const { url } = await daemon.listen("http://127.0.0.1:0", { gateway: { nameServer } });
say({ value: Number(new URL(url).port) });
