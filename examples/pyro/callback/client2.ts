// Callbacks that fail: the server is told, and this program too. Run: node client2.ts, and stop it with Ctrl-C
import { connect, Daemon, expose } from "#bunsen";

export class CallbackHandler {
  call1(): void {
    console.log("callback 1 received from server!");
    throw new Error("crash in call1");
  }
  call2(): void {
    console.log("callback 2 received from server!");
    throw new Error("crash in call2");
  }
}
expose(CallbackHandler, { call1: true, call2: true });

/** The server as its clients see it: what they pass is an object of their own. */
interface RemoteCallbackServer {
  doCallback(callback: CallbackHandler): void;
}

const daemon = new Daemon();
// An error goes to the caller, and nowhere else. Python's @callback logs it here as well; so does a hook.
daemon.use(async (call, _caller, next) => {
  try {
    return await next();
  } catch (error) {
    if (call.member === "call2") console.log("the callback failed here:", error);
    throw error;
  }
});
await daemon.listen("pyro://localhost:0");
const handler = new CallbackHandler();
daemon.register("handler", handler);

const server = await connect<RemoteCallbackServer>("PYRONAME:example.callback2");
await server.doCallback(handler); // one-way: it goes on at once
console.log("waiting for callbacks to arrive..."); // the daemon keeps the program running
