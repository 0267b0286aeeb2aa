import type { Clock } from "../../../src/cli/demo/clock.ts";
import { type DemoLab, makeDemoLab } from "../../../src/cli/demo/lab.ts";

/** A clock that stands still, but for those who wait: for them time passes at once. */
export class StandingClock implements Clock {
  #now = 1000;

  now(): number {
    return this.#now;
  }

  pass(seconds: number): void {
    this.#now += seconds;
  }

  async sleep(seconds: number): Promise<void> {
    this.pass(seconds);
  }
}

/** The demo lab's instruments, with a clock that the test sets. */
export function standingLab(seed?: number): DemoLab["objects"] & { readonly clock: StandingClock } {
  const clock = new StandingClock();
  return { ...makeDemoLab({ clock, ...(seed !== undefined && { seed }) }).objects, clock };
}
