import {
  BunsenError,
  CommunicationError,
  ConnectionClosedError,
  ProtocolError,
  retrace,
  TimeoutError,
} from "../errors.ts";
import { deadlines, type Expiring } from "../net/deadlines.ts";
import type { ByteStream } from "../net/stream.ts";
import type { BatchResult, CallOptions, Request } from "../objects/channel.ts";
import { type Description, fromWire as descriptionFromWire } from "../objects/description.ts";
import { Reply } from "../objects/reply.ts";
import type { ClassHooks, Serializer, SerializerName } from "../serializers/index.ts";
import { serializerNamed } from "../serializers/index.ts";
import { asError } from "../values/exceptions.ts";
import { isPlainRecord, type PlainRecord, tuple } from "../values/types.ts";
import { ExceptionWrapper } from "./classes.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";
import { uuidToBytes } from "./correlation.ts";
import { DAEMON_ID } from "./daemon-object.ts";
import {
  Flag,
  type Generation,
  MessageType,
  type PyroMessage,
  serializerId,
  serializerName,
} from "./header.ts";
import { descriptionFromMetadata } from "./metadata.ts";
import { BATCH_MEMBER, callToWire, GET_MEMBER, SET_MEMBER } from "./payload.ts";
import { type Pending, PendingCalls } from "./pending.ts";
import { PulledStream } from "./pulled-stream.ts";
import { writeControl } from "./pushed-stream.ts";
import { ReceivedStream } from "./received-stream.ts";

export interface HandshakeRequest {
  readonly object: string;
  readonly generation: Generation;
  /** Handshake data for the daemon's hook. Pyro's own default is `"hello"`. */
  readonly handshake: unknown;
  /** Undefined: what suits the peer best. */
  readonly serializer: SerializerName | undefined;
  readonly timeoutMs: number;
  /** Class hooks for the peer, once it is known whether it is Bunsen. */
  readonly hooks: (generation: Generation, bunsen: boolean) => ClassHooks;
}

/** What the daemon answered. */
export interface Welcome {
  readonly description: Description;
  readonly handshake: unknown;
  readonly bunsen: boolean;
}

interface Peer {
  readonly object: string;
  readonly generation: Generation;
  readonly bunsen: boolean;
  readonly serializer: Serializer;
  readonly serializerId: number;
  readonly hooks: ClassHooks;
}

/** The CONNECTFAIL of a daemon, or what came in its place. */
export class HandshakeError extends CommunicationError {
  /** The generation in which the peer answered; undefined when it closed without a word. */
  readonly answeredIn: Generation | undefined;
  constructor(code: string, message: string, answeredIn: Generation | undefined) {
    super(code, message, { retry: "later" });
    this.answeredIn = answeredIn;
  }
}

/** The calling end of one connection: any number of calls at once, told apart by sequence numbers. */
export class CallingConnection {
  readonly #connection: Connection;
  readonly #pending = new PendingCalls();
  readonly #onLost: (reason: BunsenError) => void;
  #handshake: HandshakePending | undefined;
  #peer: Peer | undefined;
  #retired = false;

