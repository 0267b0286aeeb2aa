import { type BunsenError, CommunicationError, ProtocolError, SecurityError } from "../errors.ts";
import { deadlines } from "../net/deadlines.ts";
import { NO_ANNOTATIONS } from "../objects/call.ts";
import { type BatchResult, type CallOptions, type Request, timeoutOf } from "../objects/channel.ts";
import { Reply } from "../objects/reply.ts";
import { asError } from "../values/exceptions.ts";
import { BlobCall } from "./blob.ts";
import { NotYet } from "./callback-place.ts";
import type { Callee } from "./callee.ts";
import { ExceptionWrapper } from "./classes.ts";
import type { Connection } from "./connection.ts";
import { uuidToBytes } from "./correlation.ts";
import { Flag, MessageType, type PyroMessage, userAnnotations } from "./header.ts";
import type { Lending } from "./lending.ts";
import { BATCH_MEMBER, namePlaces } from "./payload.ts";
import { PendingCalls } from "./pending.ts";
import { type CallOwner, PendingCall, rejectAtCaller } from "./pending-call.ts";
import { type CallDaemon, PulledStream } from "./pulled-stream.ts";
import { isNewestOnly, writeControl } from "./pushed-stream.ts";
import { ReceivedStream } from "./received-stream.ts";

export interface CallsEvents {
  /** New calls should go elsewhere: an answer is overdue, or the peer is about to close the connection. Not of Bunsen peers. */
  retire(): void;
  /** A call is over. */
  finished(): unknown;
  /** How a pulled stream asks for more. */
  readonly callDaemon: CallDaemon;
}

/**
 * The calls that one end of a connection makes, and their answers: any number at once, told apart by sequence numbers.
 * Both ends of a connection between Bunsen peers make calls, each with numbers of its own.
 */
export class Calls implements CallOwner {
  readonly #connection: Connection;
  readonly #events: CallsEvents;
  readonly #pending = new PendingCalls();
  /** What is lent to the peer on the way; undefined for a peer that is not Bunsen. */
  lending: Lending | undefined;

  constructor(connection: Connection, events: CallsEvents) {
    this.#connection = connection;
    this.#events = events;
  }

  get peerAddress(): string {
    return this.#connection.peer;
  }

  /** How many wait for their answers. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Sends one call. Its promise settles with the answer, the reason it failed, a timeout, or an abort. */
  call(callee: Callee, request: Request, defaultTimeoutMs: number): Promise<unknown> {
    const { member, options } = request;
    const flags = options.oneway ? Flag.Oneway : 0;
    const payload = callee.payloadOf(request);
    const timeoutMs = timeoutOf(request, defaultTimeoutMs);
    return this.#request(callee, payload, member, flags, options, timeoutMs);
  }

