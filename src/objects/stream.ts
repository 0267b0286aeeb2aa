/** A result that is produced item by item: what the dispatcher returns for generators and iterators. */
export class ItemStream {
  readonly iterator: Iterator<unknown> | AsyncIterator<unknown>;

  constructor(iterator: Iterator<unknown> | AsyncIterator<unknown>) {
    this.iterator = iterator;
  }

  /**
   * Tells whether a result streams: async iterables, generators and other iterators do.
   * Arrays, sets and maps are values: their iterators do not have `next` on themselves.
   */
  static from(value: object): ItemStream | undefined {
    const async = (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    if (typeof async === "function") return new ItemStream(async.call(value));
    if (
      typeof (value as Partial<Iterator<unknown>>).next === "function" &&
      Symbol.iterator in value
    ) {
      return new ItemStream(value as unknown as Iterator<unknown>);
    }
    return undefined;
  }

  /** Ends the iteration early; the generator's `finally` runs. Errors of a generator that ends badly are the caller's. */
  async close(): Promise<void> {
    await this.iterator.return?.();
  }
}
