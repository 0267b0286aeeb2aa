import type { Router } from "zeromq";
import { BunsenError, CommunicationError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Call, Caller } from "../objects/call.ts";
import type { Dispatcher } from "../objects/dispatcher.ts";
import type { Entry } from "../objects/entry.ts";
import { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import { asError } from "../values/exceptions.ts";
import { attributeSetBy, publish } from "./interface.ts";
import {
  type ExceptionShape,
  exceptionOf,
  LIST_METHODS,
  noSuchInterface,
  type ProximityRequest,
  requestFrom,
  wrapException,
} from "./messages.ts";
import { decodePayload, encodePayload, encodingOf } from "./payload.ts";
import { zeroMq } from "./zeromq.ts";

/** What holds for one place that PyProximity's clients call at. */
export interface ProximityListenOptions {
  /** Largest request, in bytes: who sends more is disconnected. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Requests of one caller that run at once; more of them wait. Default 64. */
  readonly maxRunning?: number;
  /** Answer bytes as Python 3's MessagePack has them; Python 2 reads the older form alone. Default false. */
  readonly binary?: boolean;
  /** What exceptions are wrapped in: a map, or a list for callers of the package of 2016 (generation 3). Default `"map"`. */
  readonly exceptions?: ExceptionShape;
}

const DEFAULTS: Required<ProximityListenOptions> = {
  maxMessageBytes: 64 * 1024 * 1024,
  maxRunning: 64,
  binary: false,
  exceptions: "map",
};

/** Items of a stream that become one list, since the protocol has no streams. */
const MAX_STREAM_ITEMS = 100_000;

export interface ProximityServing {
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  readonly counters: { calls: number; errors: number };
}

/**
 * A place where PyProximity's clients of generations 1, 2 and 3 (request/reply) call, in MessagePack or JSON: each is
 * answered in what it wrote. ZeroMQ tells neither who a caller is nor when it goes: all share one session.
 */
export class ProximityListener implements AsyncDisposable {
  /** What was bound, in ZeroMQ's words: port `*` or 0 has become a real one. */
  readonly endpoint: string;
  readonly #socket: Router;
  readonly #serving: ProximityServing;
  readonly #options: Required<ProximityListenOptions>;
  readonly #session = new Session();
  readonly #callers = new Map<string, CallerQueue>();
  readonly #reading: Promise<void>;
  #sending: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    socket: Router,
    endpoint: string,
    serving: ProximityServing,
    options: Required<ProximityListenOptions>,
  ) {
    this.#socket = socket;
    this.endpoint = endpoint;
    this.#serving = serving;
    this.#options = options;
    this.#reading = this.#read();
  }

  /** @throws CommunicationError `ERR_LISTEN`; BunsenError `ERR_MISSING_PACKAGE`. */
  static async open(
    endpoint: string,
    serving: ProximityServing,
    options: ProximityListenOptions = {},
  ): Promise<ProximityListener> {
    const { Router } = await zeroMq();
    const wanted = { ...DEFAULTS, ...options };
    const socket = new Router({
      linger: 1000,
      maxMessageSize: wanted.maxMessageBytes,
      // A caller that is gone is no error of ours.
      mandatory: false,
    });
    try {
      await socket.bind(endpoint.replace(/:0$/, ":*"));
    } catch (cause) {
      socket.close();
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new CommunicationError("ERR_LISTEN", `cannot listen on ${endpoint}: ${text}`, {
        cause,
        retry: "later",
      });
    }
    return new ProximityListener(socket, socket.lastEndpoint ?? endpoint, serving, wanted);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#session.close((error) =>
      this.#serving.logger.warn({ err: error }, "a resource of callers could not be closed"),
    );
    await this.#sending;
    this.#socket.close();
    await this.#reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<void> {
    for await (const frames of this.#socket) {
      // The caller's routing id, what it put before the delimiter, the delimiter, the request.
      const delimiter = frames.findIndex((frame, i) => i > 0 && frame.byteLength === 0);
      const [routingId] = frames;
      if (routingId === undefined || delimiter < 0) continue;
      const id = routingId.toString("hex");
      let caller = this.#callers.get(id);
      if (caller === undefined) {
        caller = new CallerQueue(this.#options.maxRunning, () => this.#callers.delete(id));
        this.#callers.set(id, caller);
      }
      const envelope = frames.slice(0, delimiter + 1);
      const payload = frames.slice(delimiter + 1);
      // Who marks its requests can tell the answers apart; others take them in order.
      caller.add(
        () => this.#answer(id, payload),
        (answer) => this.#send([...envelope, answer]),
        delimiter > 1,
      );
    }
  }

  #send(frames: (Uint8Array | Buffer)[]): void {
    // One at a time, as the socket wants it.
    this.#sending = this.#sending.then(async () => {
      try {
        await this.#socket.send(frames as Buffer[]);
      } catch (error) {
        if (!this.#closed) this.#serving.logger.warn({ err: error }, "an answer could not be sent");
      }
    });
  }

  /** Never rejects: whatever the request is, its sender gets an answer it can read. */
  async #answer(callerId: string, payload: readonly Uint8Array[]): Promise<Uint8Array> {
    const [bytes = new Uint8Array(0), ...others] = payload;
    const form = { encoding: encodingOf(bytes), binary: this.#options.binary };
    this.#serving.counters.calls++;
    let request: ProximityRequest | undefined;
    try {
      if (others.length > 0) throw new RangeError("a request is one frame");
      request = requestFrom(decodePayload(bytes, form.encoding));
      return encodePayload(await this.#serve(callerId, request), form);
    } catch (thrown) {
      const error = asError(thrown);
      this.#serving.counters.errors++;
      if (request === undefined) {
        this.#serving.logger.warn(
          { caller: callerId, code: error instanceof BunsenError ? error.code : undefined },
          `a PyProximity request was refused: ${error.message}`,
        );
      }
      const exception = exceptionOf(error, request);
      return encodePayload(wrapException(exception, this.#options.exceptions), form);
    }
  }

  async #serve(callerId: string, request: ProximityRequest): Promise<unknown> {
    const { dispatcher } = this.#serving;
    const entry = dispatcher.registry.get(request.name);
    if (request.proc === LIST_METHODS) {
      if (request.name === "") return this.#interfaces();
      return entry === undefined ? noSuchInterface(request.name) : publish(entry.exposure);
    }
    const result = await dispatcher.dispatch(callFrom(request, entry), this.#callerOf(callerId));
    return result instanceof ItemStream ? await listOf(result) : result;
  }

  /** Beyond the original: asked for the empty name, the names that there are. */
  #interfaces(): string[][] {
    const { registry } = this.#serving.dispatcher;
    const names = registry.ids().filter((id) => !id.startsWith("Pyro."));
    return names.map((name) => [name, registry.get(name)?.exposure.doc ?? ""]);
  }

  #callerOf(id: string): Caller {
    return {
      dialect: "proximity",
      address: `zeromq:${id}`,
      identity: undefined,
      handshake: undefined,
      session: this.#session,
    };
  }
}

