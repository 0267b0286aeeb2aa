/**
 * Node's AsyncLocalStorage, as far as a browser can do without: what runs at once sees its store, and what is awaited
 * sees none. So `callContext()` is to be asked before the first `await` of a callback.
 */
export class AsyncLocalStorage<T> {
  #store: T | undefined;

  static bind<F>(run: F): F {
    return run;
  }

  run<R>(store: T, body: () => R): R {
    const before = this.#store;
    this.#store = store;
    try {
      return body();
    } finally {
      this.#store = before;
    }
  }

  getStore(): T | undefined {
    return this.#store;
  }
}
