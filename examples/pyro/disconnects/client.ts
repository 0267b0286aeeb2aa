// Notices that it was disconnected, and goes on. Run: node client.ts URI
import { connect, connectionState } from "#bunsen";
import type { TestDisconnect } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using object = await connect<TestDisconnect>(uri);
console.log("result =", await object.echo("12345"));

console.log("Now unplug the network, or wait until the server finds this connection too silent.");
for await (const state of connectionState(object)) {
  console.log("the connection is", state.name);
  if (state.name === "lost") {
    console.log(state.reason.message);
    break;
  }
}
// No ping before each call, as Python's proxy needs it: what is known to be lost is made anew by the next call.
console.log("result =", await object.echo("12345"));
