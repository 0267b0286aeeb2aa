import type { ByteWriter } from "../bytes/writer.ts";
import {
  type BunsenError,
  CommunicationError,
  ConnectionClosedError,
  DaemonError,
  ProtocolError,
  RemoteError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import type { Logger } from "../log.ts";
import { deadlines, type Expiring } from "../net/deadlines.ts";
import type { ByteStream } from "../net/stream.ts";
import type { Call, Caller, CallKind } from "../objects/call.ts";
import { type Description, toWire as descriptionToWire } from "../objects/description.ts";
import type { Dispatcher } from "../objects/dispatcher.ts";
import { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import {
  type ClassHooks,
  marshal,
  type Serializer,
  serializerNamed,
} from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import type { SerializerName } from "../serializers/serializer.ts";
import { asError, exceptionToWire } from "../values/exceptions.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";
import { ExceptionWrapper, type PyroClassOptions, pyroClasses } from "./classes.ts";
import { Connection, type ConnectionLimits, DEFAULT_LIMITS } from "./connection.ts";
import { bytesToUuid } from "./correlation.ts";
import {
  describeSerializer,
  Flag,
  type Generation,
  MessageType,
  type PyroMessage,
  type RefusedFrame,
  serializerId,
  serializerName,
} from "./header.ts";
import { metadataOf, metadataToWire } from "./metadata.ts";
import {
  batchItemFromWire,
  type CallPayload,
  callFromWire,
  GET_MEMBER,
  SET_MEMBER,
} from "./payload.ts";
import { PushedStream, readControl } from "./pushed-stream.ts";
import type { StreamTable } from "./streams.ts";

export interface ServingOptions extends ConnectionLimits {
  /** Milliseconds that a new connection may take until its handshake is complete. Default 10 s. */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds that a connection may be silent before it is closed; 0 is for ever. Default 0, as Pyro. */
  readonly idleTimeoutMs: number;
  /** Calls of one connection that may run at once; more are left unread. Default 1000. Python peers make one at a time. */
  readonly maxConcurrentCalls: number;
  /** Serializers that callers may use. Default all four. */
  readonly serializers: readonly SerializerName[];
}

export const DEFAULT_SERVING_OPTIONS: Omit<ServingOptions, keyof ConnectionLimits> = {
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 0,
  maxConcurrentCalls: 1000,
  serializers: ["serpent", "json", "marshal", "msgpack"],
};

/** What a connection needs of the daemon it belongs to. */
export interface ServingHost {
  readonly dispatcher: Dispatcher;
  readonly streams: StreamTable;
  readonly logger: Logger;
  readonly classOptions: Pick<PyroClassOptions, "classes" | "publish" | "proxyOf">;
  /** Annotations added to every answer. */
  readonly annotations: (() => ReadonlyMap<string, Uint8Array>) | undefined;
  readonly counters: Counters;
}

/** What a listener counts, cheaply. Latency is left to hooks. */
export interface Counters {
  connections: number;
  calls: number;
  errors: number;
}

type State =
  | { readonly name: "handshake"; readonly expiry: Expiring }
  | { readonly name: "open"; readonly peer: Peer }
  | { readonly name: "closed" };

/** What the handshake told of the caller. */
interface Peer {
  readonly caller: Caller;
  readonly bunsen: boolean;
  readonly hooks: ClassHooks;
}

/** Requests read ahead of those that run. */
const MAX_WAITING = 256;

const PONG = (out: ByteWriter): void => {
  out.latin1("pong");
};

/** The serving end of one connection: reads requests, has them dispatched, writes the answers. */
export class ServedConnection {
  readonly #connection: Connection;
  readonly #host: ServingHost;
  readonly #options: ServingOptions;
  readonly #onClosed: () => void;
  readonly #session = new Session();
  #state: State;
  /** Requests that wait until fewer are running. */
  readonly #waiting: PyroMessage[] = [];
  #running = 0;
  #pushed = 0;
  /** What can be told to stop, by sequence number; only Bunsen peers can tell. */
  #stoppable: Map<number, ServedCall | PushedStream> | undefined;
  #lastActivity = 0;

  constructor(
    stream: ByteStream,
    host: ServingHost,
    options: ServingOptions,
    onClosed: () => void,
  ) {
    this.#host = host;
    this.#options = options;
    this.#onClosed = onClosed;
    const expiry = new HandshakeExpiry(() => this.#handshakeExpired());
    this.#state = { name: "handshake", expiry };
    deadlines.add(expiry, options.handshakeTimeoutMs);
    host.counters.connections += 1;
    this.#connection = new Connection(stream, options, {
      message: (message) => this.#receive(message),
      writable: () => this.#writable(),
      refused: (frame) => this.#refuse(frame),
      closed: (reason) => this.#closed(reason),
    });
  }

  /** Tells a caller why it is not served; in Pyro5's shape, since it has not said yet which it speaks. */
  static refuse(stream: ByteStream, reply: string): void {
    const connection = new Connection(stream, DEFAULT_LIMITS, {
      message: () => {},
      writable: () => {},
      refused: () => {},
      closed: () => {},
    });
    connection.send(
      {
        generation: 5,
        type: MessageType.ConnectFail,
        flags: 0,
        seq: 0,
        serializerId: serializerId(5, "marshal"),
      },
      (out) => marshal.encode(reply, out, PLAIN_HOOKS),
    );
    connection.close(new ConnectionClosedError("ERR_REFUSED", reply));
  }

  close(reason: BunsenError): void {
    this.#connection.close(reason);
  }

  #receive(message: PyroMessage): void {
    if (this.#options.idleTimeoutMs > 0) this.#lastActivity = performance.now();
    const state = this.#state;
    if (state.name === "open") return this.#receiveOpen(state.peer, message);
    if (state.name === "handshake") this.#receiveConnect(message, state.expiry);
  }

  // ---- handshake -------------------------------------------------------------------------------------------------

  #receiveConnect(message: PyroMessage, expiry: Expiring): void {
    if (message.type !== MessageType.Connect) {
      const reply = `invalid msg type ${message.type} received`;
      this.#fail(message, message.generation === 5 ? `${reply} (expected: 1)` : reply);
      return;
    }
    const { generation } = message;
    const name = this.#acceptedSerializer(message);
    if (name === undefined) {
      const id = describeSerializer(generation, message.serializerId);
      this.#fail(message, `message used serializer that is not accepted: ${id}`);
      return;
    }
    const serializer = serializerNamed(name);
    try {
      this.#accept(message, serializer, expiry);
    } catch (error) {
      this.#failWith(message, serializer, asError(error));
    }
  }

  #accept(message: PyroMessage, serializer: Serializer, expiry: Expiring): void {
    const { generation, bunsen } = message;
    const hooks = pyroClasses({ ...this.#host.classOptions, generation, bunsen });
    const data = connectData(serializer.decode(message.payload, hooks));
    const caller: Caller = {
      dialect: `pyro${generation}`,
      address: this.#connection.peer,
      identity: undefined,
      handshake: data.handshake,
      session: this.#session,
    };
    const wantsMetadata = generation === 5 || (message.flags & Flag.MetaOnConnect) !== 0;
    const entry =
      data.object === undefined ? undefined : this.#host.dispatcher.registry.get(data.object);
    if (entry === undefined && wantsMetadata) {
      throw new DaemonError("ERR_UNKNOWN_OBJECT", "unknown object");
    }
    const answer = this.#host.dispatcher.handshake(caller, data.object ?? "");
    deadlines.remove(expiry);
    const peer: Peer = { caller, bunsen, hooks };
    this.#state = { name: "open", peer };
    this.#watchIdle();
    const value =
      entry && wantsMetadata ? connectAnswer(answer, entry.exposure, generation, bunsen) : answer;
    this.#send(
      message,
      MessageType.ConnectOk,
      message.flags & Flag.MetaOnConnect,
      serializer,
      value,
      hooks,
    );
  }

  #handshakeExpired(): void {
    this.#connection.abort(
      new TimeoutError(
        "ERR_HANDSHAKE_TIMEOUT",
        `${this.#connection.peer}: sent no complete handshake within ${this.#options.handshakeTimeoutMs} ms`,
      ),
    );
  }

  /** A refusal before the serializer was looked at is in marshal, whatever the client uses. */
  #fail(message: PyroMessage, reply: string): void {
    this.#sendFailure(message.generation, message.seq, reply);
    this.#connection.close(
      new ProtocolError("ERR_HANDSHAKE", `${this.#connection.peer}: ${reply}`),
    );
  }

  #failWith(message: PyroMessage, serializer: Serializer, error: Error): void {
    this.#send(message, MessageType.ConnectFail, 0, serializer, error.message, PLAIN_HOOKS);
    this.#connection.close(
      new SecurityError(
        "ERR_HANDSHAKE_REFUSED",
        `${this.#connection.peer}: handshake refused: ${error.message}`,
        {
          cause: error,
        },
      ),
    );
  }

  #refuse(frame: RefusedFrame): void {
    // In mid-conversation Pyro closes without a word; its clients would take an answer for that of another call.
    if (this.#state.name === "handshake") {
      this.#sendFailure(frame.generation, frame.seq, frame.reply);
    }
  }

  #sendFailure(generation: Generation, seq: number, reply: string): void {
    const id = serializerId(generation, "marshal");
    this.#connection.send(
      { generation, type: MessageType.ConnectFail, flags: 0, seq, serializerId: id },
      (out) => marshal.encode(reply, out, PLAIN_HOOKS),
    );
  }

  // ---- requests --------------------------------------------------------------------------------------------------

  #receiveOpen(peer: Peer, message: PyroMessage): void {
    switch (message.type) {
      case MessageType.Invoke:
        return this.#admit(peer, message);
      case MessageType.Ping:
        return this.#ping(peer, message);
      default:
        this.#connection.close(
          new ProtocolError(
            "ERR_UNEXPECTED_MESSAGE",
            `${this.#connection.peer}: message type ${message.type} has no place after the handshake`,
          ),
        );
    }
  }

  #ping(peer: Peer, message: PyroMessage): void {
    if (peer.bunsen && message.flags & Flag.ItemStream) return this.#control(message);
    const { generation, seq, serializerId: id } = message;
    this.#connection.send(
      {
        generation,
        type: MessageType.Ping,
        flags: 0,
        seq,
        serializerId: id,
        annotations: this.#host.annotations?.(),
        bunsen: peer.bunsen,
      },
      PONG,
    );
  }

  /** A Bunsen peer grants a stream more items, or stops what it asked for. */
  #control(message: PyroMessage): void {
    const target = this.#stoppable?.get(message.seq);
    const credits = readControl(message.payload);
    if (target === undefined) return;
    if (credits === 0) target.stop();
    else if (target instanceof PushedStream) target.grant(credits);
  }

  /** Runs a request, or leaves it until fewer are running: a Python peer expects its calls one after the other. */
  #admit(peer: Peer, message: PyroMessage): void {
    if (this.#waiting.length === 0 && this.#mayRun(peer)) {
      this.#serve(peer, message);
      return;
    }
    this.#waiting.push(message);
    // Some are read ahead, so that what stops a call or lets a stream go on is not stuck behind calls.
    if (this.#waiting.length >= MAX_WAITING) this.#connection.hold(true);
  }

  #mayRun(peer: Peer): boolean {
    const most = peer.bunsen ? this.#options.maxConcurrentCalls : 1;
    return this.#running < most && !this.#connection.congested;
  }

  #finished(peer: Peer): void {
    this.#running -= 1;
    this.#serveWaiting(peer);
  }

  #serveWaiting(peer: Peer): void {
    while (this.#waiting.length > 0 && this.#mayRun(peer)) {
      if (this.#state.name !== "open") return;
      this.#serve(peer, this.#waiting.shift() as PyroMessage);
    }
    if (this.#waiting.length < MAX_WAITING) this.#connection.hold(false);
  }

  /** The peer has taken enough of what was sent: what waited for that goes on. */
  #writable(): void {
    if (this.#state.name !== "open") return;
    for (const target of this.#stoppable?.values() ?? []) {
      if (target instanceof PushedStream) target.resume();
    }
    this.#serveWaiting(this.#state.peer);
  }

  #serve(peer: Peer, message: PyroMessage): void {
    const name = this.#acceptedSerializer(message);
    if (name === undefined) {
      const id = describeSerializer(message.generation, message.serializerId);
      this.#connection.close(
        new ProtocolError(
          "ERR_SERIALIZER",
          `${this.#connection.peer}: serializer ${id} is not accepted`,
        ),
      );
      return;
    }
    const serializer = serializerNamed(name, peer.bunsen);
    this.#host.counters.calls += 1;
    let result: unknown;
    let call: ServedCall | undefined;
    try {
      const payload = callFromWire(serializer.decode(message.payload, peer.hooks));
      call = new ServedCall(payload, message);
      result =
        message.flags & Flag.Batch
          ? this.#runBatch(peer, call)
          : this.#host.dispatcher.dispatch(call, peer.caller);
    } catch (error) {
      this.#answerError(peer, message, serializer, error);
      return;
    }
    if (!(result instanceof Promise)) {
      this.#answer(peer, message, serializer, call, result);
      return;
    }
    this.#serveLater(peer, message, serializer, call, result);
  }

  #serveLater(
    peer: Peer,
    message: PyroMessage,
    serializer: Serializer,
    call: ServedCall,
    result: Promise<unknown>,
  ): void {
    // A one-way call of a Python peer runs beside the ones that follow it, as Pyro5 does; a one-way batch does not.
    const counted = peer.bunsen || !call.oneway || (message.flags & Flag.Batch) !== 0;
    if (counted) this.#running += 1;
    if (peer.bunsen) {
      this.#stoppable ??= new Map();
      this.#stoppable.set(message.seq, call);
    }
    const done = () => {
      if (this.#stoppable?.get(message.seq) === call) this.#stoppable.delete(message.seq);
      if (counted) this.#finished(peer);
    };
    result.then(
      (value) => {
        this.#answer(peer, message, serializer, call, value);
        done();
      },
      (error: unknown) => {
        this.#answerError(peer, message, serializer, error);
        done();
      },
    );
  }

  /** The calls of a batch in order, up to the first that fails. */
  async #runBatch(peer: Peer, call: ServedCall): Promise<unknown[]> {
    const results: unknown[] = [];
    for (const item of call.args) {
      const { member, args, kwargs } = batchItemFromWire(item);
      const part = call.part(member, args, kwargs);
      try {
        const result = await this.#host.dispatcher.dispatch(part, peer.caller);
        if (result instanceof ItemStream) {
          await result.close();
          throw new ProtocolError(
            "ERR_BATCH_STREAM",
            `"${member}" returns a stream, which a batch cannot carry`,
          );
        }
        results.push(result);
      } catch (error) {
        if (error instanceof DaemonError) throw error;
        results.push(new ExceptionWrapper(asError(error)));
        break;
      }
    }
    return results;
  }

  // ---- answers ---------------------------------------------------------------------------------------------------

  #answer(
    peer: Peer,
    message: PyroMessage,
    serializer: Serializer,
    call: ServedCall,
    result: unknown,
  ): void {
    if (result instanceof ItemStream) {
      this.#answerStream(peer, message, serializer, call, result);
      return;
    }
    if (call.oneway) return;
    const flags = message.flags & Flag.Batch;
    try {
      this.#send(
        message,
        MessageType.Result,
        flags,
        serializer,
        result,
        peer.hooks,
        call.responseAnnotations,
      );
    } catch (error) {
      this.#answerError(peer, message, serializer, error);
    }
  }

  #answerStream(
    peer: Peer,
    message: PyroMessage,
    serializer: Serializer,
    call: ServedCall,
    items: ItemStream,
  ): void {
    if (call.oneway) {
      void items.close().catch(() => {});
      return;
    }
    if (peer.bunsen) return this.#push(peer, message, serializer, items);
    let id: string;
    try {
      id = this.#host.streams.open(items, this.#session);
    } catch (error) {
      this.#answerError(peer, message, serializer, error);
      return;
    }
    const dialect = { errorsModule: `Pyro${message.generation}.errors`, bunsen: false };
    // Pyro's own form: an exception that says the result is an iterator, and the id to pull it by.
    const notice = exceptionToWire(
      new ProtocolError("ERR_STREAM", "result of call is an iterator"),
      dialect,
    );
    notice["attributes"] = { _pyroTraceback: null };
    const annotations = new Map(call.responseAnnotations).set("STRM", new TextEncoder().encode(id));
    const flags = Flag.Exception | Flag.ItemStream;
    this.#send(message, MessageType.Result, flags, serializer, notice, peer.hooks, annotations);
  }

  /** Streams to a Bunsen peer: items are pushed as far as the peer has granted. */
  #push(peer: Peer, message: PyroMessage, serializer: Serializer, items: ItemStream): void {
    const { seq } = message;
    this.#stoppable ??= new Map();
    if (this.#pushed >= this.#options.maxConcurrentCalls) {
      void items.close().catch(() => {});
      const text = `${this.#pushed} streams are open on this connection, as many as maxConcurrentCalls allows`;
      const error = new CommunicationError("ERR_TOO_MANY_STREAMS", text, { retry: "later" });
      this.#answerError(peer, message, serializer, error);
      return;
    }
    const finish = () => {
      unhook();
      this.#stoppable?.delete(seq);
      this.#pushed -= 1;
    };
    const stream = new PushedStream(items, {
      congested: () => this.#connection.congested,
      items: (batch) =>
        this.#send(message, MessageType.Result, Flag.ItemStream, serializer, batch, peer.hooks),
      end: (value) => {
        finish();
        this.#send(message, MessageType.Result, 0, serializer, value, peer.hooks);
      },
      failed: (error) => {
        finish();
        this.#answerError(peer, message, serializer, error);
      },
      stopped: finish,
    });
    const unhook = this.#session.onClose(() => stream.stop());
    // Not among those that run: a stream may wait for its reader for ever.
    this.#pushed += 1;
    this.#stoppable.set(seq, stream);
    stream.start();
  }

  #answerError(peer: Peer, message: PyroMessage, serializer: Serializer, thrown: unknown): void {
    this.#host.counters.errors += 1;
    const error = asError(thrown);
    if (message.flags & Flag.Oneway) {
      this.#host.logger.warn(
        { peer: this.#connection.peer, error: error.message },
        "a one-way call failed; its caller is not told",
      );
      return;
    }
    try {
      this.#send(message, MessageType.Result, Flag.Exception, serializer, error, peer.hooks);
    } catch (unsendable) {
      // The exception itself cannot be sent: its text can.
      const text = `Error serializing exception: ${asError(unsendable).message}. Original exception: ${error.name}: ${error.message}`;
      const plain = new RemoteError(`Pyro${message.generation}.errors.PyroError`, [text]);
      this.#send(message, MessageType.Result, Flag.Exception, serializer, plain, peer.hooks);
    }
  }

  #send(
    request: PyroMessage,
    type: MessageType,
    flags: number,
    serializer: Serializer,
    value: unknown,
    hooks: ClassHooks,
    annotations?: ReadonlyMap<string, Uint8Array>,
  ): void {
    const { generation, seq, serializerId: id, correlationId, bunsen } = request;
    const own = this.#host.annotations;
    this.#connection.send(
      {
        generation,
        type,
        flags,
        seq,
        serializerId: id,
        correlationId,
        bunsen,
        annotations: own ? new Map([...own(), ...(annotations ?? [])]) : annotations,
      },
      (out) => serializer.encode(value, out, hooks),
    );
  }

  #acceptedSerializer(message: PyroMessage): SerializerName | undefined {
    const name = serializerName(message.generation, message.serializerId);
    return name !== undefined && this.#options.serializers.includes(name) ? name : undefined;
  }

  // ---- the end ---------------------------------------------------------------------------------------------------

  #watchIdle(): void {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs <= 0) return;
    this.#lastActivity = performance.now();
    const check = (): void => {
      if (this.#state.name !== "open") return;
      const left = this.#lastActivity + idleTimeoutMs - performance.now();
      if (left <= 0 && this.#running === 0) {
        this.#connection.close(
          new ConnectionClosedError(
            "ERR_IDLE",
            `${this.#connection.peer}: silent for ${idleTimeoutMs} ms`,
          ),
        );
      } else deadlines.add(new HandshakeExpiry(check), Math.max(left, 1));
    };
    deadlines.add(new HandshakeExpiry(check), idleTimeoutMs);
  }

  #closed(reason: BunsenError): void {
    if (this.#state.name === "handshake") deadlines.remove(this.#state.expiry);
    this.#state = { name: "closed" };
    this.#waiting.length = 0;
    for (const target of this.#stoppable?.values() ?? []) target.stop();
    this.#session.close((error) => {
      this.#host.logger.warn(
        { error: asError(error).message },
        "freeing a session's resources failed",
      );
    });
    this.#host.counters.connections -= 1;
    this.#logEnd(reason);
    this.#onClosed();
  }

  #logEnd(reason: BunsenError): void {
    const { peer, bytesIn, bytesOut } = this.#connection;
    const expected = reason.code === "ERR_CLOSED_BY_PEER" || reason.code === "ERR_CLOSED";
    const level = expected ? "debug" : "warn";
    this.#host.logger[level](
      { peer, code: reason.code, bytesIn, bytesOut },
      `connection closed: ${reason.message}`,
    );
  }
}

