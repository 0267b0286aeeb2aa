// Keeps a name server busy: five callers that register, remove and look up at random. Needs a name server.
// Run: node stress.ts, and stop it with Ctrl-C
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { locateNameServer, type NameServerClient, NamingError } from "#bunsen";

const PREFIX = "stresstest.";

function randomName(): string {
  const parts = Array.from({ length: randomInt(1, 11) }, () => randomInt(100));
  return PREFIX + parts.map((part) => `${part}`.padStart(2, "0")).join(".");
}

const ACTIONS: ((names: NameServerClient) => Promise<unknown>)[] = [
  (names) => names.list(),
  async (names) => {
    for (let i = 0; i < 4; i++) await names.register(randomName(), "PYRO:objname@host:555");
  },
  (names) => names.remove(randomName()),
  (names) => names.lookup(randomName()),
  (names) => names.list({ prefix: `${PREFIX}51` }),
  (names) => names.list({ regex: String.raw`stresstest\.??\.41.*` }),
];

let done = false;
async function trash(number: number): Promise<void> {
  await using names = await locateNameServer();
  console.log("Name Server trasher running.");
  while (!done) {
    try {
      await ACTIONS[randomInt(ACTIONS.length)]?.(names);
    } catch (error) {
      if (!(error instanceof NamingError)) throw error; // a name that nobody has is no failure
    }
    process.stdout.write(`${number} `);
    await sleep(1);
  }
  console.log("Trasher exiting.");
}

await using names = await locateNameServer();
console.log("Removing previous stresstest registrations...");
await names.removeMatching({ prefix: PREFIX });
console.log("Done. Starting.");
process.once("SIGINT", () => {
  console.log("Break-- waiting for the trashers to stop.");
  done = true;
});
await Promise.all([0, 1, 2, 3, 4].map(trash));
console.log(`cleaned up ${await names.removeMatching({ prefix: PREFIX })} names.`);
