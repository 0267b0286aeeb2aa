// Takes work from the dispatcher; start as many as there are cores. Run: node worker.ts
import { hostname } from "node:os";
import { connect, RemoteValueError } from "#bunsen";
import type { DispatcherQueue } from "./dispatcher.ts";
import type { Workitem } from "./workitem.ts";
import "./workitem.ts"; // registers the class

const name = `Worker_${process.pid}@${hostname()}`;
const dispatcher = await connect<DispatcherQueue<Workitem>>(
  "PYRONAME:example.distributed.dispatcher",
);
console.log(`This is worker ${name}`);
for (;;) {
  try {
    const item = await dispatcher.getWork();
    item.result = factorize(item.data);
    item.processedBy = name;
    console.log(item.data, "-->", ...item.result);
    await dispatcher.putResult(item);
  } catch (error) {
    if (!(error instanceof RemoteValueError)) throw error;
    console.log("no work available yet.");
  }
}

function factorize(n: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate * candidate <= n; candidate++) {
    while (n % candidate === 0) {
      primes.push(candidate);
      n /= candidate;
    }
  }
  return n > 1 ? [...primes, n] : primes;
}
