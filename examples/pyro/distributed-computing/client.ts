// Places work with the dispatcher, and collects the results. Run: node client.ts
import { randomInt } from "node:crypto";
import { connect, RemoteValueError } from "#bunsen";
import type { DispatcherQueue } from "./dispatcher.ts";
import { Workitem } from "./workitem.ts";

const NUMBER_OF_ITEMS = 20;
await using dispatcher = await connect<DispatcherQueue<Workitem>>(
  "PYRONAME:example.distributed.dispatcher",
);

console.log("placing work items into the dispatcher's queue.");
for (let id = 1; id <= NUMBER_OF_ITEMS; id++) {
  await dispatcher.putWork(new Workitem(id, randomInt(3211, 120_000) * randomInt(3211, 99_999)));
}

const done = new Map<number, Workitem>();
while (done.size < NUMBER_OF_ITEMS) {
  try {
    const item = await dispatcher.getResult();
    done.set(item.itemId, item);
    console.log(`${item.data} --> ${item.result?.join(" * ")} (from ${item.processedBy})`);
  } catch (error) {
    if (!(error instanceof RemoteValueError)) throw error;
    console.log(`Not all results yet: ${done.size} of ${NUMBER_OF_ITEMS}`);
  }
}
console.log(`got all ${done.size} results`);
