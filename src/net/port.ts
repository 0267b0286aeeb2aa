import type { MessagePort, Worker } from "node:worker_threads";
import type { ByteStream, StreamEvents } from "./stream.ts";

/** So much is delivered before the sender is told: it counts what is under way, and waits when that is much. */
const ACKNOWLEDGE_BYTES = 64 * 1024;

/** The end of the stream. */
const END = null;

/**
 * Bytes over the messages of a worker's port. A message is a Uint8Array (bytes), a number (bytes that the other side has
 * delivered since it last said so: a port has no back-pressure of its own), or null (the end). Others are ignored.
 */
export class PortStream implements ByteStream {
  readonly remoteAddress: string;
  readonly localHost: undefined;
  readonly identity: undefined;
  readonly #port: MessagePort | Worker;
  #events: StreamEvents | undefined;
  /** Sent, and not yet told to be delivered. */
  #underWay = 0;
  /** Delivered here, and the sender not yet told. */
  #unacknowledged = 0;
  #paused = false;
  /** What arrived while paused. */
  readonly #held: (Uint8Array | typeof END)[] = [];
  #over = false;

  constructor(port: MessagePort | Worker, remoteAddress: string) {
    this.#port = port;
    this.remoteAddress = remoteAddress;
  }

  get pendingBytes(): number {
    return this.#underWay;
  }

  write(bytes: Uint8Array, done: () => void): void {
    if (!this.#over && bytes.byteLength > 0) {
      const copy = Uint8Array.from(bytes);
      this.#underWay += copy.byteLength;
      this.#port.postMessage(copy, [copy.buffer]);
    }
    done();
  }

  start(events: StreamEvents): void {
    this.#events = events;
    this.#port.on("message", this.#receive);
    // A worker ends, a port closes; each has the one event or the other.
    this.#port.on("exit", this.#lost).on("close", this.#lost);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused && !this.#over && this.#held.length > 0) {
      this.#deliver(this.#held.shift() as Uint8Array | typeof END);
    }
  }

  end(): void {
    if (!this.#over) this.#port.postMessage(END);
    this.#gone();
  }

  destroy(): void {
    this.end();
  }

  readonly #receive = (message: unknown): void => {
    if (typeof message === "number") this.#delivered(message);
    else if (message instanceof Uint8Array || message === END) {
      if (this.#paused || this.#held.length > 0) this.#held.push(message);
      else this.#deliver(message);
    }
  };

  #deliver(chunk: Uint8Array | typeof END): void {
    if (chunk === END) {
      this.#gone();
      return;
    }
    this.#events?.data(chunk);
    this.#unacknowledged += chunk.byteLength;
    if (this.#unacknowledged < ACKNOWLEDGE_BYTES || this.#over) return;
    this.#port.postMessage(this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  #delivered(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#underWay < ACKNOWLEDGE_BYTES) this.#events?.drain();
  }

  /** Nothing more will come; what has come is delivered first. */
  readonly #lost = (): void => {
    if (this.#held.length > 0) this.#held.push(END);
    else this.#gone();
  };

  /** The other side has ended, or this one; a port that nobody reads keeps no process alive. */
  readonly #gone = (): void => {
    if (this.#over) return;
    this.#over = true;
    this.#port.off("message", this.#receive);
    this.#port.off("exit", this.#lost).off("close", this.#lost);
    if ("close" in this.#port) this.#port.close();
    this.#events?.closed(undefined);
  };
}
