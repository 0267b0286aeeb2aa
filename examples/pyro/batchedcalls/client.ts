// Many calls in one message. Run: node client.ts URI, with the URI that the server printed
import { batch, batchOneway, batchSettled, connect } from "#bunsen";
import type { Thingy } from "./server.ts";

const LOOPS = 2000;
const [uri = ""] = process.argv.slice(2);
await using thingy = await connect<Thingy>(uri);

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  await work();
  const perSecond = (LOOPS / (performance.now() - begin)) * 1000;
  console.log(`${what}: ${Math.round(perSecond)} calls a second`);
}

await timed("one call after the other", async () => {
  for (let n = 0; n < LOOPS; n++) await thingy.multiply(7, 6);
});

// Not in Pyro: calls need not wait for one another, and those that are made in one go share a write.
await timed("concurrent calls", () =>
  Promise.all(Array.from({ length: LOOPS }, () => thingy.multiply(7, 6))),
);

await timed("a batch", async () => {
  const results = await batch(thingy, (b) => Array.from({ length: LOOPS }, () => b.multiply(7, 6)));
  if (results.some((result) => result !== 42)) throw new Error("7 * 6 is 42");
});

// One way: nobody waits for the delay of two seconds, and there are no results.
await timed("a one-way batch", () =>
  batchOneway(thingy, (b) => [
    b.printmessage("beginning of the batch"),
    ...Array.from({ length: LOOPS }, () => b.multiply(7, 6)),
    b.delay(2),
    b.printmessage("end of the batch"),
  ]),
);

// A batch stops at the first error: what comes after it was not run.
const divisors = [3, 2, 1, 0, -1];
const outcomes = await batchSettled(thingy, (b) => divisors.map((d) => b.divide(100, d)));
for (const [index, outcome] of outcomes.entries()) {
  const said = outcome.status === "fulfilled" ? outcome.value : outcome.reason.message;
  console.log(`100 // ${divisors[index]} = ${said}`);
}
