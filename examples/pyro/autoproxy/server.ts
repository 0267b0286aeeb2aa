// A factory whose products stay here: callers get proxies of them. Run: node server.ts
import { Daemon, expose, type Remote } from "#bunsen";
import { Thingy } from "./thingy.ts";

const daemon = new Daemon();

class Factory {
  createSomething(number: number): Thingy {
    const thing = new Thingy(number);
    // What is registered travels as a proxy of itself. What is not would have to be sent as a copy.
    daemon.register(`thing-${number}-${crypto.randomUUID()}`, thing);
    return thing;
  }
}
expose(Factory, { createSomething: true });

/** The factory as its callers see it. */
export interface RemoteFactory {
  createSomething(number: number): Remote<Thingy>;
}

await daemon.listen("pyro://localhost:0");
daemon.register("example.autoproxy", new Factory());
console.log("ready", daemon.uriFor("example.autoproxy"));
