import type { Dealer } from "zeromq";
import { type BunsenError, ConnectionClosedError } from "../errors.ts";
import { Observable } from "../objects/observable.ts";
import { zeroMq } from "./zeromq.ts";

export type LinkState = "connecting" | "connected" | "lost" | "closed";

interface Pending {
  readonly payload: Uint8Array;
  sent: boolean;
  resolve(answer: Uint8Array): void;
  reject(reason: Error): void;
}

/**
 * One socket to one server, for however many proxies: each request carries an id before the delimiter, which a server of
 * any generation gives back. So answers find their request, in whatever order and however late they come.
 *
 * ZeroMQ would keep requests for a server that is away, and carry them out when it is back, long after the caller has
 * given up. Here they wait on our side, and only as long as somebody waits for them.
 */
export class Link {
  readonly endpoint: string;
  readonly state: Observable<LinkState> = new Observable<LinkState>("connecting");
  readonly #socket: Dealer;
  readonly #pending = new Map<string, Pending>();
  #next = 0;
  #sending: Promise<void> = Promise.resolve();
  #users = 0;

  private constructor(endpoint: string, socket: Dealer) {
    this.endpoint = endpoint;
    this.#socket = socket;
    const { events } = socket;
    events.on("handshake", () => this.#connected());
    events.on("disconnect", () => this.#lost());
    socket.connect(endpoint);
    void this.#read();
  }

  /** A link to the endpoint, shared with whoever has one; `release` gives it back. */
  static async to(endpoint: string): Promise<Link> {
    const { Dealer } = await zeroMq();
    let link = links.get(endpoint);
    if (link === undefined) {
      // Nothing is kept for later when the socket closes.
      link = new Link(
        endpoint,
        new Dealer({ linger: 0, reconnectInterval: 100, reconnectMaxInterval: 2000 }),
      );
      links.set(endpoint, link);
    }
    link.#users++;
    return link;
  }

  /**
   * Sends a request once there is a connection.
   * @throws The signal's reason, which may be a time-out; ConnectionClosedError `ERR_CONNECTION_LOST` where the server went
   *   away after the request was sent.
   */
  request(payload: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const id = this.#next++;
    const key = id.toString(16).padStart(8, "0");
    return new Promise((resolve, reject) => {
      const aborted = () => settle(() => reject(signal.reason));
      const settle = (how: () => void) => {
        signal.removeEventListener("abort", aborted);
        this.#pending.delete(key);
        how();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", aborted);
      this.#pending.set(key, {
        payload,
        sent: false,
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (reason) => settle(() => reject(reason)),
      });
      if (this.state.value === "connected") this.#send(key);
    });
  }

  /** True once a request was given to the socket. */
  get connected(): boolean {
    return this.state.value === "connected";
  }

  /** Closes the socket when nobody uses it any more. */
  release(): void {
    if (--this.#users > 0) return;
    links.delete(this.endpoint);
    this.state.set("closed");
    this.#socket.close();
    const reason = new ConnectionClosedError(
      "ERR_CLOSED",
      `${this.endpoint}: the proxy was closed`,
    );
    for (const pending of [...this.#pending.values()]) pending.reject(reason);
  }

  #send(key: string): void {
    this.#sending = this.#sending.then(async () => {
      const pending = this.#pending.get(key);
      // Given up, or the connection went while it waited for its turn.
      if (pending === undefined || pending.sent || !this.connected) return;
      pending.sent = true;
      try {
        await this.#socket.send([key, "", pending.payload as Buffer]);
      } catch (cause) {
        pending.reject(
          new ConnectionClosedError("ERR_CONNECTION_LOST", `${this.endpoint}: sending failed`, {
            cause,
          }),
        );
      }
    });
  }

  async #read(): Promise<void> {
    for await (const [key, , payload] of this.#socket) {
      // Whoever waited may be gone: then nobody gets the answer.
      if (key && payload) this.#pending.get(key.toString("latin1"))?.resolve(payload);
    }
  }

  #connected(): void {
    if (this.state.value === "closed") return;
    this.state.set("connected");
    for (const [key, { sent }] of this.#pending) if (!sent) this.#send(key);
  }

  #lost(): void {
    if (this.state.value === "closed") return;
    this.state.set("lost");
    const text = `${this.endpoint}: the server went away after the request was sent; it may have run`;
    const reason = new ConnectionClosedError("ERR_CONNECTION_LOST", text, { retry: "unknown" });
    for (const pending of [...this.#pending.values()]) if (pending.sent) pending.reject(reason);
  }
}

const links = new Map<string, Link>();

/** A signal that aborts with `signal`, or when the time is up. */
export function limited(
  signal: AbortSignal | undefined,
  timeoutMs: number,
  expired: () => BunsenError,
): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  const timer =
    timeoutMs > 0 ? setTimeout(() => controller.abort(expired()), timeoutMs) : undefined;
  return {
    signal: controller.signal,
    done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}
