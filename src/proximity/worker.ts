import { hostname } from "node:os";
import type { Dealer } from "zeromq";
import { type BunsenError, ConnectionClosedError, TimeoutError } from "../errors.ts";
import { within } from "../net/within.ts";
import { withDefaults } from "../options.ts";
import { parseBrokerUrl } from "./address.ts";
import { Answering, type ProximityServing } from "./answering.ts";
import {
  ANSWER,
  HEARTBEAT,
  isWord,
  PUBLICATIONS,
  type Publication,
  QUIT,
  READY,
  wordFrame,
} from "./broker.ts";
import { wrapException } from "./messages.ts";
import { type Encoding, encodePayload } from "./payload.ts";
import { callingSocket, type ZeroMq, zeroMq } from "./zeromq.ts";

/** How a daemon works for a broker of PyProximity. */
export interface BrokerOptions {
  /** What is published is written in this; requests are answered in what they came in. Default `"json"`, as the broker's. */
  readonly encoding?: Encoding;
  /** Bytes as Python 3's MessagePack has them. Default false. */
  readonly binary?: boolean;
  /** Largest request, in bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Requests of one caller that run at once; more of them wait. Default 64. */
  readonly maxRunning?: number;
  /**
   * Milliseconds between heartbeats. The broker gives a worker up that was silent for three of its own, which are 5,000;
   * a broker that was silent for three of these is connected to anew. Default 5,000.
   */
  readonly heartbeatMs?: number;
  /** Milliseconds that `join` waits for the broker's word. Default 10,000. */
  readonly timeout?: number;
}

export const BROKER_DEFAULTS: Required<BrokerOptions> = {
  encoding: "json",
  binary: false,
  maxMessageBytes: 64 * 1024 * 1024,
  maxRunning: 64,
  heartbeatMs: 5000,
  timeout: 10_000,
};

const SILENT_INTERVALS = 3;
const LONGEST_PAUSE_MS = 32_000;

