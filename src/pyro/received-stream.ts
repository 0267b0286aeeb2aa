import { ProtocolError } from "../errors.ts";
import { INITIAL_CREDITS } from "./pushed-stream.ts";

type End = { readonly done: true; readonly value: unknown } | { readonly error: unknown };

/**
 * The receiving end of a pushed stream: keeps what arrived until it is taken, and grants more as it is taken, so that a
 * slow reader holds the sender back.
 */
export class ReceivedStream implements AsyncIterableIterator<unknown, unknown, undefined> {
  #items: unknown[] = [];
  /** How many of `#items` are taken. */
  #at = 0;
  /** Taken since the last grant. */
  #taken = 0;
  /** Items that the sender may still send. */
  #credits = INITIAL_CREDITS;
  #end: End | undefined;
  /** Calls of `next` that came before their items: each gets its own. */
  #waiting: PromiseWithResolvers<IteratorResult<unknown>>[] = [];
  readonly #grant: (credits: number) => void;

  /** @param grant - Tells the sender how many more items it may send; 0 that no more are wanted. */
  constructor(grant: (credits: number) => void) {
    this.#grant = grant;
  }

  /** @param items - Belong to the stream from now on. */
  push(items: unknown[]): void {
    if (this.#end) return;
    this.#credits -= items.length;
    if (this.#credits < 0) {
      const text = "the peer sent more items of a stream than it was granted";
      this.finish({ error: new ProtocolError("ERR_STREAM_OVERRUN", text) });
      this.#grant(0);
      return;
    }
    // What was taken is let go of, also where the reader never quite catches up.
    this.#items = this.#at === this.#items.length ? items : this.#left().concat(items);
    this.#at = 0;
    this.#wake();
  }

  finish(end: End): void {
    if (this.#end) return;
    this.#end = end;
    this.#wake();
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#at < this.#items.length) return Promise.resolve(this.#take());
    if (this.#end) return this.#takeEnd(this.#end);
    const waiting = Promise.withResolvers<IteratorResult<unknown>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** The loop was left early. */
  return(value?: unknown): Promise<IteratorResult<unknown>> {
    this.#items = [];
    this.#at = 0;
    if (this.#end === undefined) {
      this.finish({ done: true, value: undefined });
      this.#grant(0);
    }
    this.#end = OVER;
    return Promise.resolve({ done: true, value });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #left(): unknown[] {
    return this.#items.slice(this.#at);
  }

  #take(): IteratorResult<unknown> {
    const value = this.#items[this.#at++];
    this.#taken += 1;
    // In halves of what the sender started with: neither a frame an item, nor a sender that ever runs dry.
    if (this.#taken >= INITIAL_CREDITS / 2 && this.#end === undefined) {
      this.#credits += this.#taken;
      this.#grant(this.#taken);
      this.#taken = 0;
    }
    return { done: false, value };
  }

  /** How a stream ended is told once, as by a generator. */
  #takeEnd(end: End): Promise<IteratorResult<unknown>> {
    this.#end = OVER;
    return "error" in end ? Promise.reject(end.error) : Promise.resolve(end);
  }

  #wake(): void {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0] as PromiseWithResolvers<IteratorResult<unknown>>;
      if (this.#at < this.#items.length) first.resolve(this.#take());
      else if (this.#end) first.resolve(this.#takeEnd(this.#end));
      else return;
      this.#waiting.shift();
    }
  }
}

const OVER: End = { done: true, value: undefined };
