// The port and object id that the name server remembers from last time. Run: node serverNS.ts
import { Daemon, expose, locateNameServer, NamingError } from "#bunsen";

class TestClass {
  method(arg: unknown): void {
    console.log(`Method called with ${arg}. You can now stop this server with Ctrl-C`);
  }
}
expose(TestClass, { method: true });

const NAME = "example.autoreconnect";
await using names = await locateNameServer();
const daemon = new Daemon();

// Clients that use a PYRONAME: URI look again when they reconnect; for them any port and id would do.
// Those that hold the PYRO: URI itself need the old ones.
const before = await names.lookup(NAME).catch((error: unknown) => {
  if (error instanceof NamingError) return undefined;
  throw error;
});
const port = before?.location.kind === "tcp" ? before.location.port : 0;
const id = before?.object ?? crypto.randomUUID();
console.log(before ? `There is still ${before}` : "There was no previous registration");

await daemon.listen(`pyro://localhost:${port}`);
daemon.register(id, new TestClass());
await names.register(NAME, daemon.uriFor(id)); // and not removed: the next run of this program needs it
console.log("Server started.", daemon.uriFor(id));
