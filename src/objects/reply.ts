/**
 * The promise that a remote call returns. It can also be iterated, `for await (const item of proxy.samples(10))`, since
 * whether a method streams is known only when its answer arrives.
 */
export class Reply<T> extends Promise<T> {
  static {
    // `then` and `await` then make ordinary promises, and take their fast path.
    Object.defineProperty(this.prototype, "constructor", { value: Promise });
  }

  /** Gives a channel's promise the shape of a reply; most channels make replies themselves. */
  static of<T>(promise: Promise<T>): Reply<T> {
    if (promise instanceof Reply) return promise;
    return new Reply<T>((resolve, reject) => {
      promise.then(resolve, reject);
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, unknown, undefined> {
    const result: unknown = await this;
    if (isIterable(result)) return yield* result;
    throw new TypeError(
      "Expected the remote method to return a stream or a list, got one value; use await",
    );
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}