/** A request as the dispatcher sees it. Read once: most calls ask for nothing but member and arguments. */
class ServedCall implements Call {
  readonly object: string;
  readonly member: string;
  readonly kind: CallKind;
  readonly args: unknown[];
  readonly kwargs: PlainRecord | null;
  readonly oneway: boolean;
  responseAnnotations: Map<string, Uint8Array> | undefined;
  readonly #message: PyroMessage;
  #abort: AbortController | undefined;

  constructor(payload: CallPayload, message: PyroMessage) {
    const kind = kindOf(payload.member);
    this.object = payload.object;
    this.kind = kind;
    this.member = kind === "call" ? payload.member : String(payload.args[0]);
    this.args = kind === "set" ? [payload.args[1]] : payload.args;
    this.kwargs = payload.kwargs;
    this.oneway = (message.flags & Flag.Oneway) !== 0;
    this.responseAnnotations = undefined;
    this.#message = message;
  }

  get annotations(): ReadonlyMap<string, Uint8Array> | undefined {
    return this.#message.annotations;
  }

  get correlationId(): string | undefined {
    const bytes = this.#message.correlationId;
    return bytes === undefined ? undefined : bytesToUuid(bytes);
  }

  /** Made when it is asked for: few methods look. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  /** The caller no longer waits. */
  stop(): void {
    if (this.#abort) {
      this.#abort.abort(
        new ConnectionClosedError("ERR_CANCELLED", "the caller cancelled this call, or is gone"),
      );
    }
  }

  /** One call of a batch. */
  part(member: string, args: unknown[], kwargs: PlainRecord | null): ServedCall {
    return new ServedCall({ object: this.object, member, args, kwargs }, this.#message);
  }
}

