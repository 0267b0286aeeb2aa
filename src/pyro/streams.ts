import { BunsenError, RemoteError } from "../errors.ts";
import type { Annotations } from "../objects/call.ts";
import type { Session } from "../objects/session.ts";
import type { ItemStream } from "../objects/stream.ts";

export interface StreamOptions {
  /** Milliseconds that a stream outlives its connection, so that a client can reconnect and go on. Default 30 s. */
  readonly streamLingerMs: number;
  /** Milliseconds that a stream may live in all; 0 is without end. Default 0. */
  readonly streamLifetimeMs: number;
  /** Streams that may be open at once in a daemon; more are refused. Default 10,000. */
  readonly maxStreams: number;
}

export const DEFAULT_STREAM_OPTIONS: StreamOptions = {
  streamLingerMs: 30_000,
  streamLifetimeMs: 0,
  maxStreams: 10_000,
};

interface OpenStream {
  readonly items: ItemStream;
  owner: Session | undefined;
  disown: () => void;
  /** Runs while no connection owns it. */
  linger: NodeJS.Timeout | undefined;
  lifetime: NodeJS.Timeout | undefined;
}

/**
 * Streams that Python peers pull item by item, each by an id that travels with the call's reply.
 * @see spec of Pyro, "Item streams".
 */
export class StreamTable {
  readonly #streams = new Map<string, OpenStream>();
  readonly #options: StreamOptions;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Keeps a stream for its client and returns the id to pull it by. */
  open(items: ItemStream, owner: Session): string {
    if (this.#streams.size >= this.#options.maxStreams) {
      void items.close().catch(() => {});
      throw new BunsenError(
        "ERR_TOO_MANY_STREAMS",
        `${this.#streams.size} item streams are open, as many as maxStreams allows; close some, or raise it`,
        { retry: "later" },
      );
    }
    const id = crypto.randomUUID();
    const lifetimeMs = this.#options.streamLifetimeMs;
    const stream: OpenStream = {
      items,
      owner: undefined,
      disown: () => {},
      linger: undefined,
      lifetime: lifetimeMs > 0 ? setTimeout(() => this.close(id), lifetimeMs).unref() : undefined,
    };
    this.#streams.set(id, stream);
    this.#adopt(id, stream, owner);
    return id;
  }

  /**
   * The next item. `onAnnotations` receives what the generator annotated it with. A stream that lost its connection is taken over by whoever asks for it.
   * @throws RemoteError `builtins.StopIteration` at the end; BunsenError `ERR_STREAM_GONE` for an unknown id.
   */
  async next(
    id: string,
    asker: Session,
    onAnnotations?: (annotations: Annotations) => void,
  ): Promise<unknown> {
    const stream = this.#streams.get(id);
    if (stream === undefined) throw new BunsenError("ERR_STREAM_GONE", "item stream terminated");
    if (stream.owner === undefined) this.#adopt(id, stream, asker);
    let step: IteratorResult<unknown>;
    try {
      step = await stream.items.next();
    } catch (error) {
      this.#forget(id, stream);
      throw error;
    }
    const annotations = stream.items.takeAnnotations();
    if (annotations) onAnnotations?.(annotations);
    if (!step.done) return step.value;
    this.#forget(id, stream);
    throw new RemoteError("builtins.StopIteration", step.value === undefined ? [] : [step.value]);
  }

  /** Ends a stream early. An unknown id is ignored, as in Pyro. */
  close(id: string): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#forget(id, stream);
    // A generator that fails while it is being ended has nobody left to tell.
    void stream.items.close().catch(() => {});
  }

  closeAll(): void {
    for (const id of [...this.#streams.keys()]) this.close(id);
  }

  #adopt(id: string, stream: OpenStream, owner: Session): void {
    clearTimeout(stream.linger);
    stream.linger = undefined;
    stream.owner = owner;
    stream.disown = owner.onClose(() => {
      stream.owner = undefined;
      if (this.#options.streamLingerMs <= 0) return this.close(id);
      stream.linger = setTimeout(() => this.close(id), this.#options.streamLingerMs).unref();
    });
  }

  #forget(id: string, stream: OpenStream): void {
    clearTimeout(stream.linger);
    clearTimeout(stream.lifetime);
    stream.disown();
    this.#streams.delete(id);
  }
}
