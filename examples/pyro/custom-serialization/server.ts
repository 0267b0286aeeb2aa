// Takes and returns instances of its own classes. Run: node server.ts
import { Daemon, expose } from "#bunsen";
import { OtherThingy, Thingy } from "./mycustomclasses.ts";

export class Server {
  method(arg: Thingy): Thingy {
    console.log("method called, arg =", arg);
    return new Thingy(999);
  }
  othermethod(arg: OtherThingy): OtherThingy {
    console.log("othermethod called, arg =", arg);
    return new OtherThingy(999);
  }
}
expose(Server, { method: true, othermethod: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.customclasses", new Server());
console.log("ready", daemon.uriFor("example.customclasses"));
