import {
  BunsenError,
  CommunicationError,
  ConnectionClosedError,
  ProtocolError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import { deadlines } from "../net/deadlines.ts";
import type { ByteStream } from "../net/stream.ts";
import { type Annotations, NO_ANNOTATIONS } from "../objects/call.ts";
import type { BatchResult, CallOptions, Request } from "../objects/channel.ts";
import { Reply } from "../objects/reply.ts";
import { type ClassHooks, type SerializerName, serializerNamed } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { asError } from "../values/exceptions.ts";
import { BlobCall } from "./blob.ts";
import { Callee } from "./callee.ts";
import { ExceptionWrapper } from "./classes.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { uuidToBytes } from "./correlation.ts";
import { DAEMON_ID } from "./daemon-object.ts";
import { Greeting, HandshakeError } from "./greeting.ts";
import { readWelcome, type Welcome } from "./handshake.ts";
import {
  Flag,
  type Generation,
  MessageType,
  type PyroMessage,
  serializerId,
  serializerName,
  userAnnotations,
} from "./header.ts";
import { hmacRefusalCode } from "./hmac.ts";
import { BATCH_MEMBER, namePlaces } from "./payload.ts";
import { PendingCalls } from "./pending.ts";
import { type CallOwner, PendingCall, rejectAtCaller } from "./pending-call.ts";
import { type CallDaemon, PulledStream } from "./pulled-stream.ts";
import { writeControl } from "./pushed-stream.ts";
import { ReceivedStream } from "./received-stream.ts";

export interface HandshakeRequest {
  readonly object: string;
  readonly generation: Generation;
  /** Handshake data for the daemon's hook. Pyro's own default is `"hello"`. */
  readonly handshake: unknown;
  readonly annotations: Annotations | undefined;
  /** Undefined: what suits the peer best. */
  readonly serializer: SerializerName | undefined;
  readonly timeoutMs: number;
  /** Class hooks for the peer, once it is known whether it is Bunsen. */
  readonly hooks: (generation: Generation, bunsen: boolean) => ClassHooks;
}

export interface CallingEvents {
  /** The connection is closed. */
  lost(reason: BunsenError): void;
  /** New calls must go elsewhere: an answer is overdue, or the daemon is about to close the connection. */
  retired(): void;
  /** How a pulled stream asks for more: by whatever connection there is then. */
  readonly callDaemon: CallDaemon;
}

/** The calling end of one connection: any number of calls at once, told apart by sequence numbers. */
export class CallingConnection implements CallOwner {
  readonly #connection: Connection;
  readonly #events: CallingEvents;
  readonly #pending = new PendingCalls();
  #greeting: Greeting | undefined;
  #callee: Callee | undefined;
  #retired = false;

  constructor(stream: ByteStream, options: ConnectionOptions, events: CallingEvents) {
    this.#events = events;
    this.#connection = new Connection(stream, options, {
      message: (message) => this.#receive(message),
      writable: () => {},
      refused: () => {},
      closed: (reason) => this.#closed(reason),
    });
  }

  get peerAddress(): string {
    return this.#connection.peer;
  }

  get localHost(): string | undefined {
    return this.#connection.localHost;
  }

  get closedBecause(): BunsenError | undefined {
    return this.#connection.closedBecause;
  }

  /**
   * Introduces this side and learns what the object offers.
   * @throws HandshakeError `ERR_HANDSHAKE_REFUSED` with the daemon's words; ConnectionClosedError, TimeoutError;
   *   SecurityError `ERR_HMAC_MISMATCH`, `ERR_HMAC_ASYMMETRIC`.
   */
  async handshake(request: HandshakeRequest): Promise<Welcome & { annotations: Annotations }> {
    const { generation, object } = request;
    const name = request.serializer ?? "serpent";
    const serializer = serializerNamed(name);
    const hooks = request.hooks(generation, false);
    this.#greeting = new Greeting(request.timeoutMs, () =>
      this.#greetingOverdue(request.timeoutMs),
    );
    this.#connection.send(
      {
        generation,
        type: MessageType.Connect,
        flags: generation === 4 ? Flag.MetaOnConnect : 0,
        seq: 0,
        serializerId: serializerId(generation, name),
        annotations: request.annotations,
        bunsen: generation === 5,
      },
      (out) => serializer.encode({ handshake: request.handshake, object }, out, hooks),
    );
    const message = await this.#greeting.answered;
    this.#greeting = undefined;
    if (message.type !== MessageType.ConnectOk) throw this.#refusal(message, object);
    const welcome = readWelcome(serializer.decode(message.payload, hooks), message.bunsen);
    const { bunsen } = welcome;
    const chosen = request.serializer ?? (bunsen ? "msgpack" : "serpent");
    const spoken = request.hooks(generation, bunsen);
    this.#callee = new Callee(object, { generation, bunsen }, chosen, spoken);
    return { ...welcome, annotations: userAnnotations(message.annotations) ?? NO_ANNOTATIONS };
  }

  /** Sends one call. Its promise settles with the answer, the reason it failed, a timeout, or an abort. */
  call(request: Request, defaultTimeoutMs: number): Promise<unknown> {
    const callee = this.#openCallee();
    const { member, options } = request;
    const flags = options.oneway ? Flag.Oneway : 0;
    return this.#request(callee.payloadOf(request), member, flags, options, defaultTimeoutMs);
  }

  async batch(
    requests: readonly Request[],
    oneway: boolean,
    defaultTimeoutMs: number,
  ): Promise<BatchResult[]> {
    const payload = this.#openCallee().batchPayload(requests);
    const flags = oneway ? Flag.Batch | Flag.Oneway : Flag.Batch;
    const options = requests[0]?.options ?? {};
    const results = await this.#request(payload, BATCH_MEMBER, flags, options, defaultTimeoutMs);
    if (oneway) return [];
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

  /** A call of the daemon's own object. */
  callDaemon(member: string, args: unknown[], options: CallOptions): Promise<unknown> {
    const payload = this.#openCallee().daemonPayload(member, args);
    return this.#request(payload, member, options.oneway ? Flag.Oneway : 0, options, 0);
  }

  close(reason: BunsenError): void {
    this.#connection.close(reason);
  }

  // ---- requests --------------------------------------------------------------------------------------------------

  #request(
    payload: unknown,
    member: string,
    flags: number,
    options: CallOptions,
    defaultTimeoutMs: number,
  ): Promise<unknown> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#pending.full) return Promise.reject(tooManyCalls(this.peerAddress));
    return new Reply((resolve, reject) => {
      if (flags & Flag.Oneway) {
        this.#send(payload, this.#pending.skip(), flags, options);
        resolve(undefined);
        return;
      }
      const timeoutMs = options.timeout ?? defaultTimeoutMs;
      const pending = new PendingCall(this, member, options, timeoutMs, resolve, reject);
      this.#pending.add(pending);
      try {
        this.#send(payload, pending.seq, flags, options);
      } catch (error) {
        this.#pending.remove(pending);
        throw error;
      }
      if (timeoutMs > 0) deadlines.add(pending, timeoutMs);
      if (options.signal) pending.listen(options.signal);
    });
  }

  #send(payload: unknown, seq: number, flags: number, options: CallOptions): void {
    const callee = this.#callee as Callee;
    const { generation, bunsen, serializerId: id, serializer, hooks } = callee;
    const { annotations, correlationId } = options;
    const blob = payload instanceof BlobCall ? payload : undefined;
    const head = {
      generation,
      type: MessageType.Invoke,
      flags: blob ? flags | Flag.KeepSerialized : flags,
      seq,
      serializerId: blob?.serializerId(callee) ?? id,
      annotations: blob?.annotations(annotations, callee) ?? annotations,
      correlationId: correlationId === undefined ? undefined : uuidToBytes(correlationId),
      bunsen,
    };
    if (blob) {
      this.#connection.send(head, (out) => blob.writePayload(out, callee));
      return;
    }
    try {
      this.#connection.send(head, (out) => serializer.encode(payload, out, hooks));
    } catch (error) {
      throw namePlaces(error, payload);
    }
  }

  /** Grants a pushed stream more items; 0 stops it, or a call. Bunsen peers only. */
  #control(seq: number, credits: number): void {
    const callee = this.#callee;
    if (!callee?.bunsen) return;
    this.#connection.send(
      {
        generation: callee.generation,
        type: MessageType.Ping,
        flags: Flag.ItemStream,
        seq,
        serializerId: callee.serializerId,
        bunsen: true,
      },
      (out) => writeControl(out, credits),
    );
  }

  // ---- answers ---------------------------------------------------------------------------------------------------

  #receive(message: PyroMessage): void {
    if (this.#greeting) this.#greeting.answer(message);
    // The answer to a call that was given up is nobody's; it is not the answer to a later one either.
    else if (message.type === MessageType.Result) this.#pending.get(message.seq)?.answer(message);
  }

  /** Reads an answer. Whatever goes wrong on the way is the call's error, and nobody else's. */
  settle(pending: PendingCall, message: PyroMessage): void {
    try {
      if (pending.stream || message.flags & Flag.ItemStream) this.#settleStream(pending, message);
      else this.#settleValue(pending, message);
    } catch (error) {
      this.#finish(pending);
      if (pending.stream) pending.stream.finish({ error });
      else pending.reject(error);
    }
  }

  #settleValue(pending: PendingCall, message: PyroMessage): void {
    this.#finish(pending);
    pending.options.onAnnotations?.(userAnnotations(message.annotations) ?? NO_ANNOTATIONS);
    const value = (this.#callee as Callee).read(message);
    if (message.flags & Flag.Exception) this.#reject(pending, asError(value));
    else pending.resolve(value);
  }

  #reject(pending: PendingCall, error: Error): void {
    // After an error of these classes Python's daemon closes the connection: a call sent until then would be lost.
    const isLast = error instanceof CommunicationError || error instanceof SecurityError;
    if (isLast && !this.#callee?.bunsen) this.#retire();
    rejectAtCaller(pending, error);
  }

  #settleStream(pending: PendingCall, message: PyroMessage): void {
    const isPulled = pending.stream === undefined && (message.flags & Flag.Exception) !== 0;
    if (isPulled) {
      this.#finish(pending);
      const id = message.annotations?.get("STRM");
      if (id === undefined) throw streamingOff(this.peerAddress, pending.member);
      const { onAnnotations } = pending.options;
      const { callDaemon } = this.#events;
      pending.resolve(new PulledStream(new TextDecoder().decode(id), callDaemon, onAnnotations));
      return;
    }
    pending.stream ??= this.#beginStream(pending);
    const value = (this.#callee as Callee).read(message);
    if (message.flags & Flag.ItemStream) {
      const annotations = userAnnotations(message.annotations);
      pending.stream.push(value as unknown[], message.payload.byteLength, annotations);
      return;
    }
    this.#finish(pending);
    const failed = message.flags & Flag.Exception;
    pending.stream.finish(failed ? { error: asError(value) } : { done: true, value });
  }

  #beginStream(pending: PendingCall): ReceivedStream {
    const stream = new ReceivedStream((credits) => {
      if (credits === 0) this.#finish(pending);
      this.#control(pending.seq, credits);
    }, pending.options.onAnnotations);
    // A timeout is for the answer; the items of a stream may take as long as they like.
    deadlines.remove(pending);
    pending.resolve(stream);
    return stream;
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
    this.#control(pending.seq, 0);
    this.#finish(pending);
  }

  /** A Python daemon answers in order: behind a call that hangs, new ones would hang too. */
  overdue(): void {
    if (!this.#callee?.bunsen) this.#retire();
  }

  /** New calls go elsewhere; this connection is closed after the last answer. */
  #retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#events.retired();
    this.#closeIfDone();
  }

  // ---- the end ---------------------------------------------------------------------------------------------------

  #openCallee(): Callee {
    const reason = this.#connection.closedBecause;
    if (reason) throw reason;
    if (this.#callee === undefined) {
      throw new BunsenError("ERR_NO_HANDSHAKE", "the handshake comes first");
    }
    return this.#callee;
  }

  #greetingOverdue(timeoutMs: number): void {
    this.#connection.abort(
      new TimeoutError(
        "ERR_HANDSHAKE_TIMEOUT",
        `${this.peerAddress} accepted the connection but did not answer the handshake within ${timeoutMs} ms; is it a Pyro daemon, and is it busy?`,
        { retry: "later" },
      ),
    );
  }

  #refusal(
    { generation, serializerId: id, payload }: PyroMessage,
    object: string,
  ): HandshakeError | SecurityError {
    const serializer = serializerNamed(serializerName(generation, id) ?? "marshal");
    let text: string;
    try {
      text = String(serializer.decode(payload, PLAIN_HOOKS));
    } catch {
      text = "(the reason cannot be read)";
    }
    const advice =
      text === "unknown object"
        ? ` "${object}"; "bunsen call PYRO:${DAEMON_ID}@${this.peerAddress} registered" lists what it has`
        : "";
    const message = `connection to ${this.peerAddress} rejected: ${text}${advice}`;
    const hmacCode = hmacRefusalCode(text);
    const error = hmacCode
      ? new SecurityError(hmacCode, message)
      : new HandshakeError("ERR_HANDSHAKE_REFUSED", message, generation);
    this.#connection.close(error);
    return error;
  }

  #closeIfDone(): void {
    if (this.#pending.size > 0) return;
    const text = `${this.peerAddress}: closed by this side`;
    this.#connection.close(new ConnectionClosedError("ERR_CLOSED", text));
  }

  #closed(reason: BunsenError): void {
    this.#greeting?.fail(reason);
    this.#pending.failAll(reason);
    this.#events.lost(reason);
  }
}

function tooManyCalls(peer: string): CommunicationError {
  const text = `${peer}: 65535 calls wait for their answers already; wait for some of them`;
  return new CommunicationError("ERR_TOO_MANY_CALLS", text, { retry: "later" });
}

function streamingOff(peer: string, member: string): ProtocolError {
  return new ProtocolError(
    "ERR_STREAMING_OFF",
    `result of ${member} at ${peer} is an iterator, but the server is not configured to allow streaming (ITER_STREAMING)`,
  );
}
