import { setTimeout as sleep } from "node:timers/promises";
import {
  type BunsenError,
  CommunicationError,
  ConnectionClosedError,
  NamingError,
  ProtocolError,
  RemoteError,
  SecurityError,
} from "../errors.ts";
import { within } from "../net/within.ts";
import { asError } from "../values/exceptions.ts";
import type { PlainRecord } from "../values/types.ts";
import type { MslWay } from "./access.ts";
import type { MslAddress } from "./address.ts";
import type { Identity, ManagerConnection } from "./connection.ts";
import { dialManager } from "./dialling.ts";
import { MANAGER, type MalformedLine, type RequestMessage } from "./messages.ts";
import { PROGRAM } from "./program.ts";
import { errorFromMessage, errorToMessage } from "./python-error.ts";
import { ServedObject, type ServiceHost } from "./served-object.ts";

/** How an object is offered as a service. */
export interface ServiceOptions extends MslWay {
  /** Clients that may be linked at once; 0, the default, is any number. */
  readonly maxClients?: number;
  /**
   * Milliseconds that requests may go on when the service is asked to end; then they are cancelled. Default 10,000.
   * An object can be asked if it exposes a method `shutdown_service`.
   */
  readonly shutdownMs?: number;
}

type State =
  | { readonly name: "connecting" }
  | { readonly name: "registered"; readonly connection: ManagerConnection }
  /** Asked to end: what is running may go on, nothing more begins. */
  | { readonly name: "ending"; readonly connection: ManagerConnection }
  | { readonly name: "left" };

const SHUTDOWN_SERVICE = "shutdown_service";
const DEFAULT_SHUTDOWN_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** As many as a Pyro connection runs at once. */
const MAX_RUNNING = 1000;
const MAX_PENDING_BYTES = 16 * 1024 * 1024;

/** One registered object, offered by one connection to a manager. It is offered again when that is lost. */
export class MslService {
  readonly name: string;
  /** Settles when the service is gone for good: closed, or asked to end by a client. Never rejects. */
  readonly left: Promise<void>;
  readonly #host: ServiceHost;
  readonly #object: ServedObject;
  readonly #address: MslAddress;
  readonly #options: ServiceOptions;
  readonly #running = new Map<RequestMessage, AbortController>();
  readonly #closing = new AbortController();
  #leave: () => void = () => {};
  #state: State = { name: "connecting" };
  #idle: (() => void) | undefined;
  #held = false;

  private constructor(
    name: string,
    host: ServiceHost,
    address: MslAddress,
    options: ServiceOptions,
  ) {
    this.name = name;
    this.#host = host;
    this.#object = new ServedObject(name, host);
    this.#address = address;
    this.#options = options;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /**
   * Registers the object with the manager. Later, when the connection is lost, that is done again by itself.
   * @throws as `connectManager`; NamingError `ERR_NAME_TAKEN`.
   */
  static async start(
    name: string,
    host: ServiceHost,
    address: MslAddress,
    options: ServiceOptions,
  ): Promise<MslService> {
    const service = new MslService(name, host, address, options);
    try {
      await service.#register();
      return service;
    } catch (error) {
      service.#enterLeft();
      throw error;
    }
  }

  /** Tells the clients that are linked. While there is no connection nobody is. */
  notify(args: readonly unknown[], kwargs: Readonly<PlainRecord>): void {
    if (this.#state.name !== "registered" && this.#state.name !== "ending") return;
    this.#state.connection.send({ kind: "notification", service: this.name, args, kwargs });
  }

  /** Takes the service off the manager; requests that are running are cancelled. May be called twice. */
  async close(): Promise<void> {
    const state = this.#state;
    const reason = new ConnectionClosedError("ERR_CLOSED", `${this.name}: closed by this side`);
    this.#enterLeft();
    if (state.name === "registered" || state.name === "ending") state.connection.close(reason);
  }

  #enterLeft(): void {
    this.#state = { name: "left" };
    this.#closing.abort();
    this.#leave();
  }

  async #register(): Promise<void> {
    const signal = this.#closing.signal;
    let connection: ManagerConnection | undefined;
    let accepted: { resolve(): void; reject(reason: unknown): void } | undefined;
    const proof = new Promise<void>((resolve, reject) => {
      accepted = { resolve, reject };
    });
    // Whoever is late, for there is an error already, need not hear of this one.
    proof.catch(() => {});
    const identity = await this.#identity();
    connection = await dialManager(
      this.#address,
      identity,
      this.#options,
      {
        message: (message) => {
          if (message.kind === "result" && message.uid === PROOF) accepted?.resolve();
          else if (message.kind === "error")
            accepted?.reject(this.#refusal(errorFromMessage(message)));
          else if (message.kind === "request") this.#receive(message);
          else if (message.kind === "malformed") this.#refuse(message);
        },
        drain: () => this.#judgeReading(),
        closed: (reason) => {
          accepted?.reject(reason);
          if (connection) this.#lost(connection, reason);
        },
      },
      this.#host.logger,
      signal,
    );
    // The manager says nothing of an identity that it accepts.
    const ask = { attribute: "identity", service: MANAGER, args: [], kwargs: {}, uid: PROOF };
    connection.send({ kind: "request", ...ask });
    this.#state = { name: "registered", connection };
    try {
      await within(proof, { signal });
    } catch (error) {
      const made = connection;
      // Not taken for a loss, after which it would connect again.
      connection = undefined;
      this.#state = { name: "connecting" };
      made.abort(new ConnectionClosedError("ERR_CLOSED", `${this.name}: not let in`));
      throw error;
    }
    this.#host.logger.info({ service: this.name, manager: connection.managerName }, "registered");
  }

  #refusal(error: Error): Error {
    const taken = error instanceof RemoteError && error.type.endsWith("NameError");
    if (!taken)
      return new SecurityError("ERR_LOGIN", `${this.name}: ${error.message}`, { cause: error });
    return new NamingError(
      "ERR_NAME_TAKEN",
      `${error.message}; end that one, or register the object under another id`,
      { retry: "later", cause: error },
    );
  }

