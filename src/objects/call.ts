import type { Session } from "./session.ts";

/** Extra data that travels beside a call: 4-character ids and bytes. Receivers ignore those they do not know. */
export type Annotations = ReadonlyMap<string, Uint8Array>;

/** What a caller does with a member. */
export type CallKind = "call" | "get" | "set";

/** One call as the dispatcher sees it, whatever the dialect it came in. */
export interface Call {
  /** The id of the object, as registered. */
  readonly object: string;
  readonly member: string;
  readonly kind: CallKind;
  /** Positional arguments; for `"set"` the new value alone. */
  readonly args: unknown[];
  /** Keyword arguments by parameter name; null where there are none. */
  readonly kwargs: Record<string, unknown> | null;
  /** The caller waits for no answer. */
  readonly oneway: boolean;
  readonly annotations: Annotations | undefined;
  /** A UUID that follows a chain of calls through processes. */
  readonly correlationId: string | undefined;
  /** The number of the request on its connection, where the dialect numbers them. */
  readonly sequence?: number | undefined;
  /** What the arguments came in, where the dialect leaves a choice: `"serpent"`, `"msgpack"`, … */
  readonly serializer?: string | undefined;
  /** Aborted when the caller cancels, or is gone. */
  readonly signal: AbortSignal | undefined;
  /**
   * When the caller gives up, on the clock of `performance.now()`; undefined where it did not say, or does not wait any
   * more: its answer is sent, or its stream has begun.
   */
  readonly deadline?: number | undefined;
  /** Annotations for the answer; set through the call context. */
  responseAnnotations: Map<string, Uint8Array> | undefined;
}

/** What a certificate says: an `X509Certificate` of Node. */
export interface PeerCertificate {
  /** A line for each of its parts, such as `C=NL` and `CN=lab.example`. */
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltName?: string | undefined;
  /** In hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of it all, as `AB:CD:…`. */
  readonly fingerprint256: string;
  /** In DER. */
  readonly raw: Uint8Array;
}

/** Who is calling, as far as the dialect can tell. One object serves all calls of a connection. */
export interface Caller {
  /** `"pyro5"`, `"pyro4"`, … */
  readonly dialect: string;
  /** Where the connection comes from, such as `127.0.0.1:53120`. */
  readonly address: string;
  /** Whom a key or certificate proved it to be. A handshake hook that finds out more may set it. */
  identity: string | undefined;
  /** The certificate that it showed, checked; undefined without TLS, and where it showed none. */
  readonly certificate?: PeerCertificate | undefined;
  /** What the caller sent as handshake data. */
  readonly handshake: unknown;
  /** What lives as long as the connection. */
  readonly session: Session;
  /**
   * A proxy of what the caller names by a URI, `PYRO:…` or `PYRONAME:…`, as of what it passes by reference: it is called
   * with the daemon's option `proxies`, and in the caller's network where that is reached by a tunnel. It connects with its
   * first call, and is released with the daemon. Undefined in dialects that have no references.
   * @throws BunsenError `ERR_BAD_URI`.
   */
  proxyOf?(uri: string): object;
}

export const NO_ANNOTATIONS: Annotations = new Map();
