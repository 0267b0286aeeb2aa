import type { Dealer } from "zeromq";
import { ConnectionClosedError } from "../errors.ts";
import { Observable } from "../objects/observable.ts";
import { type Asking, type Carrier, type CarrierState, PendingRequest } from "./carrier.ts";
import { callingSocket, zeroMq } from "./zeromq.ts";

/** Requests that a server has at once; more of them wait here. A server of ours takes 64 and lets 1,000 wait. */
const MAX_SENT = 1000;

/**
 * One socket to one server, for however many proxies: each request carries an id before the delimiter, which a server of
 * any generation gives back. So answers find their request, in whatever order and however late they come.
 *
 * ZeroMQ would keep requests for a server that is away, and carry them out when it is back, long after the caller has
 * given up. Here they wait on our side, and only as long as somebody waits for them.
 */
export class Link implements Carrier {
  readonly state: Observable<CarrierState> = new Observable<CarrierState>("connecting");
  readonly #endpoint: string;
  readonly #socket: Dealer;
  readonly #pending = new Map<string, PendingRequest>();
  /** Of those, the ones that are to be sent, oldest first. */
  readonly #unsent = new Set<string>();
  readonly #users = new Set<object>();
  readonly #unlist: () => void;
  #next = 0;
  #sending: Promise<void> = Promise.resolve();

  private constructor(endpoint: string, socket: Dealer, unlist: () => void) {
    this.#endpoint = endpoint;
    this.#socket = socket;
    this.#unlist = unlist;
    const { events } = socket;
    events.on("connect", () => this.#met());
    events.on("handshake", () => this.#connected());
    events.on("disconnect", () => this.#lost("the server went away after the request was sent"));
    socket.connect(endpoint);
    this.#read().catch((error: Error) => this.#lost(error.message));
  }

  /** A link to the endpoint, shared with whoever has one, until `release(owner)`. */
  static async to(endpoint: string, maxMessageBytes: number, owner: object): Promise<Link> {
    const { Dealer } = await zeroMq();
    const key = `${endpoint} ${maxMessageBytes}`;
    let link = links.get(key);
    if (link === undefined) {
      const socket = new Dealer(callingSocket(endpoint, maxMessageBytes));
      link = new Link(endpoint, socket, () => links.delete(key));
      links.set(key, link);
    }
    link.#users.add(owner);
    return link;
  }

  async request(payload: Uint8Array, asking: Asking): Promise<Uint8Array> {
    asking.signal?.throwIfAborted();
    const key = (this.#next++).toString(16).padStart(8, "0");
    const pending = new PendingRequest(payload, asking, () => this.#ended(key));
    this.#pending.set(key, pending);
    this.#unsent.add(key);
    this.#proceed();
    return await pending.answer;
  }

  release(owner: object): void {
    if (!this.#users.delete(owner)) return;
    const text = `${this.#endpoint}: the proxy was closed`;
    const reason = new ConnectionClosedError("ERR_CLOSED", text, { retry: "unknown" });
    for (const pending of [...this.#pending.values()]) {
      if (pending.owner === owner) pending.reject(reason);
    }
    if (this.#users.size > 0) return;
    this.#unlist();
    this.state.set("closed");
    this.#socket.close();
  }

  #ended(key: string): void {
    this.#pending.delete(key);
    this.#unsent.delete(key);
    this.#proceed();
  }

  /** Sends what the server has room for. */
  #proceed(): void {
    if (this.state.value !== "connected") return;
    for (const key of this.#unsent) {
      if (this.#pending.size - this.#unsent.size >= MAX_SENT) return;
      this.#unsent.delete(key);
      this.#send(key);
    }
  }

  #send(key: string): void {
    this.#sending = this.#sending.then(async () => {
      const pending = this.#pending.get(key);
      if (pending === undefined) return; // given up
      pending.sent = this.state.value === "connected";
      try {
        if (pending.sent) await this.#socket.send([key, "", pending.payload as Buffer]);
      } catch {
        pending.sent = false;
      }
      // The connection has just gone: it goes out by the next.
      if (!pending.sent && this.#pending.has(key)) this.#unsent.add(key);
    });
  }

  async #read(): Promise<void> {
    for await (const [key, , payload] of this.#socket) {
      // Whoever waited may be gone: then nobody gets the answer.
      if (key && payload) this.#pending.get(key.toString("latin1"))?.resolve(payload);
    }
  }

  #met(): void {
    if (this.state.value === "connecting" || this.state.value === "lost") this.state.set("met");
  }

  #connected(): void {
    if (this.state.value === "closed") return;
    this.state.set("connected");
    this.#proceed();
  }

  #lost(why: string): void {
    if (this.state.value !== "connected") return;
    this.state.set("lost");
    const text = `${this.#endpoint}: ${why}; it may have run`;
    const reason = new ConnectionClosedError("ERR_CONNECTION_LOST", text, { retry: "unknown" });
    for (const pending of [...this.#pending.values()]) if (pending.sent) pending.reject(reason);
  }
}

/** Sockets in use, by where they lead: ZeroMQ's way is one for all that is asked there. */
const links = new Map<string, Link>();
