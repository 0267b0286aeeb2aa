// Sends instances of classes by converters of its own. Run: node client.ts URI
import { ClassRegistry, connect } from "#bunsen";
import { OtherThingy, Thingy } from "./mycustomclasses.ts";
import type { Server } from "./server.ts";

// For this proxy only, where `registerClass` (in the example `custom-serialization`) holds for the whole process.
const classes = new ClassRegistry();
classes.register(Thingy, {
  name: "waheeee-custom-thingy",
  toWire(thingy) {
    console.log("converting to a record:", thingy);
    return { "number-attribute": thingy.number };
  },
  fromWire(record) {
    console.log("converting to an instance:", record);
    return new Thingy(record["number-attribute"] as number);
  },
});
// Only the way back: without `toWire` the properties are sent as they are.
classes.register(OtherThingy, {
  name: "mycustomclasses.OtherThingy",
  fromWire: ({ number }) => new OtherThingy(number as number),
});

const [uri = ""] = process.argv.slice(2);
await using server = await connect<Server>(uri, { classes });
console.log("response:", await server.method(new Thingy(42)));
console.log("response:", await server.othermethod(new OtherThingy(42)));
