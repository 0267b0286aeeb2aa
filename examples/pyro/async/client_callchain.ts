// Functions and further calls that wait for a result: then and catch. Run: node client_callchain.ts URI
import { connect } from "#bunsen";
import type { Thingy } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using thingy = await connect<Thingy>(uri);

console.log("* an error goes down the chain, to the first that handles it");
await thingy
  .divide(100, 0)
  .then((result) => console.log("never printed:", result))
  .catch((error: Error) => console.log("error handler:", error.message));

console.log("* functions, with arguments of their own");
const add = (increase: number) => (value: number) => value + increase;
const sum = await thingy.multiply(5, 6).then(add(1)).then(add(2)).then(add(3));
console.log("final value =", sum); // 5 * 6 + 1 + 2 + 3

console.log("* further remote calls");
const total = await thingy
  .divide(100, 5)
  .then((value) => thingy.add(value, 1))
  .then((value) => thingy.add(value, 2))
  .then((value) => thingy.add(value, 3));
console.log("final value =", total); // 100 / 5 + 1 + 2 + 3

console.log("* the same, as one would write it today");
let value = await thingy.divide(100, 5);
for (const increase of [1, 2, 3]) value = await thingy.add(value, increase);
console.log("final value =", value);
