import type { Router } from "zeromq";
import { CommunicationError } from "../errors.ts";
import { within } from "../net/within.ts";
import { withDefaults } from "../options.ts";
import { Answering, type ProximityServing } from "./answering.ts";
import { type ExceptionShape, wrapException } from "./messages.ts";
import { isIpv6, zeroMq } from "./zeromq.ts";

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

export const LISTEN_DEFAULTS: Required<ProximityListenOptions> = {
  maxMessageBytes: 64 * 1024 * 1024,
  maxRunning: 64,
  binary: false,
  exceptions: "map",
};

const LONGEST_CLOSE_MS = 2000;

/**
 * A place where PyProximity's clients of generations 1, 2 and 3 (request/reply) call, in MessagePack or JSON: each is
 * answered in what it wrote.
 */
export class ProximityListener implements AsyncDisposable {
  /** What was bound, in ZeroMQ's words: port `*` or 0 has become a real one. */
  readonly endpoint: string;
  readonly #socket: Router;
  readonly #serving: ProximityServing;
  readonly #answering: Answering;
  readonly #reading: Promise<void>;
  #sending: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(
    socket: Router,
    endpoint: string,
    serving: ProximityServing,
    { exceptions, ...options }: Required<ProximityListenOptions>,
  ) {
    this.#socket = socket;
    this.endpoint = endpoint;
    this.#serving = serving;
    this.#answering = new Answering(serving, {
      ...options,
      result: (value) => value,
      exception: (exception) => wrapException(exception, exceptions),
    });
    this.#reading = this.#read();
  }

  /** @throws CommunicationError `ERR_LISTEN`; BunsenError `ERR_MISSING_PACKAGE`. */
  static async open(
    endpoint: string,
    serving: ProximityServing,
    options: ProximityListenOptions = {},
  ): Promise<ProximityListener> {
    const { Router } = await zeroMq();
    const wanted = withDefaults<Required<ProximityListenOptions>>(LISTEN_DEFAULTS, options);
    const socket = new Router({
      linger: 1000,
      maxMessageSize: wanted.maxMessageBytes,
      ipv6: isIpv6(endpoint),
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

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#answering.close();
    await this.#sending;
    await this.#closeSocket();
    await this.#reading;
  }

  /** ZeroMQ gives a port back some time after it was told to: whoever listens there next would fail. */
  async #closeSocket(): Promise<void> {
    const { events } = this.#socket;
    const { promise: free, resolve } = Promise.withResolvers<void>();
    // Of connections it says "disconnect".
    events.on("close", () => resolve());
    events.on("end", () => resolve());
    this.#socket.close();
    // It is on its way, if it is late.
    const late = () => new Error("late");
    await within(free, { timeoutMs: LONGEST_CLOSE_MS, late }).catch(() => {});
  }

  async #read(): Promise<void> {
    for await (const frames of this.#socket) {
      // The caller's routing id, what it put before the delimiter, the delimiter, the request.
      const delimiter = frames.findIndex((frame, i) => i > 0 && frame.byteLength === 0);
      const [routingId] = frames;
      if (this.#closed || routingId === undefined || delimiter < 0) continue;
      const envelope = frames.slice(0, delimiter + 1);
      const send = (answer: Uint8Array) => this.#send([...envelope, answer]);
      // Who marks its requests can tell the answers apart; others take them in order.
      const inOrder = delimiter === 1;
      this.#answering.add(routingId.toString("hex"), frames.slice(delimiter + 1), send, inOrder);
    }
  }

  #send(frames: Uint8Array[]): void {
    // One at a time, as the socket wants it.
    this.#sending = this.#sending.then(async () => {
      try {
        await this.#socket.send(frames as Buffer[]);
      } catch (error) {
        if (!this.#closed) this.#serving.logger.warn({ err: error }, "an answer could not be sent");
      }
    });
  }
}
