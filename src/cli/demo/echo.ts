import { setTimeout as sleep } from "node:timers/promises";
import { expose } from "../../objects/expose.ts";

/** Sends back what it gets: to see how values travel. */
export class Echo {
  /** Returns the value. */
  echo(value: unknown): unknown {
    return value;
  }

  /** Returns the value after some time, in seconds (0 to 60). */
  async later(value: unknown, seconds: number = 1): Promise<unknown> {
    if (!(seconds >= 0 && seconds <= 60))
      throw new RangeError(`seconds must be 0 to 60, got ${seconds}`);
    await sleep(seconds * 1000, undefined, { ref: false });
    return value;
  }
}

expose(
  Echo,
  { echo: true, later: true },
  { doc: "Sends back what it gets: to see how values travel." },
);
