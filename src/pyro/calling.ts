import type { ByteWriter } from "../bytes/writer.ts";
import { BunsenError, ConnectionClosedError, SecurityError, TimeoutError } from "../errors.ts";
import type { ByteStream } from "../net/stream.ts";
import { CLIENT_CERTIFICATE, isCertificateAlert } from "../net/tls.ts";
import { type Annotations, NO_ANNOTATIONS } from "../objects/call.ts";
import type { BatchResult, CallOptions, Request } from "../objects/channel.ts";
import { type ClassHooks, type SerializerName, serializerNamed } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { Callbacks } from "./callbacks.ts";
import { Callee } from "./callee.ts";
import { Calls } from "./calls.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { DAEMON_ID } from "./daemon-object.ts";
import type { MessageHead } from "./encoder.ts";
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
import type { Lending } from "./lending.ts";
import { descriptionFromMetadata } from "./metadata.ts";
import type { CallDaemon } from "./pulled-stream.ts";
import type { ServingHost } from "./serving-options.ts";

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
  readonly hooks: (generation: Generation, lending: Lending | undefined) => ClassHooks;
  /** Where calls of what is lent to a Bunsen peer are served. */
  readonly host: () => ServingHost;
}

export interface CallingEvents {
  /** The connection is closed. */
  lost(reason: BunsenError): void;
  /** New calls must go elsewhere: an answer is overdue, or the daemon is about to close the connection. */
  retired(): void;
  /** How a pulled stream asks for more: by whatever connection there is then. */
  readonly callDaemon: CallDaemon;
}

/** What Pyro's own pings carry: their payload is in no serializer. */
const PING_SERIALIZER = 42;

/** The calling end of one connection: any number of calls at once, told apart by sequence numbers. */
export class CallingConnection {
  readonly #connection: Connection;
  readonly #limits: ConnectionOptions;
  readonly #events: CallingEvents;
  readonly #calls: Calls;
  #greeting: Greeting | undefined;
  #callee: Callee | undefined;
  /** Of a Bunsen daemon. */
  #callbacks: Callbacks | undefined;
  #retired = false;

