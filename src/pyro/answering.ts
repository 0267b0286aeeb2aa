import { ByteWriter } from "../bytes/writer.ts";
import { CommunicationError, ProtocolError, RemoteError } from "../errors.ts";
import type { Caller } from "../objects/call.ts";
import { ItemStream } from "../objects/stream.ts";
import { encodeGradually } from "../serializers/gradual.ts";
import type { ClassHooks, Serializer } from "../serializers/index.ts";
import { renamePlaces } from "../serializers/path.ts";
import { Slices } from "../slices.ts";
import { asError, exceptionToWire } from "../values/exceptions.ts";
import { isGradual } from "../values/gradual.ts";
import type { Connection } from "./connection.ts";
import { Flag, MessageType, type PyroMessage } from "./header.ts";
import type { Lending } from "./lending.ts";
import { PushedStream } from "./pushed-stream.ts";
import type { ServedCall } from "./served-call.ts";
import type { ServingHost } from "./serving-options.ts";

/** What the handshake told of the caller. */
export interface Peer {
  readonly caller: Caller;
  readonly bunsen: boolean;
  /** What this side and a Bunsen peer hold of each other. */
  readonly lending: Lending | undefined;
  readonly hooks: ClassHooks;
}

/** One request, and what it takes to answer it. */
export interface Exchange {
  readonly message: PyroMessage;
  readonly serializer: Serializer;
  readonly hooks: ClassHooks;
}

/** Large answers of all connections take turns. */
const slices = new Slices();

/** Writes the answers of one connection: values, exceptions, and streams of both kinds. */
export class Answers {
  readonly #connection: Connection;
  readonly #host: ServingHost;
  readonly #maxStreams: number;
  /** Calls and pushed streams that can be told to stop, by sequence number: by a Bunsen peer, or when the peer is gone. */
  readonly stoppable: Map<number, ServedCall | PushedStream> = new Map();
  #streams = 0;
  /** What is lent to the peer on the way; undefined for a peer that is not Bunsen. */
  lending: Lending | undefined = undefined;

  constructor(connection: Connection, host: ServingHost, maxStreams: number) {
    this.#connection = connection;
    this.#host = host;
    this.#maxStreams = maxStreams;
  }

  /**
   * What the dispatcher returned: a value, or a stream. What takes long to write is written bit by bit: then there is a
   * promise, for when it is sent.
   */
  result(
    exchange: Exchange,
    peer: Peer,
    call: ServedCall,
    result: unknown,
  ): Promise<void> | undefined {
    call.answered();
    if (result instanceof ItemStream) {
      this.#stream(exchange, peer, call, result);
      return undefined;
    }
    // Who cancelled the call would not read the answer, nor give back what it lends.
    if (call.oneway || call.stopped) return undefined;
    if (isGradual(result)) return this.#sendGradually(exchange, call, result);
    const flags = exchange.message.flags & Flag.Batch;
    try {
      this.send(exchange, MessageType.Result, flags, result, call.responseAnnotations);
    } catch (error) {
      this.error(exchange, nameResult(error));
    }
    return undefined;
  }

