// Batches are asynchronous too. Run: node client_batch.ts URI
import { batch, batchSettled, connect } from "#bunsen";
import type { Thingy } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using thingy = await connect<Thingy>(uri);

console.log("* a batch");
const pending = batch(thingy, (b) => [b.divide(100, 5), b.divide(99, 9), b.divide(555, 2)]);
console.log("the client can do other stuff here, a batch takes a while");
console.log("results =", ...(await pending));

console.log("* with functions chained to it");
const plusOne = (values: number[]) => values.map((value) => value + 1);
const chained = batch(thingy, (b) => [b.divide(100, 5), b.divide(99, 9), b.divide(555, 2)]);
console.log("results =", ...(await chained.then(plusOne).then(plusOne).then(plusOne)));

console.log("* with an error, after which the rest is not run");
const outcomes = await batchSettled(thingy, (b) => [
  b.divide(1, 1),
  b.divide(100, 0),
  b.multiply(2, 3),
]);
for (const outcome of outcomes) {
  console.log(outcome.status === "fulfilled" ? outcome.value : outcome.reason.message);
}
