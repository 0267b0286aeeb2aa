import { once } from "node:events";
import type { Socket } from "socket.io";
import type { Caller } from "../objects/call.ts";
import type { Entry } from "../objects/entry.ts";
import { expose } from "../objects/expose.ts";
import { takeBack } from "../objects/lenders.ts";
import type { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import { metadataOf } from "../pyro/metadata.ts";
import type { ClassHooks } from "../serializers/index.ts";
import { asError, exceptionToWire } from "../values/exceptions.ts";
import { messageOf, whileThere } from "./answers.ts";
import { isMap } from "./body.ts";
import type { GatewayCall } from "./call.ts";
import { type GatewayCalls, generationOf } from "./calls.ts";
import { readUuid } from "./request.ts";
import { readEvent, toSocket } from "./socket-io-values.ts";

/** Items of a stream that may be under way while the connection does not take them. */
const WINDOW = 64;

/** What an event is answered with: the keys of flaskify_io, and more that its pages do not look at. */
export interface EventAnswer {
  /** `"success"`, the message of what went wrong, or `"end"` of a stream. */
  readonly status: string;
  readonly result: unknown;
  /** The exception as HTTP tells it: class, arguments, attributes. */
  readonly error?: unknown;
  readonly correlationId?: string;
}

/** What a caller needs of the place that it called. */
export interface CallerHost {
  readonly calls: GatewayCalls;
  /** Finds the object, again with each event: it may be another one by now. */
  find(object: string): Entry | Promise<Entry>;
  /** Why an event is not answered; undefined if it is. */
  refuse(caller: Caller): string | undefined;
  /** Whether what this method answers is for all who are connected to its object. */
  isBroadcast(object: string, member: string): boolean;
  failed(): void;
}

/** One connection to one object by Socket.IO: its events are calls. */
export class SocketCaller {
  readonly #socket: Socket;
  readonly #object: string;
  readonly #caller: Caller;
  readonly #host: CallerHost;
  /** Not by their ids: a page may give several calls the same. */
  readonly #running = new Set<GatewayCall>();
  readonly #told = new Map<string, CallbackHandler>();

  constructor(socket: Socket, object: string, caller: Caller, host: CallerHost) {
    this.#socket = socket;
    this.#object = object;
    this.#caller = caller;
    this.#host = host;
  }

  get session(): Session {
    return this.#caller.session;
  }

  /** Answers an event. Never throws, whatever its name and its values are. */
  receive([name, ...values]: readonly unknown[]): void {
    const event = String(name);
    const last = values.at(-1);
    const acknowledge = typeof last === "function" ? (values.pop() as Acknowledge) : undefined;
    const refusal = this.#host.refuse(this.#caller) ?? this.#host.calls.full;
    if (refusal !== undefined) {
      this.#reply(event, { status: refusal, result: null }, acknowledge);
      return;
    }
    void this.#host.calls.counted(() => this.#serve(event, values, acknowledge));
  }

  /** Ends what runs for it: nobody is there any more. */
  close(): void {
    for (const call of this.#running) call.stop();
    for (const handler of this.#told.values()) takeBack(handler);
  }

  /** Never rejects. */
  async #serve(event: string, values: unknown[], acknowledge?: Acknowledge): Promise<void> {
    let classes = this.#host.calls.classes[5];
    let generation: 4 | 5 = 5;
    let call: GatewayCall | undefined;
    try {
      const { cancel, ...request } = readEvent(values, classes);
      if (cancel !== undefined) {
        this.#cancel(readUuid(cancel));
        return;
      }
      const entry = await this.#host.find(this.#object);
      if (this.session.closed) return;
      generation = generationOf(entry);
      classes = this.#host.calls.classes[generation];
      const { body } = request;
      const kwargs = this.#withHandler(event, body.kwargs);
      const wanted = { ...request, body: { ...body, kwargs } };
      call = this.#host.calls.make(entry, { object: this.#object, member: event, ...wanted });
      this.#running.add(call);
      const answer = await this.#run(call, entry, classes);
      this.#reply(event, { ...answer, correlationId: call.correlationId }, acknowledge);
    } catch (thrown) {
      this.#host.failed();
      const error = asError(thrown);
      const { status, ...answer } = failure(error, generation, classes);
      const known = call && { correlationId: call.correlationId };
      this.#reply(event, { status, ...answer, ...known }, acknowledge);
    } finally {
      if (call) this.#running.delete(call);
    }
  }

  #cancel(id: string | undefined): void {
    for (const call of this.#running) if (call.correlationId === id) call.stop();
  }

  async #run(call: GatewayCall, entry: Entry, classes: ClassHooks): Promise<EventAnswer> {
    if (call.member === "$meta") {
      const { methods, attrs } = metadataOf(entry.exposure);
      return { status: "success", result: { methods, attributes: attrs } };
    }
    const value = await this.#host.calls.run(call, this.#caller);
    if (value instanceof ItemStream) return await this.#stream(value, call, classes);
    return { status: "success", result: toSocket(value, classes) };
  }

  /** Sends items as they come, no faster than they are taken; returns what tells the end. */
  async #stream(items: ItemStream, call: GatewayCall, classes: ClassHooks): Promise<EventAnswer> {
    const { signal, correlationId, member } = call;
    call.answered();
    items.onClose(() => call.stop());
    try {
      for (let waiting = 0; ; ) {
        const step = await whileThere(items.next(), signal);
        if (step === undefined || step.done) return { status: "end", result: null };
        const result = toSocket(step.value, classes);
        this.#reply(member, { status: "success", result, correlationId });
        const { conn } = this.#socket;
        waiting = conn.transport.writable ? 0 : waiting + 1;
        if (waiting < WINDOW) continue;
        await once(conn, "drain", { signal }).catch(() => {});
        waiting = 0;
      }
    } finally {
      // Of a stream that is over this does nothing; one that fails while it is ended has nobody left to tell.
      items.close().catch(() => {});
    }
  }

  /** To the caller alone, unless its answers are for all; what goes wrong is nobody else's. */
  #reply(event: string, answer: EventAnswer, acknowledge?: Acknowledge): void {
    const isResult = answer.status === "success" || answer.status === "end";
    const isForAll = isResult && this.#host.isBroadcast(this.#object, event);
    (isForAll ? this.#socket.nsp : this.#socket).emit(event, answer);
    acknowledge?.(answer);
  }

  /**
   * In the `cb_info` of a page the names are those of events: the method gets an object whose methods send them. One
   * object for each method and its names, for as long as the page is connected: it may be called long after the answer.
   */
  #withHandler(member: string, kwargs: Record<string, unknown>): Record<string, unknown> {
    const { cb_info: info } = kwargs;
    if (!isMap(info)) return kwargs;
    const { cb, cb_updates, cb_handler } = info;
    if (cb_handler !== undefined) return kwargs;
    const [done, update] = [cb, cb_updates].map((name) => (isText(name) ? name : undefined));
    const handler = this.#handlerOf(member, done, update);
    const cb_info = {
      cb_handler: handler,
      ...(done !== undefined && { cb: "done" }),
      ...(update !== undefined && { cb_updates: "update" }),
    };
    return { ...kwargs, cb_info };
  }

  #handlerOf(member: string, done: string | undefined, update: string | undefined): object {
    const key = JSON.stringify([member, done, update]);
    const known = this.#told.get(key);
    if (known) return known;
    const isForAll = this.#host.isBroadcast(this.#object, member);
    const target = isForAll ? this.#socket.nsp : this.#socket;
    const tell = (event: string | undefined, values: readonly unknown[]) => {
      const args = toSocket(values, this.#host.calls.classes[5]);
      if (event !== undefined) target.emit(event, { args, kwargs: {} });
    };
    const handler = new CallbackHandler({
      done: (values) => tell(done, values),
      update: (values) => tell(update, values),
    });
    this.#told.set(key, handler);
    return handler;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

type Acknowledge = (answer: EventAnswer) => void;

type Tell = (values: readonly unknown[]) => void;

/** What an asynchronous method calls back; each of its calls is an event of the page. */
class CallbackHandler {
  readonly #tell: { readonly done: Tell; readonly update: Tell };

  constructor(tell: { readonly done: Tell; readonly update: Tell }) {
    this.#tell = tell;
  }

  done(...values: unknown[]): void {
    this.#tell.done(values);
  }

  update(...values: unknown[]): void {
    this.#tell.update(values);
  }
}
expose(CallbackHandler, { done: true, update: true });

/** What went wrong: its message as Python has it, and the exception. */
export function failure(error: Error, generation: 4 | 5, classes: ClassHooks): EventAnswer {
  const errorsModule = `Pyro${generation}.errors`;
  const dict = exceptionToWire(error, { errorsModule, bunsen: false });
  return { status: messageOf(error), result: null, error: toSendable(dict, classes) };
}

function toSendable(dict: unknown, classes: ClassHooks): unknown {
  try {
    return toSocket(dict, classes);
  } catch {
    return { __class__: (dict as { __class__: string }).__class__, __exception__: true };
  }
}
