import { type Logger, stderrLogger } from "../log.ts";
import type { Location } from "../net/location.ts";
import { Dispatcher } from "../objects/dispatcher.ts";
import { Registry } from "../objects/registry.ts";
import type { Session } from "../objects/session.ts";
import type { SerializerName } from "../serializers/index.ts";
import type { ProxyReference, PyroClassOptions } from "./classes.ts";
import type { ConnectionLimits } from "./connection.ts";
import type { MessageKey } from "./hmac.ts";
import { DEFAULT_STREAM_OPTIONS, StreamTable } from "./streams.ts";

export interface ServingOptions extends ConnectionLimits {
  /** Milliseconds that a new connection may take until its handshake is complete. Default 10 s. */
  readonly handshakeTimeoutMs: number;
  /** Bytes of the handshake, before it is known who calls. Default 1 MiB. */
  readonly maxHandshakeBytes: number;
  /** Milliseconds that a connection may be silent before it is closed; 0 is for ever. Default 0, as Pyro. */
  readonly idleTimeoutMs: number;
  /** Calls of one connection that may run at once; more are left unread. Default 1000. Python peers make one at a time. */
  readonly maxConcurrentCalls: number;
  /** Serializers that callers may use. Default all four. */
  readonly serializers: readonly SerializerName[];
  /** Keys of which callers must have one. Default: none are asked for. */
  readonly keys?: readonly MessageKey[];
}

export const DEFAULT_SERVING_OPTIONS: Omit<ServingOptions, keyof ConnectionLimits | "keys"> = {
  handshakeTimeoutMs: 10_000,
  maxHandshakeBytes: 1024 * 1024,
  idleTimeoutMs: 0,
  maxConcurrentCalls: 1000,
  serializers: ["serpent", "json", "marshal", "msgpack"],
};

/** What serves the calls of a connection. */
export interface ServingHost {
  readonly dispatcher: Dispatcher;
  readonly streams: StreamTable;
  readonly logger: Logger;
  /** Annotations added to every answer. */
  readonly annotations: (() => ReadonlyMap<string, Uint8Array>) | undefined;
  readonly counters: Counters;
  /** Of the connections that are open. */
  readonly sessions: Set<Session>;
}

/** What a listener needs of the daemon it belongs to. */
export interface ListeningHost extends ServingHost {
  readonly classOptions: Pick<PyroClassOptions, "classes" | "proxyOf">;
  /**
   * What to send in place of an object that is registered here.
   * @param at - Where the asking side reached this daemon; undefined where no URI could say.
   */
  publish(target: object, at: Location | undefined): ProxyReference | undefined;
  /** The proxy of an object elsewhere that callers of this daemon are led to, and what they pass is passed on to. */
  leadTo(uri: string): object;
}

let callersHost: ServingHost | undefined;

/** Serves calls of what callers without a daemon lend: nothing is registered, no hooks. Made when first needed. */
export function defaultHost(): ServingHost {
  callersHost ??= {
    dispatcher: new Dispatcher(new Registry()),
    streams: new StreamTable(DEFAULT_STREAM_OPTIONS),
    logger: stderrLogger(),
    annotations: undefined,
    counters: { connections: 0, calls: 0, errors: 0 },
    sessions: new Set(),
  };
  return callersHost;
}

/** What a listener counts, cheaply. Latency is left to hooks. */
export interface Counters {
  connections: number;
  calls: number;
  errors: number;
}