  constructor(stream: ByteStream, limits: ConnectionLimits, onLost: (reason: BunsenError) => void) {
    this.#onLost = onLost;
    this.#connection = new Connection(stream, limits, {
      message: (message) => this.#receive(message),
      writable: () => {},
      refused: () => {},
      closed: (reason) => this.#closed(reason),
    });
  }

  get peerAddress(): string {
    return this.#connection.peer;
  }

  get closedBecause(): BunsenError | undefined {
    return this.#connection.closedBecause;
  }

  /**
   * Introduces this side and learns what the object offers.
   * @throws HandshakeError `ERR_HANDSHAKE_REFUSED` with the daemon's words; ConnectionClosedError, TimeoutError.
   */
  async handshake(request: HandshakeRequest): Promise<Welcome> {
    const { generation, object } = request;
    const name = request.serializer ?? "serpent";
    const serializer = serializerNamed(name);
    const plainHooks = request.hooks(generation, false);
    const message = await new Promise<PyroMessage>((resolve, reject) => {
      const pending = new HandshakePending(resolve, reject, () => {
        this.#connection.abort(
          new TimeoutError(
            "ERR_HANDSHAKE_TIMEOUT",
            `${this.peerAddress} accepted the connection but did not answer the handshake within ${request.timeoutMs} ms; is it a Pyro daemon, and is it busy?`,
            { retry: "later" },
          ),
        );
      });
      this.#handshake = pending;
      if (request.timeoutMs > 0) deadlines.add(pending, request.timeoutMs);
      this.#connection.send(
        {
          generation,
          type: MessageType.Connect,
          flags: generation === 4 ? Flag.MetaOnConnect : 0,
          seq: 0,
          serializerId: serializerId(generation, name),
          bunsen: generation === 5,
        },
        (out) => serializer.encode({ handshake: request.handshake, object }, out, plainHooks),
      );
    });
    if (message.type !== MessageType.ConnectOk) throw this.#refusal(message);
    const answer = serializer.decode(message.payload, plainHooks) as PlainRecord;
    const welcome = readWelcome(answer, message.bunsen);
    const chosen = request.serializer ?? (welcome.bunsen ? "msgpack" : "serpent");
    this.#peer = {
      object,
      generation,
      bunsen: welcome.bunsen,
      serializer: serializerNamed(chosen, welcome.bunsen),
      serializerId: serializerId(generation, chosen),
      hooks: request.hooks(generation, welcome.bunsen),
    };
    return welcome;
  }

  /** Sends one call. Its promise settles with the answer, the reason it failed, a timeout, or an abort. */
  call(request: Request, defaultTimeoutMs: number): Promise<unknown> {
    const peer = this.#openPeer();
    const { options } = request;
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const flags = options.oneway ? Flag.Oneway : 0;
    const payload = callPayload(peer, request);
    if (options.oneway) {
      this.#sendRequest(peer, this.#pending.skip(), flags, payload, options);
      return Promise.resolve(undefined);
    }
    return this.#request(peer, flags, payload, request.member, options, defaultTimeoutMs);
  }

  async batch(
    requests: readonly Request[],
    oneway: boolean,
    defaultTimeoutMs: number,
  ): Promise<BatchResult[]> {
    const peer = this.#openPeer();
    const args = requests.map(({ member, args: parameters, kwargs }) =>
      tuple<unknown>(member, tuple(...parameters), kwargs ?? {}),
    );
    const payload = callToWire(peer.serializer.name, {
      object: peer.object,
      member: BATCH_MEMBER,
      args,
      kwargs: null,
    });
    const options = requests[0]?.options ?? {};
    if (oneway) {
      this.#sendRequest(peer, this.#pending.skip(), Flag.Batch | Flag.Oneway, payload, options);
      return [];
    }
    const results = await this.#request(
      peer,
      Flag.Batch,
      payload,
      BATCH_MEMBER,
      options,
      defaultTimeoutMs,
    );
    if (!Array.isArray(results)) {
      throw new ProtocolError(
        "ERR_BAD_BATCH",
        `${this.peerAddress}: answered a batch with something else than a list`,
      );
    }
    return results.map((value: unknown) =>
      value instanceof ExceptionWrapper ? { error: value.exception } : { value },
    );
  }

  /** Takes no new calls, and closes when the last one is answered. */
  retire(): void {
    this.#retired = true;
    this.#closeIfDone();
  }

  close(reason: BunsenError): void {
    this.#connection.close(reason);
  }

  // ---- requests --------------------------------------------------------------------------------------------------

  #request(
    peer: Peer,
    flags: number,
    payload: unknown,
    member: string,
    options: CallOptions,
    defaultTimeoutMs: number,
  ): Promise<unknown> {
    if (this.#pending.full) {
      const text = `${this.peerAddress}: 65535 calls wait for their answers already; wait for some of them`;
      return Promise.reject(new CommunicationError("ERR_TOO_MANY_CALLS", text, { retry: "later" }));
    }
    const timeoutMs = options.timeout ?? defaultTimeoutMs;
    return new Reply((resolve, reject) => {
      const pending = new PendingCall(this, member, options, timeoutMs, resolve, reject);
      this.#pending.add(pending);
      try {
        this.#sendRequest(peer, pending.seq, flags, payload, options);
      } catch (error) {
        this.#pending.remove(pending);
        reject(error);
        return;
      }
      if (timeoutMs > 0) deadlines.add(pending, timeoutMs);
      if (options.signal) pending.listen(options.signal);
    });
  }

  #sendRequest(
    peer: Peer,
    seq: number,
    flags: number,
    payload: unknown,
    options: CallOptions,
  ): void {
    const { generation, serializer, hooks, bunsen } = peer;
    this.#connection.send(
      {
        generation,
        type: MessageType.Invoke,
        flags,
        seq,
        serializerId: peer.serializerId,
        annotations: options.annotations,
        correlationId:
          options.correlationId === undefined ? undefined : uuidToBytes(options.correlationId),
        bunsen,
      },
      (out) => serializer.encode(payload, out, hooks),
    );
  }

  /** Grants a pushed stream more items; 0 stops it, or a call. Bunsen peers only. */
  control(seq: number, credits: number): void {
    const peer = this.#peer;
    if (!peer?.bunsen) return;
    this.#connection.send(
      {
        generation: peer.generation,
        type: MessageType.Ping,
        flags: Flag.ItemStream,
        seq,
        serializerId: peer.serializerId,
        bunsen: true,
      },
      (out) => writeControl(out, credits),
    );
  }

  /** A call of the daemon's own object, for streams that are pulled. */
  callDaemon(member: string, args: unknown[], oneway: boolean): Promise<unknown> {
    const peer = this.#openPeer();
    const payload = callToWire(peer.serializer.name, {
      object: DAEMON_ID,
      member,
      args,
      kwargs: {},
    });
    if (oneway) {
      this.#sendRequest(peer, this.#pending.skip(), Flag.Oneway, payload, {});
      return Promise.resolve(undefined);
    }
    return this.#request(peer, 0, payload, member, {}, 0);
  }

  // ---- answers ---------------------------------------------------------------------------------------------------

  #receive(message: PyroMessage): void {
    const handshake = this.#handshake;
    if (handshake) {
      this.#handshake = undefined;
      handshake.answer(message);
      return;
    }
    // The answer to a call that was given up is nobody's; it is not the answer to a later one either.
    if (message.type === MessageType.Result) this.#pending.get(message.seq)?.answer(message);
  }

  /** Reads an answer; called by the pending call it belongs to. */
  settle(pending: PendingCall, message: PyroMessage): void {
    const peer = this.#peer as Peer;
    const { flags } = message;
    if (pending.stream) return this.#continueStream(peer, pending, pending.stream, message);
    if (flags & Flag.ItemStream) {
      if (peer.bunsen && !(flags & Flag.Exception))
        return this.#beginStream(peer, pending, message);
      this.#finish(pending);
      const id = message.annotations?.get("STRM");
      if (id) pending.resolve(this.#pulled(new TextDecoder().decode(id)));
      else pending.reject(streamingOff(this.peerAddress, pending.member));
      return;
    }
    this.#finish(pending);
    pending.options.onAnnotations?.(message.annotations ?? new Map());
    let value: unknown;
    try {
      value = this.#decode(peer, message);
    } catch (error) {
      pending.reject(error);
      return;
    }
    if (flags & Flag.Exception) rejectAtCaller(pending, asError(value));
    else pending.resolve(value);
  }

  #decode(peer: Peer, message: PyroMessage): unknown {
    if (message.serializerId === peer.serializerId) {
      return peer.serializer.decode(message.payload, peer.hooks);
    }
    const name = serializerName(message.generation, message.serializerId);
    if (name === undefined) {
      throw new ProtocolError(
        "ERR_SERIALIZER",
        `${this.peerAddress}: answered with serializer ${message.serializerId}, which is not known`,
      );
    }
    return serializerNamed(name, peer.bunsen).decode(message.payload, peer.hooks);
  }

  #beginStream(peer: Peer, pending: PendingCall, message: PyroMessage): void {
    const { seq } = pending;
    const stream = new ReceivedStream((credits) => {
      if (credits === 0) this.#finish(pending);
      this.control(seq, credits);
    });
    pending.stream = stream;
    // A timeout is for the answer; the items of a stream may take as long as they like.
    deadlines.remove(pending);
    pending.resolve(stream);
    this.#continueStream(peer, pending, stream, message);
  }

  #continueStream(
    peer: Peer,
    pending: PendingCall,
    stream: ReceivedStream,
    message: PyroMessage,
  ): void {
    let value: unknown;
    try {
      value = this.#decode(peer, message);
    } catch (error) {
      this.#finish(pending);
      stream.finish({ error });
      return;
    }
    if (message.flags & Flag.ItemStream) {
      stream.push(value as unknown[]);
      return;
    }
    this.#finish(pending);
    stream.finish(
      message.flags & Flag.Exception ? { error: asError(value) } : { done: true, value },
    );
  }

  #pulled(id: string): PulledStream {
    return new PulledStream(id, (member, args, oneway) => this.callDaemon(member, args, oneway));
  }

  /** A call is over: its number is free again. */
  #finish(pending: PendingCall): void {
    pending.unlisten();
    deadlines.remove(pending);
    this.#pending.remove(pending);
    if (this.#retired) this.#closeIfDone();
  }

  /** The caller gave up. A Bunsen peer is told; an answer of a Python peer will be dropped. */
  abandon(pending: PendingCall): void {
    this.#finish(pending);
    this.control(pending.seq, 0);
  }

  get bunsen(): boolean {
    return this.#peer?.bunsen === true;
  }

  // ---- the end ---------------------------------------------------------------------------------------------------

  #openPeer(): Peer {
    const reason = this.#connection.closedBecause;
    if (reason) throw reason;
    if (this.#peer === undefined)
      throw new BunsenError("ERR_NO_HANDSHAKE", "the handshake comes first");
    return this.#peer;
  }

  #refusal(message: PyroMessage): HandshakeError {
    const { generation } = message;
    const name = serializerName(generation, message.serializerId) ?? "marshal";
    let text: string;
    try {
      text = String(serializerNamed(name).decode(message.payload, this.#plainHooks));
    } catch {
      text = "(the reason cannot be read)";
    }
    const error = new HandshakeError(
      "ERR_HANDSHAKE_REFUSED",
      `connection to ${this.peerAddress} rejected: ${text}`,
      generation,
    );
    this.#connection.close(error);
    return error;
  }

  readonly #plainHooks: ClassHooks = { toWire: (value) => value, fromWire: (record) => record };

  #closeIfDone(): void {
    if (this.#pending.size > 0) return;
    this.#connection.close(
      new ConnectionClosedError("ERR_CLOSED", `${this.peerAddress}: closed by this side`),
    );
  }

  #closed(reason: BunsenError): void {
    this.#handshake?.fail(reason);
    this.#pending.failAll(reason);
    this.#onLost(reason);
  }
}

