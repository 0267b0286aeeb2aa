// Reads kernel messages by way of a server that may. Run: node elevated_client.ts URI
import { connect } from "#bunsen";
import type { DmesgServer } from "./elevated_server.ts";

const [uri = ""] = process.argv.slice(2);
await using dmesg = await connect<DmesgServer>(uri);
console.log("Last few lines of the dmesg kernel buffer:\n");
try {
  console.log((await dmesg.dmesg()).join("\n"));
} catch (error) {
  console.log("ERROR:", (error as Error).message);
  console.log("Is the server running with root privileges?");
}
