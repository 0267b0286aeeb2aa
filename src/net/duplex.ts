import { type Duplex, finished } from "node:stream";
import type { ByteStream, StreamEvents } from "./stream.ts";

/** How long a peer may take to close its side before it no longer keeps ours. */
const LINGER_MS = 500;

/** Bytes over any Duplex of Node: a pipe, a channel of SSH, one end of `duplexPair()`. */
export class DuplexStream implements ByteStream {
  readonly remoteAddress: string;
  readonly localHost: undefined;
  readonly identity: undefined;
  readonly #duplex: Duplex;
  #events: StreamEvents | undefined;

  constructor(duplex: Duplex, remoteAddress: string) {
    this.#duplex = duplex;
    this.remoteAddress = remoteAddress;
  }

  get pendingBytes(): number {
    return this.#duplex.writableLength;
  }

  /** A copy goes: unlike a socket, a Duplex may pass on the very bytes, and keep them after it said that it took them. */
  write(bytes: Uint8Array, done: () => void): void {
    this.#duplex.write(Buffer.from(bytes), (error) => {
      // Its own event comes only where more waits than it thinks much.
      if (!error) this.#events?.drain();
    });
    done();
  }

  start(events: StreamEvents): void {
    this.#events = events;
    const duplex = this.#duplex;
    duplex.on("data", (chunk: Uint8Array) => events.data(chunk));
    duplex.on("end", () => duplex.end());
    // An error after the end has nobody left to tell, but must not end the process.
    duplex.on("error", () => {});
    finished(duplex, (error) => events.closed(error ?? undefined));
  }

  pause(): void {
    this.#duplex.pause();
  }

  resume(): void {
    this.#duplex.resume();
  }

  end(): void {
    this.#duplex.end();
    const timer = setTimeout(() => this.#duplex.destroy(), LINGER_MS);
    finished(this.#duplex, () => clearTimeout(timer));
    this.#duplex.resume();
  }

  destroy(): void {
    this.#duplex.destroy();
  }
}