/** The payload of a call; attribute access is a call of a name that no object can have. */
function callPayload(peer: Peer, { member, kind, args, kwargs }: Request): unknown {
  const { object } = peer;
  const { name } = peer.serializer;
  if (kind === "get")
    return callToWire(name, { object, member: GET_MEMBER, args: [member], kwargs: null });
  if (kind === "set") {
    return callToWire(name, { object, member: SET_MEMBER, args: [member, args[0]], kwargs: null });
  }
  return callToWire(name, { object, member, args: args as unknown[], kwargs: kwargs ?? {} });
}

function readWelcome(answer: unknown, bunsen: boolean): Welcome {
  if (
    typeof answer !== "object" ||
    answer === null ||
    !isPlainRecord(answer) ||
    !("meta" in answer)
  ) {
    // Pyro4 with METADATA off answers with the handshake alone.
    return { description: { members: new Map() }, handshake: answer, bunsen: false };
  }
  const { handshake, meta, bunsen: rich } = answer;
  const described =
    bunsen && typeof rich === "object" && rich !== null
      ? descriptionFromWire((rich as PlainRecord)["description"])
      : descriptionFromMetadata(meta);
  return { description: described, handshake, bunsen };
}

function streamingOff(peer: string, member: string): ProtocolError {
  return new ProtocolError(
    "ERR_STREAMING_OFF",
    `result of ${member} at ${peer} is an iterator, but the server is not configured to allow streaming (ITER_STREAMING)`,
  );
}

