import { ProtocolError } from "../errors.ts";
import { type Annotations, NO_ANNOTATIONS } from "../objects/call.ts";
import { markNewestOnly } from "../objects/stream.ts";
import { INITIAL_CREDITS } from "./pushed-stream.ts";

/** Items that are granted ahead, at most and at least. */
const MAX_WINDOW = 1024;
const MIN_WINDOW = 4;
/** Bytes that may wait to be taken: fewer items are granted where they are large. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/** An item with the annotations of its message. */
class Annotated {
  readonly item: unknown;
  readonly annotations: Annotations;
  constructor(item: unknown, annotations: Annotations) {
    this.item = item;
    this.annotations = annotations;
  }
}

type End = { readonly done: true; readonly value: unknown } | { readonly error: unknown };

/**
 * The receiving end of a pushed stream: keeps what arrived until it is taken, and grants more as it is taken, so that a
 * slow reader holds the sender back.
 */
export class ReceivedStream implements AsyncIterableIterator<unknown, unknown, undefined> {
  #items: unknown[] = [];
  /** How many of `#items` are taken. */
  #at = 0;
  /** Items that the sender may still send. */
  #credits = INITIAL_CREDITS;
  /** Bytes that an item takes in its message, about, of late. */
  #itemBytes = 0;
  /** How many items may be on their way, or wait to be taken. */
  #window = MAX_WINDOW;
  /** How many were, when last granted. */
  #granted = INITIAL_CREDITS;
  #end: End | undefined;
  /** Calls of `next` that came before their items: each gets its own. */
  #waiting: PromiseWithResolvers<IteratorResult<unknown>>[] = [];
  readonly #grant: (credits: number) => void;
  readonly #onAnnotations: ((annotations: Annotations) => void) | undefined;
  readonly #newestOnly: boolean;

  /**
   * @param grant - Tells the sender how many more items it may send; 0 that no more are wanted.
   * @param onAnnotations - Receives those of each item, just before it is taken.
   * @param newestOnly - An item that was not taken when the next one came is dropped.
   */
  constructor(
    grant: (credits: number) => void,
    onAnnotations?: (annotations: Annotations) => void,
    newestOnly = false,
  ) {
    this.#grant = grant;
    this.#onAnnotations = onAnnotations;
    this.#newestOnly = newestOnly;
    // Passed on, it is what it was.
    if (newestOnly) markNewestOnly(this);
  }

  /**
   * @param items - Belong to the stream from now on.
   * @param bytes - How long their message was.
   */
  push(items: unknown[], bytes: number = 0, annotations?: Annotations): void {
    if (this.#end) return;
    if (annotations !== undefined && this.#onAnnotations !== undefined) {
      items = items.map((item) => new Annotated(item, annotations));
    }
    if (items.length > 0) this.#measure(bytes / items.length);
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
    if (this.#newestOnly && this.#items.length > 1) {
      this.#items = this.#items.slice(-1);
      this.#grantMore();
    }
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

  /** One message that differs from those before it is not yet a rule, hence the mean. */
  #measure(itemBytes: number): void {
    this.#itemBytes = this.#itemBytes === 0 ? itemBytes : (this.#itemBytes + itemBytes) / 2;
    const fitting = Math.floor(WINDOW_BYTES / Math.max(this.#itemBytes, 1));
    this.#window = Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, fitting));
  }

  #left(): unknown[] {
    return this.#items.slice(this.#at);
  }

  #take(): IteratorResult<unknown> {
    const value = this.#items[this.#at++];
    this.#grantMore();
    if (this.#onAnnotations === undefined) return { done: false, value };
    const annotated = value instanceof Annotated ? value : undefined;
    this.#onAnnotations(annotated?.annotations ?? NO_ANNOTATIONS);
    return { done: false, value: annotated ? annotated.item : value };
  }

  /** In halves of what may be under way: neither a frame an item, nor a sender that ever runs dry. */
  #grantMore(): void {
    const ahead = this.#credits + this.#items.length - this.#at;
    if (ahead > Math.min(this.#window, this.#granted) / 2 || this.#end !== undefined) return;
    const more = this.#window - ahead;
    this.#granted = this.#window;
    this.#credits += more;
    this.#grant(more);
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
