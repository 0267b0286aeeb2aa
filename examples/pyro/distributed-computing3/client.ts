// Gives each job to some worker that has the right tag. Run: node client.ts
import { randomInt } from "node:crypto";
import { connect, uriOf } from "#bunsen";
import type { Worker } from "./worker.ts";

for (let job = 0; job < 20; job++) {
  // Any object with all of these tags: another one, perhaps, each time that it is asked for.
  await using worker = await connect<Worker>("PYROMETA:example3.worker.factorizer");
  const n = randomInt(3211, 12_000) * randomInt(4567, 21_000);
  console.log(`${uriOf(worker)} factorized ${n}: ${(await worker.factorize(n)).join(" * ")}`);
}
