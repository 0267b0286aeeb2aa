/** A value that changes, and tells who asked. */
export class Observable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Calls `listener` on each change from now on. Returns a function that takes it back. */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The value now, then each newer one; one that is replaced before it was read is left out. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, never, void> {
    let wake: (() => void) | undefined;
    let changed = true;
    const stop = this.subscribe(() => {
      changed = true;
      wake?.();
    });
    try {
      for (;;) {
        if (!changed) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        changed = false;
        yield this.#value;
      }
    } finally {
      stop();
    }
  }
}
