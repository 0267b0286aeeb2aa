import { ByteWriter } from "../bytes/writer.ts";
import {
  type BunsenError,
  CommunicationError,
  ConnectionClosedError,
  ProtocolError,
  SecurityError,
} from "../errors.ts";
import { type ByteStream, LEAST_PENDING_BYTES } from "../net/stream.ts";
import type { PeerCertificate } from "../objects/call.ts";
import { deflate, inflate } from "./compression.ts";
import { PyroDecoder } from "./decoder.ts";
import { type EncodeOptions, encodeMessage, type MessageHead } from "./encoder.ts";
import { type PyroMessage, RefusedFrame } from "./header.ts";
import type { Signing } from "./hmac.ts";

/** Bounds on what a peer can make large, with the reasons for their defaults in `docs/configuration.md`. */
export interface ConnectionLimits {
  /** Bytes of payload plus annotations, both ways, and again after decompression. Default 1 GiB, as Pyro5. */
  readonly maxMessageBytes: number;
  /** Bytes of annotations a message may carry. Default 1 MiB. */
  readonly maxAnnotationsBytes: number;
  /** Bytes that may wait for a slow reader before its requests are no longer read: 64 KiB or more. Default 1 MiB. */
  readonly maxPendingBytes: number;
  /**
   * Functions and objects that each end of a connection may hold of the other, between Bunsen peers. Default 10,000.
   */
  readonly maxCallbacks: number;
  /** Compress payloads that are worth it. Default false, as Pyro. */
  readonly compression: boolean;
}

export const DEFAULT_LIMITS: ConnectionLimits = {
  maxMessageBytes: 1024 * 1024 * 1024,
  maxAnnotationsBytes: 1024 * 1024,
  maxPendingBytes: 1024 * 1024,
  maxCallbacks: 10_000,
  compression: false,
};

export interface ConnectionOptions extends ConnectionLimits {
  /** Bytes of the first message that arrives, where they are fewer. */
  readonly maxFirstBytes?: number;
  /** Signs what is sent, and judges the signatures of what arrives. */
  readonly signing?: Signing;
}

export interface ConnectionEvents {
  message(message: PyroMessage): void;
  /** What kept `congested` true has been taken by the peer. */
  writable(): unknown;
  /** What arrived cannot be read. The receiver may still answer; the connection closes afterwards. */
  refused(frame: RefusedFrame): void;
  /** Called once. From now on nothing arrives, and what is sent goes nowhere. */
  closed(reason: BunsenError): void;
}

type State = { readonly name: "open" } | { readonly name: "closed"; readonly reason: BunsenError };

/** Writers with their memory, for whichever connection writes next: an idle connection holds none. */
const spareWriters: ByteWriter[] = [];
const MAX_SPARE_WRITERS = 16;
const MAX_SPARE_BYTES = 4 * 1024 * 1024;
const WRITER_BYTES = 64 * 1024;
/**
 * So much is written before the turn is over: with many calls under way, the peer begins to work on the first while the
 * others are still being written, where otherwise the two ends would wait for each other in turns.
 */
const EAGER_BYTES = 2048;

/**
 * One conversation with one peer, of either end: messages in, messages out. What is sent within one turn of the event
 * loop leaves as one write; where answers are awaited, within one round of it, since the peer is busy anyway.
 */
export class Connection {
  readonly peer: string;
  readonly #stream: ByteStream;
  readonly #decoder: PyroDecoder;
  readonly #encodeOptions: EncodeOptions;
  readonly #maxPendingBytes: number;
  readonly #events: ConnectionEvents;
  #state: State = { name: "open" };
  #out: ByteWriter | undefined;
  #flushing = false;
  /** Reading stops for each of these reasons. */
  #slowReader = false;
  #held = false;
  /** This end waits for answers of the peer: then it reads, whatever else. */
  #expecting = false;
  #congested = false;
  bytesIn = 0;
  bytesOut = 0;

