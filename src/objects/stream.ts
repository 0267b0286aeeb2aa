import { AsyncLocalStorage } from "node:async_hooks";
import type { Annotations } from "./call.ts";

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;
type Step = IteratorResult<unknown> | Promise<IteratorResult<unknown>>;

const newestOnly = new WeakSet<object>();

/** From now on `iterator` is known to be of states: of several that are unread only the newest is of interest. */
export function markNewestOnly(iterator: object): void {
  newestOnly.add(iterator);
}

/** A result that is produced item by item: what the dispatcher returns for generators and iterators. */
export class ItemStream {
  /** The next item, or the end. A generator's body runs in the call that returned it, whoever asks for items. */
  readonly next: () => Step;
  readonly #return: () => Step | undefined;
  /** Whoever reads slowly is to get the newest item, and need not get all. */
  readonly newestOnly: boolean;
  #closing: (() => void) | undefined;
  /** Takes the annotations that the generator set while it made the last item; undefined where there are none. */
  takeAnnotations: () => Annotations | undefined = () => undefined;

  constructor(iterator: AnyIterator) {
    this.next = AsyncLocalStorage.bind(() => iterator.next());
    this.#return = AsyncLocalStorage.bind(() => iterator.return?.());
    this.newestOnly = newestOnly.has(iterator);
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

  /** Runs `action` when the iteration is ended early, so that what the generator waits for can end, too. */
  onClose(action: () => void): void {
    this.#closing = action;
  }

  /** Ends the iteration early; the generator's `finally` runs. Errors of a generator that ends badly are the caller's. */
  async close(): Promise<void> {
    this.#closing?.();
    await this.#return();
  }
}