  #lost(connection: ManagerConnection, reason: BunsenError): void {
    const state = this.#state;
    if ((state.name !== "registered" && state.name !== "ending") || state.connection !== connection)
      return;
    // Nobody can be answered any more.
    for (const running of this.#running.values()) running.abort(reason);
    this.#running.clear();
    this.#held = false;
    this.#object.closeSessions();
    this.#idle?.();
    if (state.name === "ending") {
      this.#enterLeft();
      return;
    }
    this.#state = { name: "connecting" };
    this.#host.logger.warn({ service: this.name }, `${reason.message}; it is registered again`);
    void this.#registerAgain();
  }

  async #registerAgain(): Promise<void> {
    const { signal } = this.#closing;
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !signal.aborted;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    ) {
      try {
        await sleep(pauseMs, undefined, { signal, ref: false });
        await this.#register();
        return;
      } catch (error) {
        if (signal.aborted) return;
        const { message } = error as Error;
        this.#host.logger.debug({ service: this.name }, `not registered yet: ${message}`);
      }
    }
  }

  async #identity(): Promise<Identity> {
    const { maxClients = 0 } = this.#options;
    return {
      type: "service",
      name: this.name,
      attributes: await this.#object.published(),
      max_clients: maxClients > 0 ? maxClients : -1,
      ...PROGRAM,
    };
  }

  #receive(request: RequestMessage): void {
    const state = this.#state;
    if (state.name !== "registered" && state.name !== "ending") return;
    const { connection } = state;
    if (state.name === "ending") {
      this.#fail(connection, request, new Error(`the service ${this.name} is shutting down`));
      return;
    }
    const running = new AbortController();
    this.#running.set(request, running);
    this.#judgeReading();
    void this.#serve(connection, request, running.signal).finally(() => {
      this.#running.delete(request);
      if (this.#running.size <= 1) this.#idle?.();
      this.#judgeReading();
    });
  }

  /** Whoever sent it would wait for an answer for ever. */
  #refuse({ reason, requester, uid = "" }: MalformedLine): void {
    const state = this.#state;
    if (state.name !== "registered" && state.name !== "ending") return;
    const error = new ProtocolError("ERR_BAD_REQUEST", `the request cannot be read: ${reason}`);
    this.#host.logger.warn({ service: this.name, requester }, error.message);
    state.connection.send({ kind: "error", ...errorToMessage(error), requester, uid });
  }

  async #serve(
    connection: ManagerConnection,
    request: RequestMessage,
    signal: AbortSignal,
  ): Promise<void> {
    const { attribute, requester = "", uid } = request;
    const isShutdown = attribute === SHUTDOWN_SERVICE;
    if (isShutdown) this.#state = { name: "ending", connection };
    try {
      const result = await within(this.#object.answer(request, signal), { signal });
      if (isShutdown) await this.#finish();
      connection.send({ kind: "result", result: result ?? null, requester, uid });
      if (isShutdown) await this.#end(connection);
    } catch (error) {
      this.#fail(connection, request, asError(error));
      // It would not end: then it goes on.
      if (isShutdown && this.#state.name === "ending") {
        this.#state = { name: "registered", connection };
      }
    }
  }

  #fail(
    connection: ManagerConnection,
    { requester = "", uid }: RequestMessage,
    error: Error,
  ): void {
    connection.send({ kind: "error", ...errorToMessage(error), requester, uid });
  }

  /** Waits for the other requests; those that take too long are cancelled, and answered so. */
  async #finish(): Promise<void> {
    if (this.#running.size <= 1) return;
    const finished = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    const { shutdownMs = DEFAULT_SHUTDOWN_MS } = this.#options;
    await within(finished, { timeoutMs: shutdownMs || 1 }).catch(() => {});
    const reason = new CommunicationError(
      "ERR_CANCELLED",
      `the service ${this.name} was shut down before this was done`,
      { retry: "unknown" },
    );
    for (const [request, running] of this.#running) {
      if (request.attribute !== SHUTDOWN_SERVICE) running.abort(reason);
    }
    // They are answered in this turn.
    await sleep(0);
  }

  /** It has left when the manager has read all of it: whoever waits for that may end the manager. */
  async #end(connection: ManagerConnection): Promise<void> {
    this.#host.logger.info({ service: this.name }, "shut down, as a client asked");
    this.#state = { name: "left" };
    connection.close(new ConnectionClosedError("ERR_CLOSED", `${this.name} was shut down`));
    this.#object.closeSessions();
    await connection.gone;
    this.#enterLeft();
  }

  /** While much is running, or waits to be taken, more is left with the manager. */
  #judgeReading(): void {
    const state = this.#state;
    if (state.name !== "registered") return;
    const held =
      this.#running.size >= MAX_RUNNING || state.connection.pendingBytes > MAX_PENDING_BYTES;
    if (held === this.#held) return;
    this.#held = held;
    state.connection.hold(held);
  }
}

const PROOF = "registered?";
