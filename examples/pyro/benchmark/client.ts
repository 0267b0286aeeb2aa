// Calls a second, one after the other. Run: node client.ts URI [SERIALIZER]
import { connect, kwargs, type SerializerName, tuple } from "#bunsen";
import type { Bench } from "./bench.ts";

const CALLS = 300;
const [uri = "", serializer = "marshal"] = process.argv.slice(2);
await using bench = await connect<Bench>(uri, { serializer: serializer as SerializerName });

const calls: Record<string, () => Promise<unknown>> = {
  length: () => bench.length("Irmen de Jong"),
  timestwo: () => bench.timestwo(21),
  bigreply: () => bench.bigreply(),
  manyargs: () => bench.manyargs(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
  "noreply, list": () => bench.noreply([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
  "noreply, None": () => bench.noreply(null),
  varargs: () => bench.varargs("een", 2, tuple(3), [4]),
  keywords: () => bench.keywords(kwargs({ arg1: "zork" })),
  "echo, several": () => bench.echo("een", 2, tuple(3), [4]),
  "echo, dict": () => bench.echo({ aap: 42, noot: 99, mies: 987654 }),
  bigarg: () => bench.bigarg("Argument".repeat(50)),
  oneway: () => bench.oneway("stringetje", 432423434, 9.8765432),
};

for (let n = 0; n < CALLS; n++) await bench.length("warm up");
const begin = performance.now();
for (const [name, call] of Object.entries(calls)) {
  const before = performance.now();
  for (let n = 0; n < CALLS; n++) await call();
  console.log(`${name.padEnd(14)} ${rate(CALLS, before)} calls/s`);
}
const total = Object.keys(calls).length * CALLS;
console.log(`${total} calls, ${rate(total, begin)} calls/s (serializer: ${serializer})`);

function rate(count: number, since: number): number {
  return Math.round((count / (performance.now() - since)) * 1000);
}
