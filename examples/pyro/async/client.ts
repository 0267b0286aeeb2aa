// Every call is asynchronous: a promise is the future. Run: node client.ts URI
import { setTimeout as sleep } from "node:timers/promises";
import { connect, RemoteArithmeticError } from "#bunsen";
import type { Thingy } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using thingy = await connect<Thingy>(uri);

console.log("* a call that is awaited at once: (notice the delay)");
console.log("result =", await thingy.divide(100, 5));

console.log("* a call whose result is wanted later");
const pending = thingy.divide(100, 5);
console.log("the client can do other stuff here");
console.log("result =", await pending);

console.log("* an error reaches whoever awaits");
try {
  await thingy.divide(100, 0);
} catch (error) {
  if (!(error instanceof RemoteArithmeticError)) throw error;
  console.log("got the expected error:", error.message);
}

console.log("* waiting for a while only, without giving the call up");
const slow = thingy.divide(100, 5);
const waited = await Promise.race([slow.then(() => true), sleep(2000).then(() => false)]);
console.log("ready within 2 seconds?", waited);
console.log("result =", await slow);

console.log("* several at the same time");
const divisors = [7, 6, 5, 4, 3];
console.log("results =", ...(await Promise.all(divisors.map((d) => thingy.divide(100, d)))));
