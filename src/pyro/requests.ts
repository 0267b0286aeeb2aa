import type { ByteWriter } from "../bytes/writer.ts";
import { CommunicationError, DaemonError, ProtocolError } from "../errors.ts";
import { ItemStream } from "../objects/stream.ts";
import { type SerializerName, serializerNamed } from "../serializers/index.ts";
import { asError } from "../values/exceptions.ts";
import { isGradual } from "../values/gradual.ts";
import type { Answers, Exchange, Peer } from "./answering.ts";
import { readBlobCall } from "./blob.ts";
import { ExceptionWrapper } from "./classes.ts";
import type { Connection } from "./connection.ts";
import {
  describeSerializer,
  Flag,
  MessageType,
  type PyroMessage,
  serializerName,
} from "./header.ts";
import { givesBack } from "./lending.ts";
import { batchItemFromWire, callFromWire } from "./payload.ts";
import { PushedStream, readControl } from "./pushed-stream.ts";
import { ServedCall } from "./served-call.ts";
import type { ServingHost, ServingOptions } from "./serving-options.ts";

/** Requests read ahead of those that run. */
const MAX_WAITING = 256;

/** The same while this end waits for answers of the peer, and so cannot stop reading. More are refused. */
const MAX_READ_AHEAD = 65_536;

const PONG = (out: ByteWriter): void => {
  out.latin1("pong");
};

/** What one caller asks for after the handshake: admits its requests, has them dispatched and answered. */
export class Requests {
  readonly #connection: Connection;
  readonly #answers: Answers;
  readonly #host: ServingHost;
  readonly #options: ServingOptions;
  readonly #peer: Peer;
  readonly #mostRunning: number;
  /** Requests that wait until fewer are running. */
  #waiting: PyroMessage[] = [];
  #running = 0;
  /** How many there were. */
  served = 0;

  constructor(
    connection: Connection,
    answers: Answers,
    host: ServingHost,
    options: ServingOptions,
    peer: Peer,
  ) {
    this.#connection = connection;
    this.#answers = answers;
    this.#host = host;
    this.#options = options;
    this.#peer = peer;
    // A Python peer expects its calls one after the other.
    this.#mostRunning = peer.bunsen ? options.maxConcurrentCalls : 1;
  }

  /** Whether a call is running, or a stream is open. */
  get busy(): boolean {
    return this.#running > 0 || this.#answers.stoppable.size > 0;
  }

  receive(message: PyroMessage): void {
    switch (message.type) {
      case MessageType.Invoke:
        this.#admit(message);
        return;
      case MessageType.Ping:
        if (this.#peer.bunsen && message.flags & Flag.ItemStream) this.#control(message);
        else {
          const annotations = this.#host.annotations?.();
          sendPong(this.#connection, message, this.#peer.bunsen, annotations);
        }
        return;
      default: {
        const text = `message type ${message.type} has no place after the handshake`;
        this.#close("ERR_UNEXPECTED_MESSAGE", text);
      }
    }
  }

  /** The peer has taken enough of what was sent: what waited for that goes on. */
  writable(): void {
    this.#answers.resume();
    this.#serveWaiting();
  }

  /** Nobody waits for answers any more. */
  closed(): void {
    this.#waiting = [];
    this.#answers.stopAll();
  }

  /** Runs a request, or leaves it until fewer are running. */
  #admit(message: PyroMessage): void {
    if (this.#waiting.length === 0 && this.#mayRun()) {
      this.#serve(message);
      return;
    }
    this.#waiting.push(message);
    // Some are read ahead, so that what stops a call or lets a stream go on is not stuck behind calls.
    if (this.#waiting.length >= MAX_WAITING) this.#connection.hold(true);
    // What runs may wait for answers of the peer, which are then read on, and requests with them.
    if (this.#waiting.length > MAX_READ_AHEAD) this.#refuse(this.#waiting.pop() as PyroMessage);
  }

  #refuse(message: PyroMessage): void {
    const text = `${this.#waiting.length} calls of this connection wait to be run already; wait for some of them`;
    const error = new CommunicationError("ERR_TOO_MANY_CALLS", text, { retry: "later" });
    const exchange = this.#exchange(message);
    if (exchange) this.#answers.error(exchange, error);
  }

  #mayRun(): boolean {
    return this.#running < this.#mostRunning && !this.#connection.congested;
  }

  #serveWaiting(): void {
    let next = 0;
    while (next < this.#waiting.length && this.#mayRun()) {
      this.#serve(this.#waiting[next++] as PyroMessage);
    }
    this.#waiting.splice(0, next);
    if (this.#waiting.length < MAX_WAITING) this.#connection.hold(false);
  }

  /** How to read and answer a message; undefined where that is refused, and the connection closed. */
  #exchange(message: PyroMessage): Exchange | undefined {
    const { bunsen, hooks, lending } = this.#peer;
    const name = acceptedSerializer(message, this.#options);
    if (name === undefined) {
      const id = describeSerializer(message.generation, message.serializerId);
      this.#close("ERR_SERIALIZER", `serializer ${id} is not accepted`);
      return undefined;
    }
    lending?.speak(name, hooks);
    return { message, serializer: serializerNamed(name, bunsen), hooks };
  }

  #serve(message: PyroMessage): void {
    const { hooks, caller } = this.#peer;
    const exchange = this.#exchange(message);
    if (exchange === undefined) return;
    const { serializer } = exchange;
    this.#host.counters.calls += 1;
    this.served += 1;
    let call: ServedCall | undefined;
    let result: unknown;
    try {
      const payload =
        message.flags & Flag.KeepSerialized
          ? readBlobCall(message, serializer, hooks)
          : callFromWire(serializer.decode(message.payload, hooks));
      call = new ServedCall(payload, message);
      result =
        message.flags & Flag.Batch
          ? this.#runBatch(call)
          : this.#host.dispatcher.dispatch(call, caller);
    } catch (error) {
      this.#answers.error(exchange, error, call);
      return;
    }
    if (result instanceof Promise) this.#answerLater(exchange, call, result);
    else if (isGradual(result)) this.#answerLater(exchange, call, Promise.resolve(result));
    else void this.#answers.result(exchange, this.#peer, call, result);
  }

