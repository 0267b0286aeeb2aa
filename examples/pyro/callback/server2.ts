// Calls an object of the client that fails. Needs a name server. Run: node server2.ts
import { type Callback, Daemon, expose } from "#bunsen";
import type { CallbackHandler } from "./client2.ts";

export class CallbackServer {
  async doCallback(callback: Callback<CallbackHandler>): Promise<void> {
    for (const call of ["call1", "call2"] as const) {
      console.log(`server: doing ${call} to client`);
      try {
        await callback[call]();
      } catch (error) {
        console.log("got an exception from the callback:", error);
      }
    }
    console.log("server: callbacks done");
  }
}
expose(CallbackServer, { doCallback: { oneway: true } });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("callback2", new CallbackServer());
await daemon.announce("callback2", "example.callback2");
console.log("ready", daemon.uriFor("callback2"));
