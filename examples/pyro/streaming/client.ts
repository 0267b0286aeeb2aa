// Reads remote generators and iterators. Run: node client.ts URI
import { connect } from "#bunsen";
import type { Streamer } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using streamer = await connect<Streamer>(uri);
console.log("normal list:", await streamer.list());
console.log("via iterator:", await all(streamer.iterator()));
console.log("via generator:", await all(streamer.generator()));

console.log("slow generator:");
for await (const number of streamer.slow_generator()) console.log(number);

const numbers: number[] = [];
for await (const number of streamer.fibonacci()) {
  if (number > 100) break; // which ends it over there, too
  numbers.push(number);
}
console.log("fibonacci, up to 100:", numbers);

// An attribute may be a stream as well.
console.log("property iterator:", await all(await streamer.prop_iter));
console.log("property generator:", await all(await streamer.prop_generator));

async function all(stream: AsyncIterable<number>): Promise<string> {
  const items: number[] = [];
  for await (const item of stream) items.push(item);
  return items.join(" ");
}
