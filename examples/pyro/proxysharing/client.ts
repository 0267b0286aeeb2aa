// One proxy for many tasks at once. Run: node client.ts
import { setTimeout as sleep } from "node:timers/promises";
import { connect, locateNameServer, type Remote, uriOf } from "#bunsen";
import type { RemoteObject } from "./server.ts";

await using names = await locateNameServer();
await using shared = await connect<RemoteObject>("PYRONAME:example.proxysharing");

console.log(
  "5 tasks call the name server and the object for 5 seconds, with the same two proxies.",
);
await during(5, 5, async () => {
  await names.list({ prefix: "example." });
  await shared.method("the quick brown fox jumps over the lazy dog");
});
console.log("Done.");

// A Bunsen server works on all calls of a connection at once; Python's takes them one after the other.
console.log("10 tasks do work with the same proxy.");
await shared.reset_work();
await during(10, 5, () => shared.work());
console.log("--> work done on the server:", await shared.get_work_done());

console.log("10 tasks do work, each with a proxy of its own.");
await shared.reset_work();
const uri = uriOf(shared);
const own = await Promise.all(Array.from({ length: 10 }, () => connect<RemoteObject>(uri)));
await during(10, 5, (task) => (own[task] as Remote<RemoteObject>).work());
console.log("--> work done on the server:", await shared.get_work_done());
await Promise.all(own.map((proxy) => proxy[Symbol.asyncDispose]()));

/** Repeats something in a number of tasks, for some seconds. */
async function during(tasks: number, seconds: number, action: (task: number) => Promise<void>) {
  let isOver = false;
  const repeat = async (_: unknown, task: number) => {
    while (!isOver) await action(task);
  };
  const all = Promise.all(Array.from({ length: tasks }, repeat));
  await Promise.race([sleep(seconds * 1000), all]); // an error ends it at once
  isOver = true;
  await all;
}
