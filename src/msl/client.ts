import { setTimeout as sleep } from "node:timers/promises";
import { BunsenError, ConnectionClosedError, DaemonError, TimeoutError } from "../errors.ts";
import { type Logger, stderrLogger } from "../log.ts";
import { within } from "../net/within.ts";
import type { CallOptions } from "../objects/channel.ts";
import { createProxy } from "../objects/proxy.ts";
import type { Remote } from "../objects/remote.ts";
import type { MslWay } from "./access.ts";
import { formatMslUrl, type MslAddress } from "./address.ts";
import { MslChannel } from "./channel.ts";
import { Conversation, Pending, SHUTDOWN_MANAGER } from "./conversation.ts";
import { dialManager } from "./dialling.ts";
import { type ManagerIdentity, managerIdentityFrom } from "./identities.ts";
import { MANAGER, type NotificationMessage } from "./messages.ts";
import { PROGRAM } from "./program.ts";

/** How a client connects, and what holds for its requests. */
export interface MslClientOptions extends MslWay {
  /** How others see this client. Default `"Client"`, as in Python. */
  readonly name?: string;
  /** Milliseconds that each request may take; 0, the default, waits for ever. */
  readonly timeout?: number;
  /** Where log lines go. Default: warnings and errors, to standard error. */
  readonly logger?: Logger;
}

/** How to link with a service. */
export interface LinkOptions {
  /** Milliseconds to wait for a service that is not connected to the manager yet. Default 0. */
  readonly waitMs?: number;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the service answers a call with an error, before the caller hears of it. */
  readonly onError?: ((error: Error) => unknown) | undefined;
  /** Called when the link is ended. */
  readonly onClose?: () => unknown;
}

type State =
  | { readonly name: "idle" }
  | {
      readonly name: "connecting";
      readonly connected: Promise<Conversation>;
      readonly abort: AbortController;
    }
  | { readonly name: "connected"; readonly conversation: Conversation };

const ASK_AGAIN_MS = 500;
/** How long leave-taking may take. */
const UNLINK_MS = 2000;

/** A client of a manager: any number of links over one connection, which is made anew by the next request when it is lost. */
export class MslClient implements AsyncDisposable {
  readonly #address: MslAddress;
  readonly #options: MslClientOptions;
  readonly #logger: Logger;
  readonly #links = new Set<MslChannel>();
  #state: State = { name: "idle" };

  /** For `connectManager`. Connects with the first request. */
  constructor(address: MslAddress, options: MslClientOptions = {}) {
    this.#address = address;
    this.#options = options;
    this.#logger = options.logger ?? stderrLogger();
  }

