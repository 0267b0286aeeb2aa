// Calls a server that closes silent connections. Run: node client.ts
import { setTimeout as sleep } from "node:timers/promises";
import { BunsenError, connect, connectionState } from "#bunsen";
import type { CalcServer } from "./server.ts";

await using calc = await connect<CalcServer>("PYRONAME:example.autoretry");
console.log("1 + 1 =", await calc.add(1, 1));

// Here Pyro's next call fails, unless it is told to try again (MAX_RETRIES). A proxy of Bunsen has noticed by
// then that the connection is closed, and the next call opens another.
await sleep(1000);
console.log("after a second of silence the connection is", connectionState(calc).value.name);
console.log("2 + 2 =", await calc.add(2, 2));

/**
 * Makes a call again that failed for a cause that passes. A call that may have run already is not made again:
 * where that does no harm, accept "unknown" as well.
 */
async function retrying<T>(retries: number, call: () => Promise<T>): Promise<T> {
  for (let left = retries; ; left--) {
    try {
      return await call();
    } catch (error) {
      const again = error instanceof BunsenError && ["now", "later"].includes(error.retry);
      if (!again || left === 0) throw error;
      await sleep(100);
    }
  }
}
console.log("3 + 3 =", await retrying(2, () => calc.add(3, 3)));
