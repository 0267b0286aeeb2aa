import type { Annotations, CallKind } from "./call.ts";
import type { Description } from "./description.ts";
import type { Observable } from "./observable.ts";

/** One outgoing call, whatever the dialect it goes out in. */
export interface Request {
  readonly member: string;
  readonly kind: CallKind;
  readonly args: readonly unknown[];
  readonly kwargs: Record<string, unknown> | null;
  readonly options: CallOptions;
  /** When the caller of the call that this one serves gives up, on the clock of `performance.now()`. */
  readonly deadline?: number | undefined;
}

/** What a caller may say of a call. */
export interface CallOptions {
  /**
   * Rejects the call when aborted. A call that was sent may still run; where the peer is Bunsen it is told to stop. The
   * end of the call being served, if its caller cancels it, ends this one, too.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the call is rejected with `TimeoutError`; 0 waits for ever. Default: that of the proxy, or what is
   * left of the time of the call being served, if that is less.
   */
  readonly timeout?: number | undefined;
  /** A UUID that follows the call through processes. Default: that of the call being served, if any. */
  readonly correlationId?: string | undefined;
  /** Sent beside the arguments. Ids are 4 ASCII characters. */
  readonly annotations?: Annotations | undefined;
  /** Receives the annotations of the answer; of a stream those of each item, just before it. */
  readonly onAnnotations?: ((annotations: Annotations) => void) | undefined;
  /**
   * How often a method call is made again when the connection was lost, or time ran out. It may have run each time: for
   * methods that may run twice. Default 0.
   */
  readonly retries?: number | undefined;
  /** Sends without waiting for an answer. Default: as the remote member declares. */
  readonly oneway?: boolean | undefined;
}

/** How the connection behind a proxy is. */
export type ConnectionState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly address: string }
  | { readonly name: "connected"; readonly address: string; readonly peer: string }
  | { readonly name: "lost"; readonly address: string; readonly reason: Error }
  | { readonly name: "closed" };

/** The calling side of a dialect: one remote object, whatever protocol leads to it. */
export interface Channel {
  /** How people and messages name the object: its URI. */
  readonly uri: string;
  /** Changes as the connection comes and goes. A lost connection is made anew by the next call. */
  readonly state: Observable<ConnectionState>;
  /** What is known of the object; undefined before the first connection. */
  readonly description: Description | undefined;
  /** This machine's own address on the way to the object, while there is a connection with such a thing. */
  readonly localHost?: string | undefined;
  /** Connects if there is no connection. */
  open(): Promise<void>;
  /** Sends one call. An item stream resolves to an `AsyncIterable`. */
  call(request: Request): Promise<unknown>;
  /** Asks whether the far end still answers; connects if there is no connection. Not in every dialect. */
  ping?(options: CallOptions): Promise<unknown>;
  /** Sends several calls as one message; results and errors in order, shorter than `requests` after an error. */
  batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]>;
  /** Ends the connection; whoever waits is told. The next call connects again unless `final`. */
  close(): Promise<void>;
}

export type BatchResult = { readonly value: unknown } | { readonly error: unknown };

/** A method that is declared one-way is called so, unless the caller said otherwise. */
export function withDeclaredOneway(
  request: Request,
  description: Description | undefined,
): Request {
  const { member, kind, options } = request;
  if (kind !== "call" || options.oneway !== undefined) return request;
  if (description?.members.get(member)?.oneway !== true) return request;
  return { ...request, options: { ...options, oneway: true } };
}

/**
 * Milliseconds that a call may take from now, 0 without end: its timeout, or what is left to the call that it serves. A
 * timeout of 0 that the call itself was given is without end all the same.
 */
export function timeoutOf({ options, deadline }: Request, defaultMs: number): number {
  const own = options.timeout ?? defaultMs;
  if (deadline === undefined || options.timeout === 0) return own;
  // 0 would be without end.
  const left = Math.max(1, deadline - performance.now());
  return own > 0 ? Math.min(own, left) : left;
}
