import { setTimeout as sleep } from "node:timers/promises";
import { expose } from "../../objects/expose.ts";

const TICK_MS = 100;

/** A clock that counts tenths of a second since the lab was opened. */
export class Ticker {
  readonly #start = performance.now();

  /** Tenths of a second since the start. */
  get count(): number {
    return Math.floor((performance.now() - this.#start) / TICK_MS);
  }

  /** Streams the count at each tick: `count` times, or until the caller stops where that is 0. */
  async *ticks(count: number = 0): AsyncGenerator<number, void, void> {
    let tick = this.count;
    for (let sent = 0; count === 0 || sent < count; sent++) {
      // A timer may fire a little early, so the tick is counted, not read from the clock.
      tick = Math.max(tick, this.count) + 1;
      await sleep(Math.max(this.#start + tick * TICK_MS - performance.now(), 0));
      yield tick;
    }
  }
}

expose(
  Ticker,
  { count: true, ticks: true },
  { doc: "A clock that counts tenths of a second since the lab was opened." },
);
