import type { Dealer } from "zeromq";
import { ConnectionClosedError, DaemonError } from "../errors.ts";
import { Observable } from "../objects/observable.ts";
import { ANSWER, isWord, NO_SUCH_WORKER } from "./broker.ts";
import {
  type Asking,
  type Carrier,
  type CarrierState,
  PendingRequest,
  type Reach,
} from "./carrier.ts";
import { callingSocket, type ZeroMq, zeroMq } from "./zeromq.ts";

/** Requests of one proxy that are under way at once; more of them wait. */
const MAX_LANES = 64;
/** Sockets that are kept for the next request. */
const MAX_IDLE = 4;

/** One socket to the broker, for one request at a time. */
class Lane {
  readonly socket: Dealer;
  connected = false;
  pending: PendingRequest | undefined;

  constructor(socket: Dealer) {
    this.socket = socket;
  }
}

/**
 * The way to a worker behind a broker. Answers carry no mark of their request, and that of a call that was given up may
 * still come: so each request has a socket to itself, and one whose request was given up is closed.
 */
export class BrokerLink implements Carrier {
  readonly state: Observable<CarrierState> = new Observable<CarrierState>("connecting");
  readonly #endpoint: string;
  readonly #worker: string;
  readonly #newSocket: () => Dealer;
  readonly #lanes = new Set<Lane>();
  readonly #waiting = new Set<PendingRequest>();

  private constructor(endpoint: string, worker: string, newSocket: () => Dealer) {
    this.#endpoint = endpoint;
    this.#worker = worker;
    this.#newSocket = newSocket;
    this.#addLane();
  }

  /** What leads to a worker by its broker. */
  static reach(endpoint: string, worker: string): Reach {
    return async (maxMessageBytes) => {
      const { Dealer }: ZeroMq = await zeroMq();
      const newSocket = () => new Dealer(callingSocket(endpoint, maxMessageBytes));
      return new BrokerLink(endpoint, worker, newSocket);
    };
  }

  async request(payload: Uint8Array, asking: Asking): Promise<Uint8Array> {
    asking.signal?.throwIfAborted();
    const pending = new PendingRequest(payload, asking, () => this.#ended(pending));
    this.#waiting.add(pending);
    this.#proceed();
    return await pending.answer;
  }

  release(): void {
    if (this.state.value === "closed") return;
    this.state.set("closed");
    const lanes = [...this.#lanes];
    const text = `${this.#endpoint}: the proxy was closed`;
    const reason = new ConnectionClosedError("ERR_CLOSED", text, { retry: "unknown" });
    for (const pending of [...this.#waiting, ...lanes.map((lane) => lane.pending)]) {
      pending?.reject(reason);
    }
    for (const lane of this.#lanes) this.#drop(lane);
  }

  #addLane(): Lane {
    const lane = new Lane(this.#newSocket());
    this.#lanes.add(lane);
    const { events } = lane.socket;
    events.on("connect", () => {
      if (["connecting", "lost"].includes(this.state.value)) this.state.set("met");
    });
    events.on("handshake", () => this.#connected(lane));
    events.on("disconnect", () => this.#lost(lane, "the broker went away"));
    lane.socket.connect(this.#endpoint);
    this.#read(lane).catch((error: Error) => this.#lost(lane, error.message));
    return lane;
  }

  #drop(lane: Lane): void {
    this.#lanes.delete(lane);
    lane.socket.close();
  }

  /** Gives what waits to lanes that are free. */
  #proceed(): void {
    if (this.state.value === "closed") return;
    for (const pending of this.#waiting) {
      const free = [...this.#lanes].find((lane) => lane.pending === undefined);
      if (free === undefined && this.#lanes.size >= MAX_LANES) return;
      const lane = free ?? this.#addLane();
      this.#waiting.delete(pending);
      lane.pending = pending;
      void this.#send(lane);
    }
  }

  async #send(lane: Lane): Promise<void> {
    const { pending } = lane;
    if (!lane.connected || pending === undefined || pending.sent) return;
    pending.sent = true;
    try {
      await lane.socket.send([this.#worker, pending.payload as Buffer]);
    } catch {
      // The connection has just gone: it goes out by the next.
      pending.sent = false;
    }
  }

  async #read(lane: Lane): Promise<void> {
    for await (const frames of lane.socket) {
      const { pending } = lane;
      // An acknowledgement tells nothing that a caller could use.
      if (pending === undefined) continue;
      if (frames.length === 3 && isWord(frames[1], ANSWER)) {
        lane.pending = undefined;
        pending.resolve(frames[2] as Uint8Array);
      } else if (isWord(frames.at(-1), NO_SUCH_WORKER)) {
        lane.pending = undefined;
        pending.reject(frames.length === 1 ? this.#expired() : this.#unknown());
      }
    }
  }

  /** A request is over, answered or given up. */
  #ended(pending: PendingRequest): void {
    this.#waiting.delete(pending);
    for (const lane of this.#lanes) {
      if (lane.pending !== pending) continue;
      lane.pending = undefined;
      // Its answer may still come, and must not be taken for another's.
      if (pending.sent) this.#drop(lane);
    }
    const idle = [...this.#lanes].filter((lane) => lane.pending === undefined);
    if (this.#waiting.size === 0) for (const lane of idle.slice(MAX_IDLE)) this.#drop(lane);
    if (this.#lanes.size === 0 && this.state.value !== "closed") this.#addLane();
    this.#proceed();
  }

  #connected(lane: Lane): void {
    if (this.state.value === "closed") return;
    lane.connected = true;
    if (this.state.value !== "connected") this.state.set("connected");
    void this.#send(lane);
  }

  #lost(lane: Lane, why: string): void {
    if (this.state.value === "closed" || !lane.connected) return;
    lane.connected = false;
    if (![...this.#lanes].some(({ connected }) => connected)) this.state.set("lost");
    const { pending } = lane;
    if (!pending?.sent) return;
    lane.pending = undefined;
    const text = `${this.#endpoint}: ${why} after the request was sent; it may have run`;
    pending.reject(new ConnectionClosedError("ERR_CONNECTION_LOST", text, { retry: "unknown" }));
  }

  #unknown(): DaemonError {
    return new DaemonError(
      "ERR_NO_WORKER",
      `The broker at ${this.#endpoint} knows no worker "${this.#worker}"; check the spelling, or start it`,
      { retry: "later" },
    );
  }

  #expired(): DaemonError {
    return new DaemonError(
      "ERR_NO_WORKER",
      `The worker "${this.#worker}" fell silent while it had the request, says the broker at ${this.#endpoint}; it may have run`,
      { retry: "unknown" },
    );
  }
}
