// Finds out whether a server serves its callers side by side. Run: node client.ts
import { setTimeout as sleep } from "node:timers/promises";
import { connect, uriOf } from "#bunsen";
import type { Server } from "./server.ts";

await using server = await connect<Server>("PYRONAME:example.servertypes");
await server.reset();
console.log("Calling 5 times oneway method.");
for (let i = 0; i < 5; i++) await server.onewaydelay();
const completed = await server.getcount();
console.log("Number of completed calls in the server:", completed);
if (completed > 0) throw new Error("oneway calls should run in the background!");

console.log("Calling normal delay 5 times, one after the other.");
for (let i = 0; i < 5; i++) console.log("  call processed by:", await server.delay());
await sleep(2000);
console.log("Number of completed calls in the server:", await server.getcount());
await server.reset();

const { SERVERTYPE } = await server.getconfig();
console.log(`Servertype is ${SERVERTYPE}. 5 callers at the same time:`);
await Promise.all(
  Array.from({ length: 5 }, async () => {
    await using own = await connect<Server>(uriOf(server)); // a connection of its own
    console.log("  call processed by:", await own.delay());
  }),
);
console.log("Done. Number of completed calls in the server:", await server.getcount());
