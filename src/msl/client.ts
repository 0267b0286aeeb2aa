import { randomUUID } from "node:crypto";
import { release as osRelease, type as osType } from "node:os";
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
import type { ManagerConnection } from "./connection.ts";
import { dialManager } from "./dialling.ts";
import { type ManagerIdentity, managerIdentityFrom } from "./identities.ts";
import {
  type ErrorMessage,
  MANAGER,
  type NotificationMessage,
  type ReceivedMessage,
} from "./messages.ts";
import { errorFromMessage } from "./python-error.ts";

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

interface PendingRequest {
  readonly service: string;
  readonly attribute: string;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
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
const SHUTDOWN_MANAGER = "shutdown_manager";

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

  get isConnected(): boolean {
    return this.#state.name === "connected";
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
      error: (error) => this.#toldOf(error, options),
      closed: async () => {
        this.#links.delete(channel);
        await options.onClose?.();
      },
    });
    this.#links.add(channel);
    try {
      await this.#whenThere(() => channel.open(), options);
      return channel;
    } catch (error) {
      this.#links.delete(channel);
      throw error;
    }
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

/** What peers are shown of this program. */
export const PROGRAM: Readonly<Record<"language" | "os", string>> = {
  language: `Node ${process.version.slice(1)} (Bunsen)`,
  os: `${osType()} ${osRelease()} ${process.arch}`,
};

/** One connection and the requests that are under way on it. */
class Conversation {
  readonly connection: ManagerConnection;
  readonly #pending: Pending;
  readonly #prefix = randomUUID();
  #count = 0;

  constructor(connection: ManagerConnection, pending: Pending) {
    this.connection = connection;
    this.#pending = pending;
  }

  /** @throws SerializeError; then nothing was sent. */
  ask(
    service: string,
    attribute: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>> | null,
  ): [answer: Promise<unknown>, uid: string] {
    if (this.connection.closedBecause) throw this.connection.closedBecause;
    const uid = `${this.#prefix}-${++this.#count}`;
    this.connection.send({
      kind: "request",
      service,
      attribute,
      args,
      kwargs: kwargs ?? {},
      uid,
    });
    return [this.#pending.open(uid, service, attribute), uid];
  }

  forget(uid: string): void {
    this.#pending.forget(uid);
  }
}

/** Requests that wait for their answers, oldest first. */
class Pending {
  readonly #requests = new Map<string, PendingRequest>();
  readonly #onNotification: (notification: NotificationMessage) => void;

  constructor(onNotification: (notification: NotificationMessage) => void) {
    this.#onNotification = onNotification;
  }

  open(uid: string, service: string, attribute: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#requests.set(uid, { service, attribute, resolve, reject });
    });
  }

  forget(uid: string): void {
    this.#requests.delete(uid);
  }

  receive(message: ReceivedMessage): void {
    switch (message.kind) {
      case "notification":
        this.#onNotification(message);
        return;
      case "result":
        this.#take(message.uid)?.resolve(message.result);
        return;
      case "error":
        this.#fail(message);
    }
  }

  closed(reason: BunsenError): void {
    for (const request of this.#requests.values()) {
      // The manager ends without an answer: that is the answer.
      if (request.attribute === SHUTDOWN_MANAGER && request.service === MANAGER) {
        request.resolve(undefined);
      } else request.reject(reason);
    }
    this.#requests.clear();
  }

  #fail(message: ErrorMessage): void {
    const gone = GONE.exec(message.message)?.[1];
    if (gone !== undefined && message.uid === "") {
      // Python's manager does not say which request it is about; none to that service will have an answer.
      for (const [uid, { service, reject }] of this.#requests) {
        if (service !== gone) continue;
        this.#requests.delete(uid);
        reject(serviceGone(gone, message));
      }
      return;
    }
    const request = this.#take(message.uid);
    if (request === undefined) return;
    request.reject(gone === undefined ? errorFromMessage(message) : serviceGone(gone, message));
  }

  /** Answers without an id are about requests to the manager, which answers in order. */
  #take(uid: unknown): PendingRequest | undefined {
    const found = uid === "" ? this.#oldestToManager() : String(uid);
    if (found === undefined) return undefined;
    const request = this.#requests.get(found);
    this.#requests.delete(found);
    return request;
  }

  #oldestToManager(): string | undefined {
    for (const [uid, { service }] of this.#requests) if (service === MANAGER) return uid;
    return undefined;
  }
}

/** How managers of every release say that a service is not there. */
const GONE = /'([^']*)' [Ss]ervice (?:is not connected to|does not exist)/;

function serviceGone(service: string, { message }: ErrorMessage): DaemonError {
  return new DaemonError(
    "ERR_UNKNOWN_SERVICE",
    `no service "${service}" is connected to the manager (${message}); "bunsen msl identities HOST" lists those it has`,
    { retry: "later" },
  );
}
