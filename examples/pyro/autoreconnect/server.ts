// The same port and object id each time, so that a URI stays valid. Run: node server.ts
import { Daemon, expose } from "#bunsen";

export class TestClass {
  method(arg: unknown): void {
    console.log(`Method called with ${arg}. You can now stop this server with Ctrl-C`);
  }
}
expose(TestClass, { method: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:7777");
daemon.register("example.autoreconnect_fixed_objectid", new TestClass());
console.log("ready", daemon.uriFor("example.autoreconnect_fixed_objectid"));
