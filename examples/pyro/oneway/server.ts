// Methods that nobody waits for. Needs a name server. Run: node server.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose } from "#bunsen";

export class Server {
  #busy = false;

  async oneway_start(seconds: number): Promise<void> {
    console.log("start request received. Starting work...");
    this.#busy = true;
    for (let left = seconds; left > 0; left--) {
      await sleep(1000);
      console.log(left);
    }
    console.log("work is done!");
    this.#busy = false;
  }

  ready(): boolean {
    console.log(`ready status requested (${!this.#busy})`);
    return !this.#busy;
  }

  result(): string {
    return "The result :)";
  }

  nothing(): void {
    console.log("nothing got called, doing nothing");
  }

  async oneway_work(): Promise<void> {
    for (let i = 1; i <= 10; i++) {
      console.log("work work..", i);
      await sleep(1000);
    }
    console.log("work's done!");
  }
}
expose(Server, {
  oneway_start: { oneway: true },
  ready: true,
  result: true,
  nothing: true,
  oneway_work: { oneway: true },
});

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("oneway", Server); // the class: an instance for each connection
await daemon.announce("oneway", "example.oneway");
console.log("ready", daemon.uriFor("oneway"));