/** The objects of a daemon as one named worker of a broker. A broker that was restarted is joined again. */
export class BrokerWorker implements AsyncDisposable {
  /** The broker's URL, with the name of the worker. */
  readonly url: string;
  /** Settles when it is over: closed, or told to quit by the broker. */
  readonly left: Promise<void>;
  readonly #endpoint: string;
  readonly #name: string;
  readonly #serving: ProximityServing;
  readonly #options: Required<BrokerOptions>;
  readonly #answering: Answering;
  readonly #newSocket: () => Dealer;
  readonly #welcome = Promise.withResolvers<void>();
  readonly #leave: () => void;
  #socket: Dealer;
  #beat: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #pauseMs = 1000;
  #sending: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    url: string,
    zeroMQ: ZeroMq,
    serving: ProximityServing,
    options: Required<BrokerOptions>,
  ) {
    const { endpoint, worker } = parseBrokerUrl(url);
    this.url = url;
    this.#endpoint = endpoint;
    this.#name = worker;
    this.#serving = serving;
    this.#options = options;
    this.#answering = new Answering(serving, {
      ...options,
      // The request comes back with its answer: that is how callers know it.
      result: (value, request) => ({ return: value, ...request }),
      exception: (exception, request) => ({
        return: wrapException(exception, "list"),
        ...request,
      }),
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.left = promise;
    this.#leave = resolve;
    this.#newSocket = () =>
      new zeroMQ.Dealer({
        ...callingSocket(endpoint, options.maxMessageBytes),
        routingId: this.#name,
      });
    this.#socket = this.#connect();
  }

  /**
   * Joins a broker: `proximity+broker://host:5556/WORKER`, the port being the one for workers.
   * @throws TimeoutError `ERR_CONNECT_TIMEOUT` where the broker does not answer, or has a worker of that name.
   */
  static async join(
    url: string,
    serving: ProximityServing,
    options: BrokerOptions = {},
  ): Promise<BrokerWorker> {
    const wanted = withDefaults<Required<BrokerOptions>>(BROKER_DEFAULTS, options);
    const worker = new BrokerWorker(url, await zeroMq(), serving, wanted);
    const late = () => worker.#late();
    try {
      await within(worker.#welcome.promise, { timeoutMs: wanted.timeout, late });
      return worker;
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  /**
   * Publishes a value, for whoever subscribed at the broker: `worker.publish("sample", "temperature", 21.5)` under the key
   * `SAMPLE:WORKER:temperature`; a line for the log has none of its own.
   * @throws SerializeError; ConnectionClosedError when the worker has left.
   */
  async publish(kind: Publication, name: string, value: unknown): Promise<void> {
    if (this.#closed) {
      throw new ConnectionClosedError("ERR_CLOSED", `the worker ${this.#name} has left`);
    }
    const key = [kind.toUpperCase(), this.#name, ...(kind === "log" ? [] : [name])].join(":");
    const { encoding, binary } = this.#options;
    const form = { encoding, binary, classes: this.#serving.classes };
    await this.#send([PUBLICATIONS[kind], Buffer.from(key), encodePayload(value, form)]);
  }

  /** Leaves the broker. May be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#beat);
    this.#answering.close();
    this.#socket.close();
    this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(): Dealer {
    const socket = this.#newSocket();
    this.#heardAt = performance.now();
    socket.events.on("handshake", () => {
      if (socket !== this.#socket || this.#closed) return;
      void this.#say(READY);
    });
    socket.connect(this.#endpoint);
    this.#beat = setTimeout(() => this.#tick(), this.#options.heartbeatMs);
    this.#read(socket).catch((error: unknown) => this.#warn(error));
    return socket;
  }

  async #read(socket: Dealer): Promise<void> {
    for await (const frames of socket) {
      if (socket !== this.#socket) return;
      this.#heardAt = performance.now();
      this.#pauseMs = 1000;
      const [first] = frames;
      if (frames.length === 1 && isWord(first, HEARTBEAT)) this.#welcome.resolve();
      else if (frames.length === 1 && isWord(first, QUIT)) return await this.close();
      else if (first && frames.length > 2) this.#serve(first, frames[1] as Buffer, frames.slice(2));
    }
  }

  #serve(caller: Buffer, name: Buffer, payload: Buffer[]): void {
    const send = (answer: Uint8Array) => {
      this.#send([caller, name, wordFrame(ANSWER), answer]).catch((error) => this.#warn(error));
    };
    // The broker's callers tell answers apart by what they asked, so they need no order.
    this.#answering.add(caller.toString("hex"), payload, send, false);
  }

  #tick(): void {
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs <= this.#options.heartbeatMs * SILENT_INTERVALS) {
      void this.#say(HEARTBEAT);
      this.#beat = setTimeout(() => this.#tick(), this.#options.heartbeatMs);
      return;
    }
    this.#serving.logger.warn(
      { broker: this.#endpoint },
      `the broker was silent for ${Math.round(silentMs)} ms; connecting anew`,
    );
    this.#socket.close();
    this.#beat = setTimeout(() => {
      this.#socket = this.#connect();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #say(word: number): Promise<void> {
    // A broker that is away is told when it is back.
    return this.#send([wordFrame(word), Buffer.from(hostname())]).catch(() => {});
  }

  #send(frames: Uint8Array[]): Promise<void> {
    const sent = this.#sending.then(() => this.#socket.send(frames as Buffer[]));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  #warn(error: unknown): void {
    if (!this.#closed) this.#serving.logger.warn({ err: error }, "the broker could not be told");
  }

  #late(): BunsenError {
    return new TimeoutError(
      "ERR_CONNECT_TIMEOUT",
      `The broker at ${this.#endpoint} did not answer the worker "${this.#name}" within ${this.#options.timeout} ms: it is not there, this is its port for clients, or it has a worker of that name`,
      { retry: "later" },
    );
  }
}
