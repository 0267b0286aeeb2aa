import { ByteWriter } from "../../bytes/writer.ts";
import { type BunsenError, ConnectionClosedError, ProtocolError } from "../../errors.ts";
import type { ByteStream } from "../../net/stream.ts";
import { encodeMessage } from "../encoder.ts";
import type { MslMessage } from "../messages.ts";
import type { PeerHost } from "./hosts.ts";
import { type IncomingLine, LineReader, ObjectLine } from "./line-reader.ts";
import { Outbox, type OutboxLimits, type Sender } from "./outbox.ts";
import { PeerError } from "./peer-error.ts";

export interface PeerLimits extends OutboxLimits {
  /** Bytes of one message. Default 1 GiB. */
  readonly maxMessageBytes: number;
  /** Bytes of one message from a peer that has not yet said who it is. Default 1 MiB. */
  readonly maxHandshakeBytes: number;
  /** Bytes that may wait to be read by one peer; a client that falls further behind is disconnected, a service gets no more requests. Default 512 MiB. */
  readonly maxQueuedBytes: number;
}

export interface PeerEvents {
  /** It takes more memory than before, by a mebibyte or more. */
  grew(): void;
  /** Called once. */
  closed(reason: BunsenError): void;
}

/** What a peer is doing. */
type State =
  /** It was asked something: the next line is the answer. */
  | { readonly name: "asked"; readonly answer: (line: IncomingLine | undefined) => void }
  /** A line of it is being worked on; the next ones wait. */
  | { readonly name: "busy" }
  | { readonly name: "serving"; readonly handle: Handler }
  | { readonly name: "closed"; readonly reason: BunsenError };

/** The first byte of a TLS client. No message begins so. */
const TLS_HANDSHAKE = 0x16;
/** Smaller chunks are not of messages that could hold others up. */
const BULK_CHUNK_BYTES = 16 * 1024;
const MEBIBYTE = 1024 * 1024;

type Handler = (line: IncomingLine) => void | Promise<void>;

/** One connection to the manager: lines in, messages out, and questions that the peer answers. */
export class Peer implements Sender {
  readonly remoteAddress: string;
  /** Known once its name was looked up. */
  host: PeerHost | undefined;
  /** How others call it: `Alice[labpc:50100]`, once it said its name. */
  name: string;
  isAdmin = false;
  /** A client's requests wait while it does not read the replies; a service's replies never do. */
  readsBeforeAsking = false;
  readonly #stream: ByteStream;
  readonly #limits: PeerLimits;
  readonly #reader: LineReader;
  readonly #outbox: Outbox;
  readonly #events: PeerEvents;
  #state: State = { name: "busy" };
  /** Lines that came before it was their turn. */
  #inbox: IncomingLine[] = [];
  /** Why nothing is read from it at present. */
  readonly #holds = new Set<object>();
  #reportedMebibytes = 0;
  /** Read in this turn of the event loop, in large chunks. */
  #turnBytes = 0;

  constructor(stream: ByteStream, limits: PeerLimits, events: PeerEvents) {
    this.remoteAddress = stream.remoteAddress;
    this.name = `<Unknown>[${stream.remoteAddress}]`;
    this.#stream = stream;
    this.#limits = limits;
    this.#events = events;
    this.#reader = new LineReader(limits.maxHandshakeBytes);
    this.#outbox = new Outbox(stream, limits, () => this.release(this.#outbox));
    stream.start({
      data: (chunk) => this.#receive(chunk),
      drain: () => this.#outbox.flush(),
      closed: (error) => this.#enterClosed(lossOf(this.name, error)),
    });
  }

  /** Why the connection is closed; undefined while it is open. */
  get closedBecause(): BunsenError | undefined {
    return this.#state.name === "closed" ? this.#state.reason : undefined;
  }

  /** Bytes that are kept in memory for it: what it has sent of a message, and what it has not read yet. */
  get heldBytes(): number {
    return this.#reader.heldBytes + this.#outbox.pendingBytes;
  }

  /** It is far behind with reading: more should not be sent to it. */
  get overloaded(): boolean {
    return this.#outbox.pendingBytes > this.#limits.maxQueuedBytes;
  }

  /** The address that it connected from. */
  get remoteHost(): string {
    return this.remoteAddress.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  }

  /** The port that it connected from. */
  get port(): number {
    return Number(/:(\d+)$/.exec(this.remoteAddress)?.[1] ?? 0);
  }

