// Connections a second. Run: node connections.ts URI
import { connect, release } from "#bunsen";
import type { Bench } from "./bench.ts";

const [uri = ""] = process.argv.slice(2);

await timed("connections of one proxy", 200, async (times) => {
  await using bench = await connect<Bench>(uri);
  for (let n = 0; n < times; n++) {
    await release(bench);
    await bench.noreply(n); // connects again
  }
});

await timed("new proxies, with a call each", 200, async (times) => {
  for (let n = 0; n < times; n++) {
    await using bench = await connect<Bench>(uri);
    await bench.oneway();
  }
});

await timed("one-way calls", 2000, async (times) => {
  await using bench = await connect<Bench>(uri);
  for (let n = 0; n < times; n++) await bench.oneway();
});

async function timed(what: string, times: number, work: (times: number) => Promise<void>) {
  const begin = performance.now();
  await work(times);
  const perSecond = (times / (performance.now() - begin)) * 1000;
  console.log(`${times} ${what}: ${Math.round(perSecond)} a second`);
}