  async #sendGradually(
    exchange: Exchange,
    call: ServedCall,
    record: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { serializer, hooks } = exchange;
    const payload = new ByteWriter();
    try {
      const chunks = encodeGradually(record, serializer, payload, hooks);
      await slices.visit(chunks, () => {
        if (call.stopped) throw new CommunicationError("ERR_CANCELLED", "nobody waits any more");
      });
      this.#sendPayload(exchange, MessageType.Result, 0, call.responseAnnotations, (out) =>
        out.bytes(payload.view()),
      );
    } catch (error) {
      if (!call.stopped) this.error(exchange, nameResult(error));
    }
  }

  /** What the dispatcher threw, or why the request could not be read. */
  error(exchange: Exchange, thrown: unknown, call?: ServedCall): void {
    this.#host.counters.errors += 1;
    const error = asError(thrown);
    const { flags, generation } = exchange.message;
    if (flags & Flag.Oneway) {
      this.#host.logger.warn(
        { ...callFieldsOf(call), peer: this.#connection.peer, error: error.message },
        "a one-way call failed; its caller is not told",
      );
      return;
    }
    try {
      this.send(exchange, MessageType.Result, Flag.Exception, error);
    } catch (unsendable) {
      // The exception itself cannot be sent: its text can.
      const text = `Error serializing exception: ${asError(unsendable).message}. Original exception: ${error.name}: ${error.message}`;
      const plain = new RemoteError(`Pyro${generation}.errors.PyroError`, [text]);
      this.send(exchange, MessageType.Result, Flag.Exception, plain);
    }
  }

  /** Any answer to a message, in its sender's generation and serializer. */
  send(
    exchange: Exchange,
    type: MessageType,
    flags: number,
    value: unknown,
    annotations?: ReadonlyMap<string, Uint8Array>,
  ): void {
    const { serializer, hooks } = exchange;
    this.#sendPayload(exchange, type, flags, annotations, (out) =>
      serializer.encode(value, out, hooks),
    );
  }

  #sendPayload(
    { message }: Exchange,
    type: MessageType,
    flags: number,
    annotations: ReadonlyMap<string, Uint8Array> | undefined,
    writePayload: (out: ByteWriter) => void,
  ): void {
    const { generation, seq, serializerId, correlationId, bunsen } = message;
    const own = this.#host.annotations;
    const head = {
      generation,
      type,
      flags,
      seq,
      serializerId,
      correlationId,
      bunsen,
      annotations: own ? new Map([...own(), ...(annotations ?? [])]) : annotations,
    };
    this.lending?.begin();
    try {
      this.#connection.send(head, writePayload);
    } catch (error) {
      this.lending?.undo();
      throw error;
    }
  }

  /** The peer has caught up: streams that waited for that go on. */
  resume(): void {
    for (const target of this.stoppable.values()) {
      if (target instanceof PushedStream) target.resume();
    }
  }

  /** The connection is closed. */
  stopAll(): void {
    for (const target of [...this.stoppable.values()]) target.stop();
  }

  #stream(exchange: Exchange, peer: Peer, call: ServedCall, items: ItemStream): void {
    items.onClose(() => call.stop());
    items.takeAnnotations = () => call.takeAnnotations();
    // Nobody would take the items, nor stop a stream that began after its caller gave up.
    if (call.oneway || call.stopped) discard(items);
    else if (peer.bunsen) this.#push(exchange, items);
    else this.#letPull(exchange, peer, call, items);
  }

  /** For a Python peer, in Pyro's form: an exception that says the result is an iterator, and the id to pull it by. */
  #letPull(exchange: Exchange, peer: Peer, call: ServedCall, items: ItemStream): void {
    let id: string;
    try {
      id = this.#host.streams.open(items, peer.caller.session);
    } catch (error) {
      this.error(exchange, error);
      return;
    }
    const notice = exceptionToWire(
      new ProtocolError("ERR_STREAM", "result of call is an iterator"),
      {
        errorsModule: `Pyro${exchange.message.generation}.errors`,
        bunsen: false,
      },
    );
    notice["attributes"] = { _pyroTraceback: null };
    const annotations = new Map(call.takeAnnotations()).set("STRM", new TextEncoder().encode(id));
    this.send(exchange, MessageType.Result, Flag.Exception | Flag.ItemStream, notice, annotations);
  }

  /** For a Bunsen peer: items are pushed as far as it has granted. */
  #push(exchange: Exchange, items: ItemStream): void {
    if (this.#streams >= this.#maxStreams) {
      discard(items);
      const text = `${this.#streams} streams are open on this connection, as many as maxConcurrentCalls allows`;
      this.error(
        exchange,
        new CommunicationError("ERR_TOO_MANY_STREAMS", text, { retry: "later" }),
      );
      return;
    }
    const { seq } = exchange.message;
    const finished = () => {
      if (this.stoppable.get(seq) === stream) this.stoppable.delete(seq);
      this.#streams -= 1;
    };
    const stream: PushedStream = new PushedStream(items, {
      congested: () => this.#connection.congested,
      items: (batch, annotations) => {
        try {
          this.send(exchange, MessageType.Result, Flag.ItemStream, batch, annotations);
        } catch (error) {
          throw renamePlaces(error, (path) => path.replace(/^\[\d+\]/, "item"));
        }
      },
      end: (value) => {
        try {
          this.send(exchange, MessageType.Result, 0, value);
        } catch (error) {
          throw nameResult(error);
        }
      },
      failed: (error) => this.error(exchange, error),
      finished,
    });
    this.#streams += 1;
    this.stoppable.set(seq, stream);
    stream.start();
  }
}

/** An encoder's error, with the path that its reader can follow: `result.samples[3]`. */
/** Which call a log line is about. */
function callFieldsOf(call: ServedCall | undefined): object {
  if (call === undefined) return {};
  const { object, member, correlationId } = call;
  return { object, member, correlationId };
}

function nameResult(error: unknown): unknown {
  return renamePlaces(error, (path) => `result${path}`);
}

function discard(items: ItemStream): void {
  // A generator that fails while it is being ended has nobody left to tell.
  items.close().catch(() => {});
}
