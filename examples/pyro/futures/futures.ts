// What Pyro4.Future did, JavaScript has built in. Run: node futures.ts
import { setImmediate as later } from "node:timers/promises";

async function myfunction(a: number, b: number, extra?: string): Promise<number> {
  await later(); // in the background
  console.log(`>>> myfunction called with: a=${a}, b=${b}, extra=${extra}`);
  return a + b;
}

console.log("* just a single call:");
const result = myfunction(5, 6);
console.log("we can do stuff here in the meantime...");
console.log("result value =", await result);

console.log("* several calls chained:");
const chained = myfunction(5, 6)
  .then((value) => myfunction(value, 10))
  .then((value) => myfunction(value, 20, "something"));
console.log("we can do stuff here in the meantime...");
console.log("result value =", await chained);