  /** The manager's URL. */
  get uri(): string {
    return formatMslUrl(this.#address.location);
  }

  /** What the manager calls itself, such as `Manager[labpc:1875]`; empty before the first connection. */
  get managerName(): string {
    return this.#state.name === "connected" ? this.#state.conversation.connection.managerName : "";
  }

  /** How others see this client. */
  get name(): string {
    return this.#options.name ?? "Client";
  }

  /** Connects, and has the manager prove it. */
  async open(signal?: AbortSignal): Promise<void> {
    await within(this.#connected(), { signal });
  }

  /**
   * Links with a service.
   * @throws DaemonError `ERR_UNKNOWN_SERVICE`; RemoteError for one that is full or locked, with the manager's words.
   */
  async link<T = Record<string, (...args: unknown[]) => unknown>>(
    service: string,
    options: LinkOptions = {},
  ): Promise<Remote<T>> {
    return createProxy<T>(await this.openLink(service, options));
  }

  /** The calling end of a link. */
  async openLink(service: string, options: LinkOptions = {}): Promise<MslChannel> {
    const uri = formatMslUrl(this.#address.location, service);
    const channel: MslChannel = new MslChannel(this, service, uri, {
      linking: () => this.#links.add(channel),
      error: (error) => this.#toldOf(error, options),
      closed: async () => {
        await this.#unlink(channel);
        await options.onClose?.();
      },
    });
    try {
      await this.#whenThere(() => channel.open(), options);
      return channel;
    } catch (error) {
      this.#links.delete(channel);
      throw error;
    }
  }

  /** The manager counts one link for all that this client has with a service: the last one ends it. */
  async #unlink(channel: MslChannel): Promise<void> {
    if (!this.#links.delete(channel) || this.#state.name !== "connected") return;
    const { service } = channel;
    if ([...this.#links].some((other) => other.service === service)) return;
    await this.request(MANAGER, "unlink", [service], null, { timeout: UNLINK_MS }).catch(() => {});
  }

  /** What the handler throws itself must not hide what it was told of. */
  async #toldOf(error: Error, { onError }: LinkOptions): Promise<void> {
    try {
      await onError?.(error);
    } catch (failure) {
      const text = `the handler of a service's error failed itself: ${failure}`;
      this.#logger.warn({ uri: this.uri }, text);
    }
  }

  /** Tries until the service has connected to the manager, or the time is up. */
  async #whenThere(open: () => Promise<void>, { waitMs = 0, signal }: LinkOptions): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      try {
        return await within(open(), { signal });
      } catch (error) {
        const missing = error instanceof DaemonError && error.code === "ERR_UNKNOWN_SERVICE";
        const left = deadline - performance.now();
        if (!missing || left <= 0) throw error;
        await sleep(Math.min(left, ASK_AGAIN_MS), undefined, signal ? { signal } : {});
      }
    }
  }

  /** Who is connected to the manager, and what the services offer. */
  async identities(options: CallOptions = {}): Promise<ManagerIdentity> {
    return managerIdentityFrom(await this.request(MANAGER, "identity", [], null, options));
  }

  /**
   * Asks the manager for something that only an administrator may: a path such as `users_table.usernames`.
   * @throws BunsenError `ERR_LOGIN` where it would ask for a user or password that was not given.
   */
  async admin(
    path: string,
    args: readonly unknown[] = [],
    kwargs: Readonly<Record<string, unknown>> | null = null,
    options: CallOptions = {},
  ): Promise<unknown> {
    const { user = this.#address.user, password } = this.#options;
    // A question that could not be answered would cost the connection, and every other request on it.
    if (!user || !password) {
      const text = `${this.uri}: the manager asks who an administrator is; pass { user, password }`;
      throw new BunsenError("ERR_LOGIN", text);
    }
    return await this.request(MANAGER, path, args, kwargs, options);
  }

  /** Ends the manager, and with it every connection to it. For administrators. */
  async shutdownManager(options: CallOptions = {}): Promise<void> {
    await this.admin(SHUTDOWN_MANAGER, [], null, options);
  }

  /** Another connection to the same manager. */
  async spawn(name: string = this.name): Promise<MslClient> {
    const other = new MslClient(this.#address, { ...this.#options, name });
    await other.open();
    return other;
  }

  /** Sends one request and waits for its answer. Any number may be under way. */
  async request(
    service: string,
    attribute: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>> | null,
    options: CallOptions = {},
  ): Promise<unknown> {
    const { signal, timeout: timeoutMs = this.#options.timeout ?? 0 } = options;
    signal?.throwIfAborted();
    const late = () => {
      const text = `${formatMslUrl(this.#address.location, service)}: no answer to ${attribute} within ${timeoutMs} ms; it may still be running there`;
      return new TimeoutError("ERR_TIMEOUT", text, { retry: "unknown" });
    };
    let over = false;
    let forget = () => {};
    const answered = this.#connected().then((conversation) => {
      // Whoever asked may have given up while there was no connection.
      if (over) return undefined;
      const [answer, uid] = conversation.ask(service, attribute, args, kwargs);
      forget = () => conversation.forget(uid);
      return answer;
    });
    try {
      return await within(answered, { signal, timeoutMs, late });
    } finally {
      over = true;
      // An answer that comes later has nobody to go to.
      forget();
    }
  }

  /** Ends the connection and all links; whoever waits is told. The next request connects again. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { name: "idle" };
    const reason = new ConnectionClosedError("ERR_CLOSED", `${this.uri}: closed by this side`, {
      retry: "now",
    });
    if (state.name === "connected") state.conversation.connection.close(reason);
    if (state.name === "connecting") state.abort.abort(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(): Promise<Conversation> {
    const state = this.#state;
    if (state.name === "connected") return Promise.resolve(state.conversation);
    if (state.name === "connecting") return state.connected;
    const abort = new AbortController();
    const connected = within(this.#connect(abort.signal), { signal: abort.signal });
    const connecting: State = { name: "connecting", connected, abort };
    this.#state = connecting;
    connected.then(
      (conversation) => {
        if (this.#state !== connecting) return;
        this.#state = conversation.connection.closedBecause
          ? { name: "idle" }
          : { name: "connected", conversation };
      },
      () => {
        if (this.#state === connecting) this.#state = { name: "idle" };
      },
    );
    return connected;
  }

  async #connect(signal: AbortSignal): Promise<Conversation> {
    const identity = { type: "client", name: this.name, ...PROGRAM } as const;
    let conversation: Conversation | undefined;
    const pending = new Pending((notification) => this.#notify(notification));
    const connection = await dialManager(
      this.#address,
      identity,
      this.#options,
      {
        message: (message) => pending.receive(message),
        closed: (reason) => {
          pending.closed(reason);
          if (conversation) this.#lost(conversation, reason);
        },
      },
      this.#logger,
      signal,
    );
    conversation = new Conversation(connection, pending);
    try {
      // The manager says nothing of an identity that it accepts; what it sends first may be a refusal.
      const [answer] = conversation.ask(MANAGER, "identity", [], null);
      await within(answer, { signal });
      return conversation;
    } catch (error) {
      connection.abort(
        new ConnectionClosedError("ERR_CLOSED", `${connection.peer}: not let in`, { cause: error }),
      );
      throw error;
    }
  }

  #notify(notification: NotificationMessage): void {
    for (const link of this.#links) link.notify(notification);
  }

  #lost(conversation: Conversation, reason: Error): void {
    const state = this.#state;
    if (state.name !== "connected" || state.conversation !== conversation) return;
    this.#state = { name: "idle" };
    for (const link of this.#links) link.lost(reason);
  }
}
