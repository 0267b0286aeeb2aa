import { setTimeout as sleep } from "node:timers/promises";
import { CommunicationError } from "../errors.ts";
import type { ByteStream, StreamEvents } from "../net/stream.ts";
import type { Master } from "./master.ts";

/** How long ssh's words may come after the end of the stream that they are about. */
const WORDS_MS = 50;
/** How long ssh may take to end, once it has begun to. */
const ENDING_MS = 5000;

/** Between which places a stream is. */
export interface TunnelWay {
  /** The far place, and the way to it: `localhost:9090 via ops@crux`. */
  readonly remoteAddress: string;
  readonly localHost: string;
  /** How many streams had been refused when this one was begun. */
  readonly refusalsBefore: number;
}

/**
 * A byte stream by way of ssh. ssh takes the connection before it knows whether the far end does, so a refusal is an end
 * without a byte: this tells it as what it was.
 */
export class TunnelStream implements ByteStream {
  readonly remoteAddress: string;
  /** The far end knows this machine by the tunnel alone. */
  readonly localHost: string;
  readonly #stream: ByteStream;
  readonly #master: Master;
  readonly #onClosed: () => void;
  readonly #refusalsBefore: number;
  #received = false;
  #endedHere = false;

  constructor(stream: ByteStream, way: TunnelWay, master: Master, onClosed: () => void) {
    this.#stream = stream;
    this.#onClosed = onClosed;
    this.remoteAddress = way.remoteAddress;
    this.localHost = way.localHost;
    this.#master = master;
    this.#refusalsBefore = way.refusalsBefore;
  }

  get identity(): string | undefined {
    return this.#stream.identity;
  }

  get certificate(): ByteStream["certificate"] {
    return this.#stream.certificate;
  }

  get pendingBytes(): number {
    return this.#stream.pendingBytes;
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#stream.write(bytes, done);
  }

  start(events: StreamEvents): void {
    this.#stream.start({
      data: (chunk) => {
        this.#received = true;
        events.data(chunk);
      },
      place: () => events.place?.(),
      drain: () => events.drain(),
      closed: (error) => {
        const closed = (cause: Error | undefined) => {
          events.closed(cause);
          this.#onClosed();
        };
        if (this.#endedHere) closed(error);
        else void this.#causeOf(error).then(closed);
      },
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#endedHere = true;
    this.#stream.end();
  }

  destroy(): void {
    this.#endedHere = true;
    this.#stream.destroy();
  }

  /** The end of the stream, the end of ssh and ssh's words come by different ways, in any order. */
  async #causeOf(error: Error | undefined): Promise<Error | undefined> {
    const refusal = this.#refusal() ?? (await this.#laterRefusal());
    if (this.#master.lost) return this.#master.lost;
    if (refusal === undefined) return error;
    const text = `cannot connect to ${this.remoteAddress}: ${refusal}; is the daemon running there, on this port?`;
    return new CommunicationError("ERR_CONNECT", text, { retry: "later" });
  }

  #refusal(): string | undefined {
    return this.#received ? undefined : this.#master.takeRefusal(this.#refusalsBefore);
  }

  async #laterRefusal(): Promise<string | undefined> {
    const waiting = new AbortController();
    const longest = this.#master.isEnding ? ENDING_MS : WORDS_MS;
    const pause = sleep(longest, undefined, waiting).catch(() => {});
    await Promise.race([this.#master.gone, pause]);
    waiting.abort();
    return this.#refusal();
  }
}