  constructor(stream: ByteStream, options: ConnectionOptions, events: ConnectionEvents) {
    this.peer = stream.remoteAddress;
    this.#stream = stream;
    this.#events = events;
    const { maxMessageBytes, maxAnnotationsBytes, maxPendingBytes, compression } = options;
    const { maxFirstBytes = maxMessageBytes, signing } = options;
    this.#maxPendingBytes = Math.max(maxPendingBytes, LEAST_PENDING_BYTES);
    this.#decoder = new PyroDecoder({
      maxMessageBytes,
      maxFirstBytes: Math.min(maxFirstBytes, maxMessageBytes),
      maxAnnotationsBytes,
      inflate,
      ...(signing && { check: signing.check.bind(signing) }),
    });
    this.#encodeOptions = {
      maxMessageBytes,
      deflate: compression ? deflate : undefined,
      signing,
    };
    stream.start({
      data: (chunk) => this.#receive(chunk),
      place: () => this.#decoder.place,
      drain: () => this.#drained(),
      closed: (error) => this.#streamClosed(error),
    });
  }

  /** This machine's own address on the way to the peer. */
  get localHost(): string | undefined {
    return this.#stream.localHost;
  }

  /** Whom a certificate proved the peer to be. */
  get identity(): string | undefined {
    return this.#stream.identity;
  }

  /** The certificate that did. */
  get certificate(): PeerCertificate | undefined {
    return this.#stream.certificate;
  }

  /** Why the connection is closed; undefined while it is open. */
  get closedBecause(): BunsenError | undefined {
    return this.#state.name === "closed" ? this.#state.reason : undefined;
  }

  /**
   * True while more waits to be taken by the peer than `maxPendingBytes`: whoever can wait should, until `writable`.
   * To stop reading is not enough, since one read may hold hundreds of requests with large answers.
   */
  get congested(): boolean {
    const waiting = (this.#out?.length ?? 0) + this.#stream.pendingBytes;
    if (waiting <= this.#maxPendingBytes) return false;
    this.#congested = true;
    return true;
  }

  /** Sends one message a little later, with whatever else is sent until then. A closed connection sends nothing. */
  send(head: MessageHead, writePayload: (out: ByteWriter) => void): void {
    if (this.#state.name === "closed") return;
    this.#out ??= spareWriters.pop() ?? new ByteWriter(WRITER_BYTES);
    encodeMessage(this.#out, head, writePayload, this.#encodeOptions);
    if (this.#out.length >= EAGER_BYTES) this.#write();
    if (this.#flushing) return;
    this.#flushing = true;
    // A gateway has a turn for each of its callers: their calls would leave one by one.
    if (this.#expecting) setImmediate(flushConnection, this);
    else process.nextTick(flushConnection, this);
  }

  /** Sends now what was collected. */
  flush(): void {
    this.#flushing = false;
    this.#write();
  }

  #write(): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    if (this.#state.name === "closed" || out.length === 0) {
      keepWriter(out);
      return;
    }
    this.bytesOut += out.length;
    this.#stream.write(out.view(), () => keepWriter(out));
    if (!this.#slowReader && this.#stream.pendingBytes > this.#maxPendingBytes) {
      this.#slowReader = true;
      this.#judgeReading();
    }
    this.#judgeCongestion();
  }

  /** Stops or goes on reading requests: while too many are running, more of them are left with the peer. */
  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    this.#judgeReading();
  }

  /**
   * Reading goes on while answers are expected: if both ends of a connection left each other's messages unread until
   * their own were taken, they would wait for ever.
   */
  expectAnswers(expecting: boolean): void {
    this.#expecting = expecting;
    if (this.#slowReader || this.#held) this.#judgeReading();
  }

  /** Sends what is pending, then closes. Whoever waits is told `reason`. May be called twice. */
  close(reason: BunsenError): void {
    if (this.#state.name === "closed") return;
    this.flush();
    this.#enterClosed(reason);
    this.#stream.end();
  }

  /** Closes at once, dropping what is pending. */
  abort(reason: BunsenError): void {
    if (this.#state.name === "closed") return;
    this.#enterClosed(reason);
    this.#stream.destroy();
  }

  /** The only way into `closed`. */
  #enterClosed(reason: BunsenError): void {
    this.#state = { name: "closed", reason };
    this.#events.closed(reason);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state.name === "closed") return;
    this.bytesIn += chunk.byteLength;
    // What the handlers send is flushed below, together.
    this.#flushing = true;
    try {
      for (const message of this.#decoder.push(chunk)) {
        this.#events.message(message);
        if (this.closedBecause) return;
      }
      if (this.#decoder.refused) throw this.#decoder.refused;
    } catch (error) {
      this.#fault(error);
    } finally {
      this.flush();
    }
  }

  #fault(error: unknown): void {
    if (error instanceof RefusedFrame) {
      this.#events.refused(error);
      const Reason = error.isSecurity ? SecurityError : ProtocolError;
      this.close(new Reason(error.code, `${this.peer}: ${error.message}`, { cause: error }));
      return;
    }
    // A bug of ours or of a callback: it costs this connection, never the process.
    const text = error instanceof Error ? error.message : String(error);
    this.close(
      new ProtocolError("ERR_INTERNAL", `${this.peer}: handling a message failed: ${text}`, {
        cause: error,
      }),
    );
  }

  #drained(): void {
    if (this.#slowReader && this.#stream.pendingBytes <= this.#maxPendingBytes) {
      this.#slowReader = false;
      this.#judgeReading();
    }
    this.#judgeCongestion();
  }

  #judgeCongestion(): void {
    if (!this.#congested || this.#state.name === "closed") return;
    this.#congested = false;
    if (!this.congested) this.#events.writable();
  }

  #judgeReading(): void {
    if ((this.#slowReader || this.#held) && !this.#expecting) this.#stream.pause();
    else this.#stream.resume();
  }

  #streamClosed(error: Error | undefined): void {
    if (this.#state.name === "closed") return;
    this.#enterClosed(this.#lossReason(error));
  }

  #lossReason(error: Error | undefined): BunsenError {
    // What carries the bytes may know better than the system: a tunnel.
    if (error instanceof CommunicationError) return error;
    if (error) {
      return new ConnectionClosedError(
        "ERR_CONNECTION_LOST",
        `${this.peer}: connection lost: ${error.message}`,
        {
          cause: error,
          retry: "unknown",
        },
      );
    }
    if (this.#decoder.midMessage) {
      return new ConnectionClosedError(
        "ERR_TRUNCATED",
        `${this.peer}: the connection ended in the middle of a message`,
        {
          retry: "unknown",
        },
      );
    }
    return new ConnectionClosedError("ERR_CLOSED_BY_PEER", `${this.peer}: closed by the peer`, {
      retry: "unknown",
    });
  }
}

function flushConnection(connection: Connection): void {
  connection.flush();
}

function keepWriter(writer: ByteWriter): void {
  if (spareWriters.length >= MAX_SPARE_WRITERS || writer.capacity > MAX_SPARE_BYTES) return;
  writer.truncate(0);
  spareWriters.push(writer);
}