/** Attribute access arrives as a call of these two; both names are private, so no object can expose them. */
function kindOf(member: string): CallKind {
  if (member === GET_MEMBER) return "get";
  if (member === SET_MEMBER) return "set";
  return "call";
}

class HandshakeExpiry implements Expiring {
  deadlineSlot: Expiring[] | undefined;
  deadlineIndex = 0;
  readonly #expired: () => void;
  constructor(expired: () => void) {
    this.#expired = expired;
  }
  expire(): void {
    this.#expired();
  }
}

interface ConnectData {
  readonly handshake: unknown;
  readonly object: string | undefined;
}

/** What a CONNECT carries. Pyro4 without metadata sends no object. */
function connectData(value: unknown): ConnectData {
  if (typeof value !== "object" || value === null || !isPlainRecord(value)) {
    throw new ProtocolError(
      "ERR_HANDSHAKE",
      "the handshake must be a dict with the keys 'handshake' and 'object'",
    );
  }
  if (!Object.hasOwn(value, "handshake")) throw new ProtocolError("ERR_HANDSHAKE", "'handshake'");
  const { handshake, object } = value;
  if (object !== undefined && typeof object !== "string") {
    throw new ProtocolError("ERR_HANDSHAKE", "'object' must be text");
  }
  return { handshake, object };
}

function connectAnswer(
  handshake: unknown,
  description: Description,
  generation: Generation,
  bunsen: boolean,
): PlainRecord {
  const meta = metadataToWire(metadataOf(description), generation === 4);
  return bunsen
    ? { handshake, meta, bunsen: { version: 1, description: descriptionToWire(description) } }
    : { handshake, meta };
}
