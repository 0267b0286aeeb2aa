import type { ByteWriter } from "../bytes/writer.ts";
import type { Annotations } from "../objects/call.ts";
import type { ItemStream } from "../objects/stream.ts";

/**
 * Streams between Bunsen peers: the answer to a call is any number of RESULT frames with the flag ItemStream, each a
 * list of items, then one without it: the generator's return value, or its exception. The receiver grants items ahead;
 * a control frame (PING with the flag ItemStream, the call's sequence number, and 4 bytes: items granted, 0 to stop)
 * carries a grant. See docs/wire-extensions.md.
 */

/** Items a receiver grants before it has taken any, without saying so: not many, since nobody knows how large they are. */
export const INITIAL_CREDITS = 64;
/** Items in one frame: enough that the frame costs little an item, few enough that the first is not late. */
const MAX_BATCH = 256;

const ANNOTATION = "STRM";
const NEWEST: Annotations = new Map([[ANNOTATION, new TextEncoder().encode("newest")]]);

/** Whether the annotations of a stream's first frame say that only its newest item is of interest. */
export function isNewestOnly(annotations: Annotations | undefined): boolean {
  const mark = annotations?.get(ANNOTATION);
  return mark !== undefined && new TextDecoder().decode(mark) === "newest";
}

export function writeControl(out: ByteWriter, credits: number): void {
  out.u32(credits);
}

export function readControl(payload: Uint8Array): number {
  if (payload.byteLength !== 4) return 0;
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
}

export interface PushedStreamEvents {
  /** The receiver takes what is sent too slowly; `resume` will be called when it has caught up. */
  congested(): boolean;
  items(batch: unknown[], annotations?: Annotations): void;
  /** The generator returned. */
  end(value: unknown): void;
  /** The generator threw, or an item cannot be sent. */
  failed(error: unknown): void;
  /** Called once, when the stream is over, however it ended. */
  finished(): void;
}

/** The sending end: takes items from a generator as far as granted, and hands them on in lists. */
export class PushedStream {
  readonly #items: ItemStream;
  readonly #events: PushedStreamEvents;
  #credits = INITIAL_CREDITS;
  #stopped = false;
  #wake: (() => void) | undefined;
  #batch: unknown[] = [];
  #flushScheduled = false;

  constructor(items: ItemStream, events: PushedStreamEvents) {
    this.#items = items;
    this.#events = events;
  }

  start(): void {
    // The receiver learns at once that this is a stream, however long the first item takes.
    this.#events.items([], this.#items.newestOnly ? NEWEST : undefined);
    void this.#run();
  }

  grant(credits: number): void {
    this.#credits = Math.min(this.#credits + credits, Number.MAX_SAFE_INTEGER);
    this.#wake?.();
  }

  /** What kept the stream congested is gone. */
  resume(): void {
    this.#wake?.();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    // Ends a generator that waits for something which never comes; one that is running ends at its next yield.
    this.#items.close().catch(() => {});
  }

  async #run(): Promise<void> {
    try {
      const value = await this.#pump();
      if (!this.#stopped) this.#events.end(value);
    } catch (error) {
      this.#flush();
      this.#fail(error);
    }
    this.#events.finished();
  }

  /** The only way to end in an error: the receiver is told once. */
  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#events.failed(error);
  }

  /** Hands on items until the generator ends, and returns what it returned. */
  async #pump(): Promise<unknown> {
    for (;;) {
      while (!this.#stopped && (this.#credits === 0 || this.#events.congested())) {
        await this.#woken();
      }
      if (this.#stopped) return undefined;
      const step = await this.#items.next();
      if (this.#stopped) return undefined;
      if (step.done) {
        this.#flush();
        return step.value;
      }
      this.#credits -= 1;
      const annotations = this.#items.takeAnnotations();
      if (annotations === undefined) this.#push(step.value);
      else this.#pushAlone(step.value, annotations);
      // A generator that never waits would keep the event loop to itself.
      if (this.#batch.length >= MAX_BATCH) {
        this.#flush();
        await breathe();
      }
    }
  }

  #woken(): Promise<void> {
    this.#flush();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #push(item: unknown): void {
    this.#batch.push(item);
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    // After the microtasks: what a generator yields without waiting leaves together.
    process.nextTick(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  /** Annotations belong to a message: what they are about has one of its own. */
  #pushAlone(item: unknown, annotations: Annotations): void {
    this.#flush();
    this.#batch.push(item);
    this.#flush(annotations);
  }

  #flush(annotations?: Annotations): void {
    if (this.#batch.length === 0 || this.#stopped) return;
    const batch = this.#batch;
    this.#batch = [];
    try {
      this.#events.items(batch, annotations);
    } catch (error) {
      // One of the items cannot be sent.
      this.#fail(error);
    }
  }
}

function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