  #answerLater(exchange: Exchange, call: ServedCall, result: Promise<unknown>): void {
    const { bunsen } = this.#peer;
    const { flags, seq } = exchange.message;
    const { stoppable } = this.#answers;
    // A one-way call of a Python peer runs beside the ones that follow it, as in Pyro5; a one-way batch does not.
    const counted = bunsen || !call.oneway || (flags & Flag.Batch) !== 0;
    if (counted) this.#running += 1;
    // The caller of a one-way call never waited: the call goes on when it is gone.
    if (!call.oneway) stoppable.set(seq, call);
    const settled = () => {
      if (stoppable.get(seq) === call) stoppable.delete(seq);
      if (!counted) return;
      this.#running -= 1;
      if (this.#waiting.length > 0) this.#serveWaiting();
    };
    result.then(
      (value) => {
        const sent = this.#answers.result(exchange, this.#peer, call, value);
        if (sent) void sent.then(settled);
        else settled();
      },
      (error: unknown) => {
        call.answered();
        if (!call.stopped) this.#answers.error(exchange, error, call);
        settled();
      },
    );
  }

  /** The calls of a batch in order, up to the first that fails. An unknown object fails the whole batch, as in Pyro. */
  async #runBatch(call: ServedCall): Promise<unknown[]> {
    const results: unknown[] = [];
    for (const item of call.args) {
      const { member, args, kwargs } = batchItemFromWire(item);
      try {
        results.push(await this.#runPart(call.part(member, args, kwargs)));
      } catch (error) {
        if (error instanceof DaemonError) throw error;
        results.push(new ExceptionWrapper(asError(error)));
        break;
      }
    }
    return results;
  }

  async #runPart(part: ServedCall): Promise<unknown> {
    const result = await this.#host.dispatcher.dispatch(part, this.#peer.caller);
    if (!(result instanceof ItemStream)) return result;
    await result.close();
    throw new ProtocolError(
      "ERR_BATCH_STREAM",
      `"${part.member}" returns a stream, which a batch cannot carry`,
    );
  }

  /** A Bunsen peer grants a stream more items, or stops what it asked for. */
  #control(message: PyroMessage): void {
    if (givesBack(message.payload)) {
      this.#peer.lending?.receive(message.payload);
      return;
    }
    const target = this.#answers.stoppable.get(message.seq);
    const credits = readControl(message.payload);
    if (target === undefined && credits === 0) this.#forget(message.seq);
    else if (credits === 0) target?.stop();
    else if (target instanceof PushedStream) target.grant(credits);
  }

  /** The caller gave up before its call could run: it does not run at all. */
  #forget(seq: number): void {
    const at = this.#waiting.findIndex((message) => message.seq === seq);
    if (at < 0) return;
    // One-way calls have numbers, too, but nobody waits for them.
    const { flags } = this.#waiting[at] as PyroMessage;
    if (!(flags & Flag.Oneway)) this.#waiting.splice(at, 1);
  }

  #close(code: string, text: string): void {
    this.#connection.close(new ProtocolError(code, `${this.#connection.peer}: ${text}`));
  }
}

/** Answers a ping. */
export function sendPong(
  connection: Connection,
  { generation, seq, serializerId }: PyroMessage,
  bunsen: boolean,
  annotations: ReadonlyMap<string, Uint8Array> | undefined,
): void {
  const head = { generation, type: MessageType.Ping, flags: 0, seq, serializerId };
  connection.send({ ...head, annotations, bunsen }, PONG);
}

/** The serializer of a message; undefined for one that is unknown, or not accepted here. */
export function acceptedSerializer(
  { generation, serializerId }: PyroMessage,
  { serializers }: ServingOptions,
): SerializerName | undefined {
  const name = serializerName(generation, serializerId);
  return name !== undefined && serializers.includes(name) ? name : undefined;
}
