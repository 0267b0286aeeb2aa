/** How long the work of one caller may hold the event loop. */
const SLICE_MS = 5;

/** Does long work in slices of a few milliseconds, between which the event loop runs; one slice at a time. */
export class Slices {
  #waiting: (() => void)[] = [];

  /**
   * Visits every item of every chunk.
   * @param budgetMs - Working time after which `exceeded` is asked for an error.
   */
  async visit<T>(
    chunks: Iterable<readonly T[]>,
    visit: (item: T) => void,
    budget: { readonly ms: number; readonly exceeded: () => Error } = NO_BUDGET,
  ): Promise<void> {
    let leftMs = budget.ms;
    let start = performance.now();
    for (const chunk of chunks) {
      for (const item of chunk) {
        visit(item);
        const workedMs = performance.now() - start;
        if (workedMs < SLICE_MS) continue;
        leftMs -= workedMs;
        if (leftMs < 0) throw budget.exceeded();
        await this.#nextTurn();
        start = performance.now();
      }
    }
  }

  // A queue, so that a hundred callers do not take a slice each before the event loop runs again.
  #nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#release);
    });
  }

  readonly #release = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#release);
  };
}

const NO_BUDGET = {
  ms: Number.POSITIVE_INFINITY,
  exceeded: () => new Error("a budget without limit was exceeded"),
};
