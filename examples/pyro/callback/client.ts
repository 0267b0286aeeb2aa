// Puts five workers to work, and waits until each has called back. Run: node client.ts
import { connect, Daemon, expose } from "#bunsen";
import type { RemoteCallbackServer } from "./server.ts";

const WORKERS = 5;

export class CallbackHandler {
  #left = WORKERS;
  readonly #allDone = Promise.withResolvers<void>();
  readonly allDone: Promise<void> = this.#allDone.promise;

  done(number: number): void {
    console.log(`callback: worker ${number} reports work is done!`);
    if (--this.#left === 0) this.#allDone.resolve();
  }
}
expose(CallbackHandler, { done: true });

// A server in Python calls back over a connection of its own, to a daemon here. A server with Bunsen uses the
// connection that is there: for it alone, this program would need no daemon.
await using daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const handler = new CallbackHandler();
daemon.register("handler", handler);

await using server = await connect<RemoteCallbackServer>("PYRONAME:example.callback");
for (let number = 1; number <= WORKERS; number++) {
  await using worker = await server.addworker(handler);
  await worker.work(1 + (number % 3));
}
console.log("waiting for all work complete...");
await handler.allDone;
console.log("done!");
