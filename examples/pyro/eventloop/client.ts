// Calls a server that does other things too. Run: node client.ts
import { connect } from "#bunsen";
import type { EmbeddedServer } from "./server.ts";

await using server = await connect<EmbeddedServer>("PYRONAME:example.eventloop.server");
console.log("5*11 =", await server.multiply(5, 11));
console.log("'x'*10 =", await server.multiply("x", 10));
for (let i = 1; i < 20; i++) console.log(`'@'*${i} =`, await server.multiply("@", i));
