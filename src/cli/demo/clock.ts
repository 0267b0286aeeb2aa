import { setTimeout as sleep } from "node:timers/promises";

/** The time that the demo lab goes by: a test gives it one of its own. */
export interface Clock {
  /** Seconds since some moment; never goes back. */
  now(): number;
  /** Resolves when so many seconds have passed. */
  sleep(seconds: number): Promise<void>;
}

/** The time of this machine. What waits for it keeps no process alive. */
export const MACHINE_CLOCK: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds) => sleep(seconds * 1000, undefined, { ref: false }),
};
