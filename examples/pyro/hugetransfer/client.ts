// Sends megabytes, and fetches them. Run: node client.ts URI
import { connect, type SerializerName } from "#bunsen";
import type { Testclass } from "./server.ts";

const MEGABYTES = 5;
const SIZE = MEGABYTES * 1024 * 1024;
const [uri = ""] = process.argv.slice(2);

// serpent and json are text, so bytes grow by a third in the one, and are unknown to the other.
for (const serializer of ["serpent", "marshal", "msgpack"] as SerializerName[]) {
  await using test = await connect<Testclass>(uri, { serializer });
  for (const data of ["x".repeat(SIZE), new Uint8Array(SIZE)]) {
    const begin = performance.now();
    if ((await test.transfer(data)) !== SIZE) throw new Error("something was lost");
    report(`${serializer}, ${typeof data === "string" ? "text" : "bytes"}`, MEGABYTES, begin);
  }
}

await using test = await connect<Testclass>(uri);
const begin = performance.now();
let total = 0;
for await (const chunk of test.download_chunks(SIZE * 4)) total += chunk.length;
if (total !== SIZE * 4) throw new Error("something was lost");
report("download as a stream", MEGABYTES * 4, begin);

function report(what: string, megabytes: number, since: number): void {
  const seconds = (performance.now() - since) / 1000;
  console.log(`${what}: ${(megabytes / seconds).toFixed(0)} MB/s`);
}
