// A slow object, one for all callers. Needs a name server. Run: node server.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose } from "#bunsen";

export class RemoteObject {
  #amount = 0;

  method(_text: string): string {
    return " ~~this is the remote result~~ ";
  }
  async work(): Promise<void> {
    console.log("work...", this.#amount);
    await sleep(500);
    this.#amount++;
  }
  reset_work(): void {
    this.#amount = 0;
  }
  get_work_done(): number {
    return this.#amount;
  }
}
expose(RemoteObject, { method: true, work: true, reset_work: true, get_work_done: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("proxysharing", new RemoteObject());
await daemon.announce("proxysharing", "example.proxysharing");
console.log("ready", daemon.uriFor("proxysharing"));
