// Starts work without waiting for it, and asks whether it is done. Run: node client.ts
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "#bunsen";
import type { Server } from "./server.ts";

await using server = await connect<Server>("PYRONAME:example.oneway");
console.log("starting server using a oneway call");
await server.oneway_start(6); // what is awaited is that it was sent
console.log("doing some more calls inbetween");
for (let i = 0; i < 4; i++) await server.nothing();

await sleep(2000);
console.log("Now contacting the server to see if it's done.");
while (!(await server.ready())) {
  console.log("no, trying again");
  await sleep(1000);
}
console.log("yes!");
console.log("getting the result from the server:", await server.result());

console.log("Calling the oneway work method; the server goes on working while we are done.");
await server.oneway_work();
