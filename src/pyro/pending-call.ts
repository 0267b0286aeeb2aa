import { type BunsenError, ConnectionClosedError, retrace, TimeoutError } from "../errors.ts";
import { deadlines, type Expiring } from "../net/deadlines.ts";
import type { CallOptions } from "../objects/channel.ts";
import type { Callee } from "./callee.ts";
import type { PyroMessage } from "./header.ts";
import type { Pending } from "./pending.ts";
import type { ReceivedStream } from "./received-stream.ts";

/** What a pending call needs of the connection that it waits on. */
export interface CallOwner {
  readonly peerAddress: string;
  /** An answer has come. */
  settle(call: PendingCall, message: PyroMessage): void;
  /** The caller gave up: the number is free, and the peer is told if it can be. */
  abandon(call: PendingCall): void;
  /** The call took too long. */
  overdue(call: PendingCall): void;
}

/** One call on its way. */
export class PendingCall implements Pending {
  seq = 0;
  deadlineSlot: Expiring[] | undefined = undefined;
  deadlineIndex = 0;
  stream: ReceivedStream | undefined = undefined;
  readonly callee: Callee;
  readonly member: string;
  readonly options: CallOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly #owner: CallOwner;
  readonly #timeoutMs: number;
  #onAbort: (() => void) | undefined;

  constructor(
    owner: CallOwner,
    callee: Callee,
    member: string,
    options: CallOptions,
    timeoutMs: number,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#owner = owner;
    this.callee = callee;
    this.member = member;
    this.options = options;
    this.#timeoutMs = timeoutMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  answer(message: PyroMessage): void {
    this.#owner.settle(this, message);
  }

  fail(reason: BunsenError): void {
    this.unlisten();
    deadlines.remove(this);
    if (this.stream) this.stream.finish({ error: reason });
    else rejectAtCaller(this, lostDuring(this.member, reason));
  }

  expire(): void {
    this.#owner.abandon(this);
    this.#owner.overdue(this);
    rejectAtCaller(
      this,
      new TimeoutError(
        "ERR_TIMEOUT",
        `${this.member} at ${this.#owner.peerAddress} did not answer within ${Math.ceil(this.#timeoutMs)} ms; it was sent, and may have run or be running`,
        { retry: "unknown" },
      ),
    );
  }

  listen(signal: AbortSignal): void {
    this.#onAbort = () => {
      this.#owner.abandon(this);
      if (this.stream) this.stream.finish({ error: signal.reason });
      else this.reject(signal.reason);
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  unlisten(): void {
    if (this.#onAbort === undefined) return;
    this.options.signal?.removeEventListener("abort", this.#onAbort);
    this.#onAbort = undefined;
  }
}

/**
 * Rejects a call with an error whose stack leads to its caller. The engine finds the callers that wait for a promise
 * when an error's stack is taken inside a callback that the promise depends on: so this one is made to depend on one.
 * The empty step lets the dependency be in place by then.
 */
export function rejectAtCaller(pending: PendingCall, error: Error): void {
  pending.resolve(
    Promise.resolve()
      .then(() => {})
      .then(() => {
        retrace(error);
        throw error;
      }),
  );
}

/** The same loss, told to the call that it hit. */
function lostDuring(member: string, reason: BunsenError): BunsenError {
  const text = `${reason.message}; ${member} was sent, and may have run`;
  return new ConnectionClosedError(reason.code, text, { cause: reason, retry: "unknown" });
}
