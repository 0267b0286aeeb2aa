// Increments, waiting and not waiting. Run: node client2.ts
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "#bunsen";
import type { Counter } from "./server2.ts";

await using server = await connect<Counter>("PYRONAME:example.oneway2");
console.log("incrementing a few times normally");
for (let i = 0; i < 3; i++) await server.increment();
const counter = await server.getcount();
console.log("counter in server is now:", counter);
console.log("incrementing a few times via oneway call");
for (let i = 0; i < 3; i++) await server.increment_oneway();
const still = await server.getcount();
console.log("counter is now:", still);
if (still !== counter) throw new Error("the oneway calls were not processed in the background");
console.log("ok, the oneway calls are still being processed in the background");
await sleep(2000);
console.log("counter is now:", await server.getcount());
