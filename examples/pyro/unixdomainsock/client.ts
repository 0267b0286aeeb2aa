// Calls an object by any URI. Run: node client.ts URI, from the folder that the server was started in
import { connect } from "#bunsen";
import type { Thingy } from "./thingy.ts";

const [text = ""] = process.argv.slice(2);
const uri = text.replace("\\x00", "\0");
await using thingy = await connect<Thingy>(uri);
console.log("Response was:", await thingy.message("Hello there!"));
