import type { X509Certificate } from "node:crypto";

/**
 * A carrier tells that what was pending has been taken where it was as much as this; of less it may say nothing. Whoever waits
 * for that waits for no smaller amount to be taken.
 */
export const LEAST_PENDING_BYTES: number = 64 * 1024;

/** What a connection needs of whatever carries its bytes: TCP, TLS, a Unix socket, a tunnel, a test. */
export interface ByteStream {
  /** Where the other end is, such as `127.0.0.1:53120`. */
  readonly remoteAddress: string;
  /**
   * This machine's own address on the way there; the id of a tunnel, where that is the way; undefined where there is
   * none, as with Unix sockets.
   */
  readonly localHost: string | undefined;
  /** Whom a certificate proved the other end to be. */
  readonly identity: string | undefined;
  /** The certificate itself. */
  readonly certificate?: X509Certificate | undefined;
  /** Bytes given to `write` that the carrier has not taken yet. */
  readonly pendingBytes: number;
  /** Sends `bytes`; they must not change before `done`, which is called once, also after a failure. */
  write(bytes: Uint8Array, done: () => void): void;
  /** Begins to deliver what arrives. Called once. */
  start(events: StreamEvents): void;
  /** Stops delivering until `resume`: the peer feels it as back-pressure. */
  pause(): void;
  resume(): void;
  /** Sends what is pending, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface StreamEvents {
  /** `chunk` is the receiver's only until it returns: what it keeps of it, it copies. */
  data(chunk: Uint8Array): void;
  /**
   * Memory of the receiver's where the next bytes would best land, if there is any. A carrier that can reads into its
   * beginning, and gives just that part to `data`.
   */
  place?(): Uint8Array | undefined;
  /** What was pending has been taken, or some of it. */
  drain(): void;
  /** The stream is over: `error` is undefined after an orderly end. Called once, and last. */
  closed(error: Error | undefined): void;
}
