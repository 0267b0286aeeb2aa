// Goes on when the server was restarted. Run: node client.ts URI, then stop the server and start it again.
// With serverNS.ts the URI is PYRONAME:example.autoreconnect.
import { setTimeout as sleep } from "node:timers/promises";
import { CommunicationError, connect } from "#bunsen";
import type { TestClass } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using object = await connect<TestClass>(uri);

for (;;) {
  try {
    // A proxy connects again by itself, when it is next called. What it never does by itself is to repeat a
    // call: only you know whether that does harm. `error.retry` says whether the call may have run.
    await object.method(42);
    console.log("called");
  } catch (error) {
    if (!(error instanceof CommunicationError)) throw error;
    console.log(`Connection lost: ${error.message} (retry: ${error.retry})`);
  }
  await sleep(1000);
}
