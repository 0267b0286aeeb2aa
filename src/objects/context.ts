import { AsyncLocalStorage } from "node:async_hooks";
import { BunsenError } from "../errors.ts";
import { type Annotations, type Call, type Caller, NO_ANNOTATIONS } from "./call.ts";
import type { Resource } from "./session.ts";

/** The call that is running: who made it, and what travels beside arguments and result. */
export class CallContext {
  readonly #call: Call;
  readonly caller: Caller;
  #correlationId: string | undefined;

  constructor(call: Call, caller: Caller) {
    this.#call = call;
    this.caller = caller;
    this.#correlationId = call.correlationId;
  }

  /** The id of the object that is called. */
  get object(): string {
    return this.#call.object;
  }

  get member(): string {
    return this.#call.member;
  }

  /** The caller waits for no answer. */
  get oneway(): boolean {
    return this.#call.oneway;
  }

  /** The number of the request on its connection; undefined where the dialect numbers none. */
  get sequence(): number | undefined {
    return this.#call.sequence;
  }

  /** What the arguments came in: `"serpent"`, `"msgpack"`, …; undefined where the dialect leaves no choice. */
  get serializer(): string | undefined {
    return this.#call.serializer;
  }

  /** Annotations of the request. */
  get annotations(): Annotations {
    return this.#call.annotations ?? NO_ANNOTATIONS;
  }

  /** Set annotations here and they travel with the answer. Ids are 4 ASCII characters. */
  get responseAnnotations(): Map<string, Uint8Array> {
    this.#call.responseAnnotations ??= new Map();
    return this.#call.responseAnnotations;
  }

  /** The caller's correlation id, or a new one; calls made from here carry it on. */
  get correlationId(): string {
    this.#correlationId ??= crypto.randomUUID();
    return this.#correlationId;
  }

  /** The correlation id if there is one already: what an outgoing call carries on. */
  get knownCorrelationId(): string | undefined {
    return this.#correlationId;
  }

  /** Aborted when the caller cancels or its connection is lost; undefined where the dialect cannot tell. */
  get signal(): AbortSignal | undefined {
    return this.#call.signal;
  }

  /**
   * Milliseconds until the caller gives up, 0 when it has; undefined where it did not say, or does not wait any more.
   * Callers tell it with their timeout, if they are Bunsen.
   */
  get timeLeftMs(): number | undefined {
    const { deadline } = this.#call;
    return deadline === undefined ? undefined : Math.max(0, deadline - performance.now());
  }

  /**
   * What bounds a call that is made now. Nothing does once the caller has given up: what is called then cleans up, and
   * must not be cut short.
   */
  get bounds(): CallBounds {
    const { deadline, signal } = this.#call;
    return {
      deadline: deadline !== undefined && deadline > performance.now() ? deadline : undefined,
      signal: signal?.aborted ? undefined : signal,
    };
  }

  /** Closes `resource` when the caller's connection closes, however it closes. */
  trackResource(resource: Resource): void {
    this.caller.session.track(resource);
  }

  untrackResource(resource: Resource): void {
    this.caller.session.untrack(resource);
  }
}

/** When a call is over, whatever its own options say. */
export interface CallBounds {
  /** On the clock of `performance.now()`. */
  readonly deadline: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const storage = new AsyncLocalStorage<CallContext | undefined>();

/** Runs `body` inside `context`: everything it calls and awaits sees it. */
export function runInContext<T>(context: CallContext, body: () => T): T {
  return storage.run(context, body);
}

/** Runs `body` outside the running call: what it calls is not part of that call, has its own time, and outlives it. */
export function runOutsideCalls<T>(body: () => T): T {
  return storage.run(undefined, body);
}

/** The running call's context, or undefined outside a call. */
export function currentContext(): CallContext | undefined {
  return storage.getStore();
}

/**
 * The running call's context.
 * @throws BunsenError `ERR_NO_CALL` outside a call.
 */
export function callContext(): CallContext {
  const context = storage.getStore();
  if (context === undefined) {
    throw new BunsenError(
      "ERR_NO_CALL",
      "callContext() was called outside a remote call; it has an answer only in a method that a daemon runs, and in what that method awaits",
    );
  }
  return context;
}
