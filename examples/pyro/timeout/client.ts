// Waits for a while only: for an answer, and for a connection. Run: node client.ts [MILLISECONDS-A-SECOND]
import { connect, TimeoutError, withOptions } from "#bunsen";
import type { TimeoutServer } from "./server.ts";

const [text = "1000"] = process.argv.slice(2);
const second = Number(text); // to make it go faster

await using server = await connect<TimeoutServer>("PYRONAME:example.timeout");
console.log("No timeout is configured. Calling delay with 2 seconds.");
console.log(await server.delay((2 * second) / 1000));

console.log("Timeout set to 1 second. Calling delay with 2 seconds.");
await expectTimeout(withOptions(server, { timeout: second }).delay((2 * second) / 1000));

console.log("The same for all calls of a proxy.");
await using impatient = await connect<TimeoutServer>("PYRONAME:example.timeout", {
  timeout: second,
});
await expectTimeout(impatient.delay((2 * second) / 1000));
console.log("But not for this one: calling delay with 3 seconds.");
console.log(await withOptions(impatient, { timeout: 0 }).delay((3 * second) / 1000));

console.log("Trying to connect to the frozen daemon.");
const frozen = "PYRONAME:example.timeout.frozendaemon";
await expectTimeout(connect<TimeoutServer>(frozen, { timeout: second }));

async function expectTimeout(outcome: Promise<unknown>): Promise<void> {
  try {
    await outcome;
    console.log("!?should have timed out!?");
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("TimeoutError! As expected!", error.message);
  }
}