/** What the request asks for: attributes are read by their name, and set by `set_NAME`. */
function callFrom(request: ProximityRequest, entry: Entry | undefined): Call {
  const { name: object, proc, args } = request;
  const description = entry?.exposure;
  const attribute = description && attributeSetBy(proc, description);
  const isAttribute = description?.members.get(proc)?.kind === "attribute";
  const kind = attribute ? "set" : isAttribute ? "get" : "call";
  const kwargs = Object.keys(request.kwargs).length > 0 ? request.kwargs : null;
  return {
    object,
    member: attribute ?? proc,
    kind,
    args: attribute && kwargs ? Object.values(kwargs) : [...args],
    kwargs: kind === "call" ? kwargs : null,
    oneway: false,
    annotations: undefined,
    correlationId: undefined,
    signal: undefined,
    responseAnnotations: undefined,
  };
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

/** The requests of one caller: so many at once, and answers in order to those that could not tell them apart. */
class CallerQueue {
  readonly #maxRunning: number;
  readonly #idle: () => void;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #previous: Promise<void> = Promise.resolve();

  constructor(maxRunning: number, idle: () => void) {
    this.#maxRunning = maxRunning;
    this.#idle = idle;
  }

  add(
    answer: () => Promise<Uint8Array>,
    send: (answer: Uint8Array) => void,
    marked: boolean,
  ): void {
    const previous = this.#previous;
    const run = async () => {
      if (!marked) await previous;
      send(await answer());
    };
    const started = new Promise<void>((resolve) => {
      const start = () => {
        this.#running++;
        void run().then(() => {
          this.#running--;
          this.#waiting.shift()?.();
          if (this.#running === 0) this.#idle();
          resolve();
        });
      };
      if (this.#running < this.#maxRunning) start();
      else this.#waiting.push(start);
    });
    if (!marked) this.#previous = started;
  }
}
