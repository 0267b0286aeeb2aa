import { markNewestOnly } from "./stream.ts";

/** A value that changes, and tells who asked. */
export class Observable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();
  readonly #iterating = new Set<Changes<T>>();
  #ended = false;

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

  /** No newer values will come: whoever iterates gets the one that is unread, and then the end. */
  end(): void {
    this.#ended = true;
    for (const changes of this.#iterating) changes.sourceEnded();
    this.#iterating.clear();
  }

  /** The value now, then each newer one; one that is replaced before it was read is left out. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, undefined> {
    const changes: Changes<T> = new Changes(this, () => this.#iterating.delete(changes));
    if (this.#ended) changes.sourceEnded();
    else this.#iterating.add(changes);
    return changes;
  }
}

/** Not a generator: that cannot be ended while it waits for a value, which may never come. */
class Changes<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #source: Observable<T>;
  readonly #unsubscribe: () => void;
  readonly #waiting: ((step: IteratorResult<T, undefined>) => void)[] = [];
  #unread = true;
  #over = false;

  constructor(source: Observable<T>, returned: () => void) {
    markNewestOnly(this);
    this.#source = source;
    const unsubscribe = source.subscribe((value) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting({ done: false, value });
      else this.#unread = true;
    });
    this.#unsubscribe = () => {
      unsubscribe();
      returned();
    };
  }

  /** Nothing will come any more. */
  sourceEnded(): void {
    this.#over = true;
    this.#unsubscribe();
    for (const resolve of this.#waiting.splice(0)) resolve(OVER);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#unread) {
      this.#unread = false;
      return Promise.resolve({ done: false, value: this.#source.value });
    }
    if (this.#over) return Promise.resolve(OVER);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#unread = false;
    this.sourceEnded();
    return Promise.resolve(OVER);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const OVER = { done: true, value: undefined } as const;
