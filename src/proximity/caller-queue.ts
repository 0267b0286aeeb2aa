import { BunsenError } from "../errors.ts";

/** Requests of one caller that may wait. Python's own clients have one at a time. */
const MAX_WAITING = 1000;

/** The requests of one caller: so many at once, and answers in order to those that could not tell them apart. */
export class CallerQueue {
  readonly #maxRunning: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #previous: Promise<void> = Promise.resolve();

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /**
   * Runs `action`, which must not reject, when its turn comes.
   * @param inOrder - Only after those that were added so before it.
   * @throws BunsenError `ERR_BUSY` where too many wait already.
   */
  add(action: () => Promise<void>, inOrder: boolean): void {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new BunsenError(
        "ERR_BUSY",
        `${this.#running} requests of this caller run, and ${MAX_WAITING} wait; try again later`,
        { retry: "later" },
      );
    }
    const previous = this.#previous;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    if (inOrder) this.#previous = done;
    const start = async () => {
      this.#running += 1;
      if (inOrder) await previous;
      await action();
      this.#running -= 1;
      this.#waiting.shift()?.();
      resolve();
    };
    if (this.#running < this.#maxRunning) void start();
    else this.#waiting.push(() => void start());
  }
}