  constructor(stream: ByteStream, options: ConnectionOptions, events: CallingEvents) {
    this.#limits = options;
    this.#events = events;
    this.#connection = new Connection(stream, options, {
      message: (message) => this.#receive(message),
      writable: () => this.#callbacks?.writable(),
      refused: () => {},
      closed: (reason) => this.#closed(reason),
    });
    this.#calls = new Calls(this.#connection, {
      retire: () => this.#retire(),
      finished: () => this.#retired && this.#closeIfDone(),
      callDaemon: events.callDaemon,
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
   *   SecurityError `ERR_HMAC_MISMATCH`, `ERR_HMAC_ASYMMETRIC`, `ERR_CLIENT_CERT`.
   */
  async handshake(request: HandshakeRequest): Promise<Welcome & { annotations: Annotations }> {
    const { generation, object } = request;
    const name = request.serializer ?? "serpent";
    const serializer = serializerNamed(name);
    const hooks = request.hooks(generation, undefined);
    const head = {
      generation,
      type: MessageType.Connect,
      flags: generation === 4 ? Flag.MetaOnConnect : 0,
      seq: 0,
      serializerId: serializerId(generation, name),
      annotations: request.annotations,
      bunsen: generation === 5,
    };
    const message = await this.#greet(head, request.timeoutMs, (out) =>
      serializer.encode({ handshake: request.handshake, object }, out, hooks),
    );
    if (message.type !== MessageType.ConnectOk) throw this.#refusal(message, object);
    const welcome = readWelcome(serializer.decode(message.payload, hooks), message.bunsen);
    const { bunsen } = welcome;
    const chosen = request.serializer ?? (bunsen ? "msgpack" : "serpent");
    const spoken = request.hooks(generation, bunsen ? this.#lend(request, welcome) : undefined);
    this.#callbacks?.open(welcome.handshake, chosen, spoken);
    this.#callee = new Callee(object, { generation, bunsen }, chosen, spoken);
    return { ...welcome, annotations: userAnnotations(message.annotations) ?? NO_ANNOTATIONS };
  }

  #lend({ host }: HandshakeRequest, { callbacks }: Welcome): Lending {
    const maxCallbacks = Math.min(this.#limits.maxCallbacks, callbacks);
    const limits = { ...this.#limits, maxCallbacks };
    this.#callbacks = new Callbacks(this.#connection, this.#calls, limits, host);
    return this.#callbacks.lending;
  }

  /**
   * The same over a stream that both programs were handed, where Pyro's peers know no handshake: a ping tells whether the
   * peer is Bunsen, and wants one; else the object is described by the daemon's own object.
   * @see spec of Pyro, "User supplied connected sockets".
   */
  async join(request: HandshakeRequest): Promise<Welcome & { annotations: Annotations }> {
    const { generation, object, timeoutMs } = request;
    const isBunsen = generation === 5 && (await this.#ping(request)).bunsen;
    if (isBunsen) return await this.handshake(request);
    const hooks = request.hooks(generation, undefined);
    const peer = { generation, bunsen: false };
    this.#callee = new Callee(object, peer, request.serializer ?? "serpent", hooks);
    const metadata = await this.callDaemon("get_metadata", [object], { timeout: timeoutMs });
    return {
      description: descriptionFromMetadata(metadata),
      handshake: undefined,
      annotations: NO_ANNOTATIONS,
      bunsen: false,
      callbacks: 0,
    };
  }

  #ping({ generation, timeoutMs }: HandshakeRequest): Promise<PyroMessage> {
    const type = MessageType.Ping;
    const head = { generation, type, flags: 0, seq: 0, serializerId: PING_SERIALIZER };
    return this.#greet({ ...head, bunsen: true }, timeoutMs, (out) => out.latin1("ping"));
  }

  /** Sends what comes before any call, and waits for the answer. */
  async #greet(
    head: MessageHead,
    timeoutMs: number,
    writePayload: (out: ByteWriter) => void,
  ): Promise<PyroMessage> {
    const greeting = new Greeting(timeoutMs, () => this.#greetingOverdue(timeoutMs));
    this.#greeting = greeting;
    // What cannot even be sent has nobody who waits for an answer.
    greeting.answered.catch(() => {});
    this.#connection.send(head, writePayload);
    const message = await greeting.answered;
    this.#greeting = undefined;
    return message;
  }

  /** Sends one call. Its promise settles with the answer, the reason it failed, a timeout, or an abort. */
  call(request: Request, defaultTimeoutMs: number): Promise<unknown> {
    return this.#calls.call(this.#openCallee(), request, defaultTimeoutMs);
  }

  async batch(
    requests: readonly Request[],
    oneway: boolean,
    defaultTimeoutMs: number,
  ): Promise<BatchResult[]> {
    return this.#calls.batch(this.#openCallee(), requests, oneway, defaultTimeoutMs);
  }

  /** A call of the daemon's own object. */
  callDaemon(member: string, args: unknown[], options: CallOptions): Promise<unknown> {
    return this.#calls.callDaemon(this.#openCallee(), member, args, options);
  }

  close(reason: BunsenError): void {
    this.#connection.close(reason);
  }

  // ---- what arrives ----------------------------------------------------------------------------------------------

  #receive(message: PyroMessage): void {
    if (this.#greeting) this.#greeting.answer(message);
    else if (message.type === MessageType.Result) this.#calls.receive(message);
    else this.#callbacks?.receive(message);
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
    const proof = text.startsWith(CLIENT_CERTIFICATE) ? "ERR_CLIENT_CERT" : hmacRefusalCode(text);
    const error = proof
      ? new SecurityError(proof, message)
      : new HandshakeError("ERR_HANDSHAKE_REFUSED", message, generation);
    this.#connection.close(error);
    return error;
  }

  #closeIfDone(): void {
    if (this.#calls.waiting > 0) return;
    const text = `${this.peerAddress}: closed by this side`;
    this.#connection.close(new ConnectionClosedError("ERR_CLOSED", text));
  }

  #closed(reason: BunsenError): void {
    this.#greeting?.fail(unanswered(reason, this.peerAddress));
    this.#calls.failAll(reason);
    this.#callbacks?.closed(reason);
    this.#events.lost(reason);
  }
}

/** Why a daemon hung up on a handshake: it expects TLS, or a certificate, or is no daemon at all. */
function unanswered(reason: BunsenError, peer: string): BunsenError {
  const cause = reason.cause as NodeJS.ErrnoException | undefined;
  if (cause && isCertificateAlert(cause)) {
    const text = `${peer} wants a ${CLIENT_CERTIFICATE} of an authority that it trusts (${cause.code}); show one, as tls.cert and tls.key`;
    return new SecurityError("ERR_CLIENT_CERT", text, { cause });
  }
  if (reason.code !== "ERR_CLOSED_BY_PEER") return reason;
  const text = `${reason.message} before it answered the handshake; is it a Pyro daemon, and does it expect TLS (tls)?`;
  return new ConnectionClosedError(reason.code, text, { cause: reason, retry: reason.retry });
}
