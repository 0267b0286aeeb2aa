import { type BunsenError, DaemonError, MemberError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Call, Caller } from "../objects/call.ts";
import type { Dispatcher } from "../objects/dispatcher.ts";
import type { Entry } from "../objects/entry.ts";
import { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import type { ClassRegistry } from "../values/classes.ts";
import { asError } from "../values/exceptions.ts";
import { CallerQueue } from "./caller-queue.ts";
import { attributeSetBy, publish } from "./interface.ts";
import {
  exceptionOf,
  keyError,
  LIST_METHODS,
  noSuchInterface,
  type ProximityRequest,
  requestFrom,
} from "./messages.ts";
import { decodePayload, encodePayload, encodingOf, type PayloadForm } from "./payload.ts";

/** What a daemon hands to whatever serves its objects over PyProximity. */
export interface ProximityServing {
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  readonly counters: { calls: number; errors: number };
  readonly classes: ClassRegistry;
  /** Which objects are interfaces. */
  offers(id: string): boolean;
}

/** How the objects of a daemon answer at one place. */
export interface AnsweringOptions {
  /** Requests of one caller that run at once. */
  readonly maxRunning: number;
  /** Bytes as Python 3's MessagePack has them. */
  readonly binary: boolean;
  /** What the result of a call is sent as. */
  result(value: unknown, request: ProximityRequest): unknown;
  /** What an exception is sent as; there is no request where it could not be read. */
  exception(exception: readonly unknown[], request: ProximityRequest | undefined): unknown;
}

/** Callers whose sessions are kept. ZeroMQ does not tell when one goes: the session that was idle longest ends. */
const MAX_CALLERS = 1000;
/** Items of a stream that become one list, since the protocol has no streams. */
const MAX_STREAM_ITEMS = 100_000;

interface KnownCaller {
  readonly caller: Caller;
  readonly queue: CallerQueue;
  /** Settles with what the handshake hook says of the caller. */
  readonly judged: Promise<unknown>;
}

/** Requests to answers: the objects of a daemon as interfaces, whatever socket leads to them. */
export class Answering {
  readonly #serving: ProximityServing;
  readonly #options: AnsweringOptions;
  readonly #callers = new Map<string, KnownCaller>();
  readonly #closing = new AbortController();

  constructor(serving: ProximityServing, options: AnsweringOptions) {
    this.#serving = serving;
    this.#options = options;
  }

  /**
   * Answers one request, whatever it is: its sender gets something that it can read.
   * @param from - Who asks, as its socket knows it.
   * @param frames - The request; more than one frame is an error.
   * @param inOrder - Only after those of the caller that came so before it.
   */
  add(
    from: string,
    frames: readonly Uint8Array[],
    send: (answer: Uint8Array) => void,
    inOrder: boolean,
  ): void {
    const known = this.#callerOf(from);
    this.#serving.counters.calls++;
    try {
      known.queue.add(async () => send(await this.#answer(known, frames)), inOrder);
    } catch (error) {
      // Read for its form alone: who floods is told so, and costs no call.
      send(this.#refusal(error, undefined, this.#formOf(frames[0])));
    }
  }

  /** Aborts what runs, and frees what callers had. */
  close(): void {
    this.#closing.abort();
    for (const from of [...this.#callers.keys()]) this.#closeSession(from);
  }

  #formOf(bytes: Uint8Array = NOTHING): PayloadForm {
    const { binary } = this.#options;
    return { encoding: encodingOf(bytes), binary, classes: this.#serving.classes };
  }

  /** Never rejects. */
  async #answer(known: KnownCaller, frames: readonly Uint8Array[]): Promise<Uint8Array> {
    const [bytes = NOTHING, ...others] = frames;
    const form = this.#formOf(bytes);
    let request: ProximityRequest | undefined;
    try {
      if (others.length > 0) throw new RangeError("a request is one frame");
      request = requestFrom(decodePayload(bytes, form));
      return encodePayload(await this.#serve(known, request), form);
    } catch (error) {
      if (request === undefined) {
        const { message, code } = asError(error) as Partial<BunsenError>;
        const fields = { caller: known.caller.address, code };
        this.#serving.logger.warn(fields, `a PyProximity request was refused: ${message}`);
      }
      return this.#refusal(error, request, form);
    }
  }

  #refusal(thrown: unknown, request: ProximityRequest | undefined, form: PayloadForm): Uint8Array {
    this.#serving.counters.errors++;
    const { exception } = this.#options;
    try {
      const missing = request && isAbsence(thrown) ? this.#missing(request) : undefined;
      const said = missing === undefined ? exceptionOf(asError(thrown)) : keyError(missing);
      return encodePayload(exception(said, request), form);
    } catch {
      // An error may be made of anything.
      const said = ["RuntimeError", "the method failed with an error that cannot be sent", []];
      return encodePayload(exception(said, undefined), form);
    }
  }

  /** What a request asks for that is not there: the interface, or its method. */
  #missing(request: ProximityRequest): string | undefined {
    const entry = this.#entry(request.name);
    if (entry === undefined) return request.name;
    const { member } = callFrom(request, entry, undefined);
    return entry.exposure.members.has(member) ? undefined : request.proc;
  }

  async #serve(known: KnownCaller, request: ProximityRequest): Promise<unknown> {
    const entry = this.#entry(request.name);
    await known.judged;
    if (request.proc === LIST_METHODS) {
      if (request.name === "") return this.#interfaces();
      return entry === undefined ? noSuchInterface(request.name) : publish(entry.exposure);
    }
    const call = callFrom(request, entry, this.#closing.signal);
    if (call.kind === "set" && call.args.length !== 1) {
      throw new TypeError(`${request.proc}() takes exactly 1 argument (${call.args.length} given)`);
    }
    const { dispatcher } = this.#serving;
    // One that is no interface is an unknown object, whatever the daemon keeps under its id.
    const object = entry === undefined ? "" : call.object;
    const result = await dispatcher.dispatch({ ...call, object }, known.caller);
    const value = result instanceof ItemStream ? await listOf(result) : result;
    return this.#options.result(value, request);
  }

  #entry(name: string): Entry | undefined {
    return this.#serving.offers(name) ? this.#serving.dispatcher.registry.get(name) : undefined;
  }

  /** Beyond the original: asked for the empty name, the names that there are. */
  #interfaces(): string[][] {
    const { registry } = this.#serving.dispatcher;
    const names = registry.ids().filter((id) => this.#serving.offers(id));
    return names.map((name) => [name, registry.get(name)?.exposure.doc ?? ""]);
  }

  /** The caller, judged at its first request as a connection in other dialects; and again, if it was refused. */
  #callerOf(from: string): KnownCaller {
    let known = this.#callers.get(from);
    if (known === undefined) {
      const [longestIdle] = this.#callers.keys();
      if (this.#callers.size >= MAX_CALLERS && longestIdle !== undefined) {
        this.#closeSession(longestIdle);
      }
      known = this.#newCaller(from);
    }
    // The order is that of the last requests.
    this.#callers.delete(from);
    this.#callers.set(from, known);
    return known;
  }

  #newCaller(from: string): KnownCaller {
    const caller: Caller = {
      dialect: "proximity",
      address: `zeromq:${from}`,
      identity: undefined,
      handshake: undefined,
      session: new Session(),
    };
    const introduction = callFrom(INTRODUCTION, undefined, undefined);
    const judged = (async () => this.#serving.dispatcher.handshake(introduction, caller))();
    judged.catch(() => this.#closeSession(from));
    return { caller, judged, queue: new CallerQueue(this.#options.maxRunning) };
  }

  #closeSession(from: string): void {
    const known = this.#callers.get(from);
    this.#callers.delete(from);
    known?.caller.session.close((error) => {
      this.#serving.logger.warn({ err: error }, "a resource of a caller could not be closed");
    });
  }
}

const NOTHING = new Uint8Array(0);
/** What a caller is judged by: ZeroMQ's ends say no more of themselves. */
const INTRODUCTION: ProximityRequest = { name: "", proc: LIST_METHODS, args: [], kwargs: {} };

/** What the dispatcher says where there is no such object or member; methods may throw the like. */
function isAbsence(thrown: unknown): boolean {
  return thrown instanceof DaemonError || thrown instanceof MemberError;
}

/** What a request asks for: attributes are read by their name, and set by `set_NAME`. */
function callFrom(
  request: ProximityRequest,
  entry: Entry | undefined,
  signal: AbortSignal | undefined,
): Call {
  const { name: object, proc, args } = request;
  const kwargs = Object.keys(request.kwargs).length > 0 ? request.kwargs : null;
  const common = {
    object,
    oneway: false,
    annotations: undefined,
    correlationId: undefined,
    signal,
    responseAnnotations: undefined,
  };
  const attribute = entry && attributeSetBy(proc, entry.exposure);
  if (attribute !== undefined) {
    const given = kwargs ? [...args, ...Object.values(kwargs)] : [...args];
    return { ...common, member: attribute, kind: "set", args: given, kwargs: null };
  }
  const isAttribute = entry?.exposure.members.get(proc)?.kind === "attribute";
  if (isAttribute) return { ...common, member: proc, kind: "get", args: [], kwargs: null };
  return { ...common, member: proc, kind: "call", args: [...args], kwargs };
}

async function listOf(stream: ItemStream): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let step = await stream.next(); !step.done; step = await stream.next()) {
    items.push(step.value);
    if (items.length <= MAX_STREAM_ITEMS) continue;
    await stream.close();
    throw new RangeError(
      `PyProximity has no streams, and this one has more than ${MAX_STREAM_ITEMS} items for a list; ask for fewer, or call it by Pyro`,
    );
  }
  return items;
}
