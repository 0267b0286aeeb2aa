// Uses objects that a remote factory makes. Run: node client.ts URI, with the URI that the server printed
import { connect, uriOf } from "#bunsen";
import type { RemoteFactory } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using factory = await connect<RemoteFactory>(uri);

for (const number of [1, 2, 3]) {
  await using thing = await factory.createSomething(number);
  console.log("created", uriOf(thing));
  await thing.speak(`I am number ${number}`); // printed by the server
}
