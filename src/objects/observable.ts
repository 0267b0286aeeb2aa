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

  /** A listener that throws keeps neither others from being told nor this side from going on: its error is uncaught. */
  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Calls `listener` on each change from now on. Returns a function that takes it back. */
  subscribe(listener: (value: T) => void): () => void {
    // Of its own: the same function may be given twice.
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** The value now, then each newer one; one that is replaced before it was read is left out. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, undefined> {
    return new Changes(this);
  }
}

/** Not a generator: that cannot be ended while it waits for a value, which may never come. */
class Changes<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #source: Observable<T>;
  readonly #unsubscribe: () => void;
  readonly #waiting: ((step: IteratorResult<T, undefined>) => void)[] = [];
  #unread = true;
  #over = false;

  constructor(source: Observable<T>) {
    this.#source = source;
    this.#unsubscribe = source.subscribe((value) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting({ done: false, value });
      else this.#unread = true;
    });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#over) return Promise.resolve(OVER);
    if (this.#unread) {
      this.#unread = false;
      return Promise.resolve({ done: false, value: this.#source.value });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#over = true;
    this.#unsubscribe();
    for (const resolve of this.#waiting.splice(0)) resolve(OVER);
    return Promise.resolve(OVER);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const OVER = { done: true, value: undefined } as const;
