import { INITIAL_CREDITS } from "./pushed-stream.ts";

type End = { readonly done: true; readonly value: unknown } | { readonly error: unknown };

/**
 * The receiving end of a pushed stream: keeps what arrived until it is taken, and grants more as it is taken, so that a
 * slow reader holds the sender back.
 */
export class ReceivedStream implements AsyncIterableIterator<unknown, unknown, undefined> {
  #items: unknown[] = [];
  #at = 0;
  #taken = 0;
  #end: End | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<unknown>> | undefined;
  readonly #grant: (credits: number) => void;

  /** @param grant - Tells the sender how many more items it may send; 0 that no more are wanted. */
  constructor(grant: (credits: number) => void) {
    this.#grant = grant;
  }

  push(items: readonly unknown[]): void {
    if (this.#end) return;
    if (this.#at === this.#items.length) {
      this.#items = items as unknown[];
      this.#at = 0;
    } else this.#items.push(...items);
    this.#wake();
  }

  finish(end: End): void {
    if (this.#end) return;
    this.#end = end;
    this.#wake();
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#at < this.#items.length) {
      return Promise.resolve({ done: false, value: this.#take() });
    }
    if (this.#end) return settle(this.#end);
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** The loop was left early. */
  return(value?: unknown): Promise<IteratorResult<unknown>> {
    if (this.#end === undefined) {
      this.finish({ done: true, value: undefined });
      this.#grant(0);
    }
    this.#items = [];
    this.#at = 0;
    return Promise.resolve({ done: true, value });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): unknown {
    const item = this.#items[this.#at++];
    this.#taken += 1;
    // In halves of what the sender started with: neither a frame an item, nor a sender that ever runs dry.
    if (this.#taken >= INITIAL_CREDITS / 2 && this.#end === undefined) {
      this.#grant(this.#taken);
      this.#taken = 0;
    }
    return item;
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (this.#at < this.#items.length) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: this.#take() });
    } else if (this.#end) {
      this.#waiting = undefined;
      settle(this.#end).then(waiting.resolve, waiting.reject);
    }
  }
}

function settle(end: End): Promise<IteratorResult<unknown>> {
  return "error" in end ? Promise.reject(end.error) : Promise.resolve(end);
}
