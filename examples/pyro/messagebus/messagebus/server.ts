// The bus. Needs a name server. Run: node messagebus/server.ts [--host HOST] [--port PORT] [--storage memory|sqlite]
// [--file FILE], by default with SQLite, in messages.sqlite.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Daemon } from "#bunsen";
import { MESSAGE_BUS, MessageBus } from "./messagebus.ts";
import { MemoryStorage, SqliteStorage } from "./storage.ts";

const { values } = parseArgs({
  options: {
    host: { type: "string", short: "n", default: "localhost" },
    port: { type: "string", short: "p", default: "0" },
    storage: { type: "string", short: "s", default: "sqlite" },
    file: { type: "string", short: "f", default: "messages.sqlite" },
  },
});
const { host, port, storage, file } = values;

const bus = new MessageBus(storage === "memory" ? new MemoryStorage() : new SqliteStorage(file));
const daemon = new Daemon({ proxies: { timeout: 20_000 } }); // for subscribers that hang
await daemon.listen(`pyro://${host}:${port}`, { maxMessageBytes: 256 * 1024 });
daemon.register("messagebus", bus);
await daemon.announce("messagebus", MESSAGE_BUS);
console.log("uri =", daemon.uriFor("messagebus"));
console.log(`Server running, storage is ${storage}.`);
for (;;) {
  await sleep(10_000);
  console.log(new Date().toISOString(), "stats:", bus.stats());
}