/** The wait for the answer to a CONNECT. */
class HandshakePending implements Expiring {
  deadlineSlot: Expiring[] | undefined;
  deadlineIndex = 0;
  readonly #resolve: (message: PyroMessage) => void;
  readonly #reject: (reason: BunsenError) => void;
  readonly expire: () => void;

  constructor(
    resolve: (message: PyroMessage) => void,
    reject: (reason: BunsenError) => void,
    expire: () => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.expire = expire;
  }

  answer(message: PyroMessage): void {
    deadlines.remove(this);
    this.#resolve(message);
  }

  fail(reason: BunsenError): void {
    deadlines.remove(this);
    this.#reject(reason);
  }
}

/** One call on its way. */
class PendingCall implements Pending {
  seq = 0;
  deadlineSlot: Expiring[] | undefined = undefined;
  deadlineIndex = 0;
  stream: ReceivedStream | undefined = undefined;
  readonly member: string;
  readonly options: CallOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly #connection: CallingConnection;
  readonly #timeoutMs: number;
  #onAbort: (() => void) | undefined;

  constructor(
    connection: CallingConnection,
    member: string,
    options: CallOptions,
    timeoutMs: number,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#connection = connection;
    this.member = member;
    this.options = options;
    this.#timeoutMs = timeoutMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  answer(message: PyroMessage): void {
    this.#connection.settle(this, message);
  }

  fail(reason: BunsenError): void {
    this.unlisten();
    deadlines.remove(this);
    if (this.stream) this.stream.finish({ error: reason });
    else rejectAtCaller(this, lostDuring(this.member, reason));
  }

  expire(): void {
    this.#connection.abandon(this);
    // A Python daemon answers in order: behind a call that hangs, the others would hang too.
    if (!this.#connection.bunsen) this.#connection.retire();
    rejectAtCaller(
      this,
      new TimeoutError(
        "ERR_TIMEOUT",
        `${this.member} at ${this.#connection.peerAddress} did not answer within ${this.#timeoutMs} ms; it was sent, and may have run or be running`,
        { retry: "unknown" },
      ),
    );
  }

  listen(signal: AbortSignal): void {
    this.#onAbort = () => {
      this.#connection.abandon(this);
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
function rejectAtCaller(pending: PendingCall, error: Error): void {
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