  async batch(
    callee: Callee,
    requests: readonly Request[],
    oneway: boolean,
    defaultTimeoutMs: number,
  ): Promise<BatchResult[]> {
    const payload = callee.batchPayload(requests);
    const flags = oneway ? Flag.Batch | Flag.Oneway : Flag.Batch;
    const options = requests[0]?.options ?? {};
    const timeoutMs = requests[0] ? timeoutOf(requests[0], defaultTimeoutMs) : defaultTimeoutMs;
    const results = await this.#request(callee, payload, BATCH_MEMBER, flags, options, timeoutMs);
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
  callDaemon(
    callee: Callee,
    member: string,
    args: unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    const payload = callee.daemonPayload(member, args);
    const flags = options.oneway ? Flag.Oneway : 0;
    return this.#request(callee, payload, member, flags, options, options.timeout ?? 0);
  }

  /** A RESULT has come. One for a call that was given up is nobody's; it is not the answer to a later one either. */
  receive(message: PyroMessage): void {
    this.#pending.get(message.seq)?.answer(message);
  }

  /** No answer will come any more. */
  failAll(reason: BunsenError): void {
    this.#pending.failAll(reason);
  }

  #request(
    callee: Callee,
    payload: unknown,
    member: string,
    flags: number,
    options: CallOptions,
    timeoutMs: number,
  ): Promise<unknown> {
    const closed = this.#connection.closedBecause;
    if (closed) return Promise.reject(closed);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#pending.full) return Promise.reject(tooManyCalls(this.peerAddress));
    return new Reply((resolve, reject) => {
      const whenReady = (error: unknown) => {
        if (!(error instanceof NotYet)) throw error;
        const again = () => this.#request(callee, payload, member, flags, options, timeoutMs);
        resolve(error.ready.then(again));
      };
      if (flags & Flag.Oneway) {
        try {
          this.#send(callee, payload, this.#pending.skip(), flags, options, 0);
          resolve(undefined);
        } catch (error) {
          whenReady(error);
        }
        return;
      }
      const pending = new PendingCall(this, callee, member, options, timeoutMs, resolve, reject);
      this.#pending.add(pending);
      try {
        this.#send(callee, payload, pending.seq, flags, options, timeoutMs);
      } catch (error) {
        this.#pending.remove(pending);
        whenReady(error);
        return;
      }
      if (this.#pending.size === 1) this.#connection.expectAnswers(true);
      if (timeoutMs > 0) deadlines.add(pending, timeoutMs);
      if (options.signal) pending.listen(options.signal);
    });
  }

  #send(
    callee: Callee,
    payload: unknown,
    seq: number,
    flags: number,
    options: CallOptions,
    timeoutMs: number,
  ): void {
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
      timeLeftMs: bunsen ? timeoutMs : 0,
    };
    this.lending?.begin();
    try {
      if (blob) this.#connection.send(head, (out) => blob.writePayload(out, callee));
      else this.#connection.send(head, (out) => serializer.encode(payload, out, hooks));
    } catch (error) {
      this.lending?.undo();
      throw blob ? error : namePlaces(error, payload);
    }
  }

  /** Grants a pushed stream more items; 0 stops it, or a call. Bunsen peers only. */
  #control({ callee, seq }: PendingCall, credits: number): void {
    if (!callee.bunsen) return;
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
    const value = pending.callee.read(message);
    if (message.flags & Flag.Exception) this.#reject(pending, asError(value));
    else pending.resolve(value);
  }

  #reject(pending: PendingCall, error: Error): void {
    // After an error of these classes Python's daemon closes the connection: a call sent until then would be lost.
    const isLast = error instanceof CommunicationError || error instanceof SecurityError;
    if (isLast && !pending.callee.bunsen) this.#events.retire();
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
    pending.stream ??= this.#beginStream(pending, isNewestOnly(message.annotations));
    const value = pending.callee.read(message);
    if (message.flags & Flag.ItemStream) {
      const annotations = userAnnotations(message.annotations);
      pending.stream.push(value as unknown[], message.payload.byteLength, annotations);
      return;
    }
    this.#finish(pending);
    const failed = message.flags & Flag.Exception;
    pending.stream.finish(failed ? { error: asError(value) } : { done: true, value });
  }

  #beginStream(pending: PendingCall, newestOnly: boolean): ReceivedStream {
    const grant = (credits: number) => {
      if (credits === 0) this.#finish(pending);
      this.#control(pending, credits);
    };
    const stream = new ReceivedStream(grant, pending.options.onAnnotations, newestOnly);
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
    if (this.#pending.size === 0) this.#connection.expectAnswers(false);
    this.#events.finished();
  }

  /** The caller gave up. A Bunsen peer is told; an answer of a Python peer will be dropped. */
  abandon(pending: PendingCall): void {
    this.#control(pending, 0);
    this.#finish(pending);
  }

  /** A Python daemon answers in order: behind a call that hangs, new ones would hang too. */
  overdue(pending: PendingCall): void {
    if (!pending.callee.bunsen) this.#events.retire();
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
