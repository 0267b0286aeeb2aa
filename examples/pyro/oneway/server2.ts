// A counter for all callers, that can be incremented with and without waiting. Needs a name server. Run: node server2.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose } from "#bunsen";

export class Counter {
  #counter = 0;

  async increment(): Promise<void> {
    await sleep(500);
    this.#counter++;
  }
  async increment_oneway(): Promise<void> {
    console.log("oneway call executing");
    await this.increment();
  }
  getcount(): number {
    return this.#counter;
  }
}
expose(Counter, { increment: true, increment_oneway: { oneway: true }, getcount: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("oneway2", new Counter());
await daemon.announce("oneway2", "example.oneway2");
console.log("ready", daemon.uriFor("oneway2"));