  /** Sends a question and waits for the next line; undefined once the connection is closed. */
  async ask(
    requester: string,
    attribute: string,
    args: readonly string[] = [],
  ): Promise<IncomingLine | undefined> {
    if (this.#state.name === "closed") return undefined;
    this.send({ kind: "request", attribute, args, kwargs: {}, requester, uid: "" });
    const line = this.#inbox.shift() ?? (await this.#nextLine());
    // What 0.5 writes has keys of its own.
    if (line instanceof ObjectLine && line.legacy) this.#outbox.legacy = true;
    return line;
  }

  /** It said who it is: from now on each line goes to `handle`, one after the other. */
  serve(handle: Handler): void {
    if (this.#state.name === "closed") return;
    this.#reader.maxLineBytes = this.#limits.maxMessageBytes;
    this.#state = { name: "serving", handle };
    this.#handleInbox();
  }

  send(message: MslMessage): void {
    const out = new ByteWriter();
    encodeMessage(out, message);
    this.deliver([out.take()]);
  }

  /** Tells it that a request of its failed. */
  sendError(error: PeerError, requester: string, uid: unknown): void {
    this.send({ kind: "error", message: error.message, traceback: [], requester, uid });
  }

  /** Sends a message as it is. A peer that has fallen too far behind is disconnected. */
  deliver(pieces: readonly Uint8Array[], from?: Sender): void {
    if (this.#state.name === "closed") return;
    if (this.overloaded) {
      const { pendingBytes } = this.#outbox;
      const text = `${this.name} does not read: ${pendingBytes} bytes wait for it, over maxQueuedBytes (${this.#limits.maxQueuedBytes})`;
      this.abort(new ConnectionClosedError("ERR_SLOW_PEER", text));
      return;
    }
    this.#outbox.send(pieces, from);
    this.#judgeMemory();
    if (this.readsBeforeAsking && this.#outbox.congested) this.hold(this.#outbox);
  }

  /** Stops reading from it, until every holder has released it. */
  hold(by: object): void {
    if (this.#state.name === "closed") return;
    this.#holds.add(by);
    this.#stream.pause();
  }

  release(by: object): void {
    if (this.#holds.delete(by) && this.#holds.size === 0) this.#stream.resume();
  }

  /** Sends what is pending, then closes. May be called twice. */
  close(reason: BunsenError): void {
    if (this.#state.name === "closed") return;
    this.#outbox.close();
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
    const state = this.#state;
    if (state.name === "closed") return;
    this.#state = { name: "closed", reason };
    this.#outbox.destroy();
    this.#inbox = [];
    this.#holds.clear();
    if (state.name === "asked") state.answer(undefined);
    this.#events.closed(reason);
  }

  #nextLine(): Promise<IncomingLine | undefined> {
    return new Promise((resolve) => {
      const answer = (line: IncomingLine | undefined) => {
        if (this.#state.name === "asked") this.#state = { name: "busy" };
        resolve(line);
      };
      this.#state = { name: "asked", answer };
    });
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state.name === "closed") return;
    if (chunk[0] === TLS_HANDSHAKE && this.#reader.heldBytes === 0) {
      // It waits for an answer that we cannot give.
      const text = `${this.name} speaks TLS, which is disabled here`;
      this.close(new ConnectionClosedError("ERR_REJECTED", text));
      return;
    }
    if (chunk.byteLength >= BULK_CHUNK_BYTES) this.#takeTurns(chunk.byteLength);
    for (const line of this.#reader.push(chunk)) this.#inbox.push(line);
    this.#handleInbox();
    this.#judgeMemory();
    const { refused } = this.#reader;
    if (refused) this.#refuse(refused);
  }

  /** One socket would be read from as long as its peer writes: after a mebibyte it is others' turn. */
  #takeTurns(bytes: number): void {
    if (this.#turnBytes === 0) {
      setImmediate(() => {
        this.#turnBytes = 0;
        this.release(this);
      });
    }
    this.#turnBytes += bytes;
    if (this.#turnBytes >= MEBIBYTE) this.hold(this);
  }

  /** Works on the lines that came, until one of them takes time. */
  #handleInbox(): void {
    while (this.#inbox.length > 0) {
      const state = this.#state;
      if (state.name === "closed" || state.name === "busy") break;
      const line = this.#inbox.shift() as IncomingLine;
      if (state.name === "asked") state.answer(line);
      else this.#handle(state, line);
    }
    if (this.#inbox.length > 0) this.hold(this.#inbox);
    else this.release(this.#inbox);
  }

  #handle(serving: State & { name: "serving" }, line: IncomingLine): void {
    // Also while the handler runs: it may ask something.
    this.#state = { name: "busy" };
    const done = () => {
      if (this.#state.name === "busy") this.#state = serving;
    };
    try {
      const work = serving.handle(line);
      if (work === undefined) {
        done();
        return;
      }
      work
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          done();
          this.#handleInbox();
        });
    } catch (error) {
      this.#fail(error);
    }
  }

  #judgeMemory(): void {
    const mebibytes = Math.floor(this.heldBytes / MEBIBYTE);
    const grew = mebibytes > this.#reportedMebibytes;
    this.#reportedMebibytes = mebibytes;
    if (grew) this.#events.grew();
  }

  #refuse(refused: BunsenError): void {
    this.sendError(new PeerError("ValueError", refused.message), this.name, "");
    this.close(new ProtocolError(refused.code, `${this.name}: ${refused.message}`));
  }

  /** A bug of ours: it costs this connection, never the process. */
  #fail(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `${this.name}: handling a message failed: ${reason}`;
    this.close(new ProtocolError("ERR_INTERNAL", text, { cause }));
  }
}

function lossOf(name: string, cause: Error | undefined): BunsenError {
  return cause
    ? new ConnectionClosedError(
        "ERR_CONNECTION_LOST",
        `${name}: connection lost: ${cause.message}`,
        { cause },
      )
    : new ConnectionClosedError("ERR_CLOSED_BY_PEER", `${name}: closed by the peer`);
}
