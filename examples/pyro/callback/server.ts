// Workers that report to an object of the client when they are done. Needs a name server. Run: node server.ts
import { setTimeout as sleep } from "node:timers/promises";
import { type Callback, Daemon, expose, type Remote } from "#bunsen";
import type { CallbackHandler } from "./client.ts";

const daemon = new Daemon();

export class Worker {
  readonly #number: number;
  readonly #callback: Callback<CallbackHandler>;

  constructor(number: number, callback: Callback<CallbackHandler>) {
    this.#number = number;
    this.#callback = callback;
  }

  async work(seconds: number): Promise<void> {
    console.log(`Worker ${this.#number} busy...`);
    await sleep(seconds * 1000);
    console.log(`Worker ${this.#number} done. Informing callback client.`);
    daemon.unregister(this);
    await this.#callback.done(this.#number);
  }
}
expose(Worker, { work: { oneway: true } }); // nobody waits until the work is done

class CallbackServer {
  #workers = 0;

  addworker(callback: Callback<CallbackHandler>): Worker {
    const worker = new Worker(++this.#workers, callback);
    daemon.register(crypto.randomUUID(), worker); // so that the caller gets a proxy of it
    return worker;
  }
}
expose(CallbackServer, { addworker: true });

/** The server as its clients see it. */
export interface RemoteCallbackServer {
  addworker(callback: CallbackHandler): Remote<Worker>;
}

await daemon.listen("pyro://localhost:0");
daemon.register("callback", new CallbackServer());
await daemon.announce("callback", "example.callback");
console.log("ready", daemon.uriFor("callback"));
