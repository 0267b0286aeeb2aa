// Takes and returns instances of classes, by converters of its own. Run: node server.ts
import { ClassRegistry, Daemon, expose } from "#bunsen";
import { OtherThingy, Thingy } from "./mycustomclasses.ts";

// For the objects of this daemon only.
const classes = new ClassRegistry();
classes.register(Thingy, {
  name: "waheeee-custom-thingy",
  toWire: ({ number }) => ({ "number-attribute": number }),
  fromWire: (record) => new Thingy(record["number-attribute"] as number),
});
classes.register(OtherThingy, {
  name: "mycustomclasses.OtherThingy",
  fromWire: ({ number }) => new OtherThingy(number as number),
});

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

const daemon = new Daemon({ classes });
await daemon.listen("pyro://localhost:0");
daemon.register("example.customclasses", new Server());
console.log("ready", daemon.uriFor("example.customclasses"));
