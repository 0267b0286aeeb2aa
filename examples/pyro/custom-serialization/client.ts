// Instances of custom classes, there and back. Run: node client.ts URI
import { connect } from "#bunsen";
import { OtherThingy, Thingy } from "./mycustomclasses.ts"; // which also registers them
import type { Server } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using server = await connect<Server>(uri);
console.log("response:", await server.method(new Thingy(42)));
console.log("response:", await server.othermethod(new OtherThingy(42)));
