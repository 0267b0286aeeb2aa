import type { BunsenError } from "../errors.ts";
import { Deadline, deadlines } from "../net/deadlines.ts";
import type { Observable } from "../objects/observable.ts";

/** `"met"`: something took the connection, and has not greeted as ZeroMQ's ends do. */
export type CarrierState = "connecting" | "met" | "connected" | "lost" | "closed";

/** Who asks, and how long it waits. */
export interface Asking {
  /** Its requests end with it. */
  readonly owner: object;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; 0 waits for ever. */
  readonly timeoutMs: number;
  /** What to say when the time is up: `sent` is whether the request may have reached the server. */
  late(sent: boolean): BunsenError;
}

/** Takes requests to a server and brings its answers back, for however many proxies. */
export interface Carrier {
  readonly state: Observable<CarrierState>;
  /**
   * Sends a request once there is a connection. One that was given up before is never sent.
   * @throws The reason of the signal, what `late` says, or why the connection ended.
   */
  request(payload: Uint8Array, asking: Asking): Promise<Uint8Array>;
  /** Ends the requests of `owner`; with the last user the socket is closed. */
  release(owner: object): void | Promise<void>;
}

/** Opens the way to a server, for one user of it; `release(owner)` of what it gives ends it. */
export type Reach = (maxMessageBytes: number, owner: object) => Promise<Carrier>;

/** A request from when it is made until its promise settles, in whatever way: nothing is left behind then. */
export class PendingRequest {
  readonly payload: Uint8Array;
  readonly owner: object;
  readonly answer: Promise<Uint8Array>;
  /** The socket has it: it may have reached the server. */
  sent = false;
  readonly #resolve: (answer: Uint8Array) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #ended: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: Deadline;
  readonly #aborted = () => this.reject(this.#signal?.reason);

  /** @param ended - Called once, before the promise settles. */
  constructor(payload: Uint8Array, asking: Asking, ended: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.payload = payload;
    this.owner = asking.owner;
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#ended = ended;
    this.#signal = asking.signal;
    this.#deadline = new Deadline(() => this.reject(asking.late(this.sent)));
    this.#signal?.addEventListener("abort", this.#aborted);
    if (asking.timeoutMs > 0) deadlines.add(this.#deadline, asking.timeoutMs);
  }

  resolve(answer: Uint8Array): void {
    this.#end();
    this.#resolve(answer);
  }

  reject(reason: unknown): void {
    this.#end();
    this.#reject(reason);
  }

  #end(): void {
    deadlines.remove(this.#deadline);
    this.#signal?.removeEventListener("abort", this.#aborted);
    this.#ended();
  }
}
