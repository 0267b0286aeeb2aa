// Serves callers side by side, or one at a time. Needs a name server. Run: node server.ts t (threaded) or m (multiplex)
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose } from "#bunsen";

const [answer = "t"] = process.argv.slice(2);
// All of Node's servers have one thread. What Pyro's "multiplex" is for, one call at a time, is `serial` here.
const oneAtATime = answer !== "t";

export class Server {
  #callcount = 0;
  #running = 0;

  reset(): void {
    this.#callcount = 0;
  }
  /** The number of completed calls. */
  getcount(): number {
    return this.#callcount;
  }
  getconfig(): { SERVERTYPE: string } {
    return { SERVERTYPE: oneAtATime ? "multiplex" : "thread" };
  }
  /** @returns how many calls ran at that moment, itself included. */
  async delay(): Promise<string> {
    const beside = `${++this.#running} at once`;
    console.log("delay called,", beside);
    await sleep(1000);
    this.#running--;
    this.#callcount++;
    return beside;
  }
  async onewaydelay(): Promise<void> {
    console.log("onewaydelay called");
    await sleep(1000);
    this.#callcount++;
  }
}
expose(Server, {
  reset: { serial: false },
  getcount: { serial: false },
  getconfig: { serial: false },
  delay: true,
  onewaydelay: { oneway: true, serial: false }, // in the background, as Pyro's, whatever the server type
});

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("servertypes", new Server(), { serial: oneAtATime });
await daemon.announce("servertypes", "example.servertypes");
console.log("ready", daemon.uriFor("servertypes"));
