import type { BunsenError } from "../errors.ts";
import { Session } from "../objects/session.ts";
import type { ClassHooks, SerializerName } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { asError } from "../values/exceptions.ts";
import { Answers } from "./answering.ts";
import type { Calls } from "./calls.ts";
import type { Connection, ConnectionLimits } from "./connection.ts";
import type { PyroMessage } from "./header.ts";
import { Lending } from "./lending.ts";
import { Requests } from "./requests.ts";
import {
  DEFAULT_SERVING_OPTIONS,
  type ServingHost,
  type ServingOptions,
} from "./serving-options.ts";

/** The serving side of a connection that this end made to a Bunsen daemon: calls of what it lent to it. */
export class Callbacks {
  readonly lending: Lending;
  readonly #connection: Connection;
  readonly #host: () => ServingHost;
  readonly #options: ServingOptions;
  readonly #session = new Session();
  #handshake: unknown;
  #hooks: ClassHooks = PLAIN_HOOKS;
  #requests: Requests | undefined;

  /** @param host - Asked when the first call arrives: most connections never see one. */
  constructor(
    connection: Connection,
    calls: Calls,
    limits: ConnectionLimits,
    host: () => ServingHost,
  ) {
    this.#connection = connection;
    this.#options = { ...DEFAULT_SERVING_OPTIONS, ...limits };
    this.#host = host;
    this.lending = new Lending(connection, calls, this.#session, limits.maxCallbacks);
  }

  /** The handshake is over: what the daemon answered, and how it is spoken to. */
  open(handshake: unknown, serializer: SerializerName, hooks: ClassHooks): void {
    this.#handshake = handshake;
    this.#hooks = hooks;
    this.lending.speak(serializer, hooks);
  }

  receive(message: PyroMessage): void {
    this.#requests ??= this.#serve();
    this.#requests.receive(message);
  }

  writable(): void {
    this.#requests?.writable();
  }

  closed(reason: BunsenError): void {
    this.#requests?.closed();
    this.lending.closed(reason);
    this.#session.close((error) => {
      const fields = { error: asError(error).message };
      this.#host().logger.warn(fields, "freeing a session's resources failed");
    });
  }

  #serve(): Requests {
    const host = this.#host();
    const caller = {
      dialect: "pyro5",
      address: this.#connection.peer,
      identity: this.#connection.identity,
      certificate: this.#connection.certificate,
      handshake: this.#handshake,
      session: this.#session,
    };
    const answers = new Answers(this.#connection, host, this.#options.maxConcurrentCalls);
    answers.lending = this.lending;
    const peer = { caller, bunsen: true, lending: this.lending, hooks: this.#hooks };
    return new Requests(this.#connection, answers, host, this.#options, peer);
  }
}
