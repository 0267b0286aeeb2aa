import { BunsenError, SecurityError } from "../errors.ts";
import type { Caller } from "../objects/call.ts";
import { currentContext } from "../objects/context.ts";
import type { Session } from "../objects/session.ts";
import type { Happening } from "./events.ts";
import { ADD_CONTROLLER, type Asker, type Policy } from "./policies.ts";
import { summaryOf } from "./summary.ts";
import { MODEL, type Who } from "./who.ts";

/** One connection that registered, as `listControllers` tells it. */
export interface ControllerInfo extends Who {
  /** UTC, with milliseconds. */
  readonly since: string;
}

export const DEFAULT_ROLE = "controller";

export interface ControllersOptions {
  readonly policies: readonly Policy[];
  /** More that register are refused. */
  readonly maxControllers: number;
  readonly report: (happening: Happening) => void;
}

/** A connection that asked for something; the same object as long as the connection lives. */
class Connection implements Asker {
  readonly #caller: Caller;
  /** What it registered as, while it is. */
  registration:
    | { readonly identity: string; readonly role: string; readonly since: string }
    | undefined;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get identity(): string {
    return this.#caller.identity ?? this.registration?.identity ?? this.address;
  }
  get proved(): boolean {
    return this.#caller.identity !== undefined;
  }
  get role(): string | undefined {
    return this.registration?.role;
  }
  get dialect(): string {
    return this.#caller.dialect;
  }
  get address(): string {
    return this.#caller.address;
  }
  get registered(): boolean {
    return this.registration !== undefined;
  }
  get connected(): boolean {
    return !this.#caller.session.closed;
  }
}

/** Who may change the model: connections that registered, and what the policy says of them. */
export class Controllers {
  readonly #options: ControllersOptions;
  readonly #connections = new WeakMap<Session, Connection>();
  readonly #registered = new Set<Connection>();

  constructor(options: ControllersOptions) {
    this.#options = options;
  }

  /** Who makes the call that is running; the model's own program outside one. */
  asker(): Asker | undefined {
    const caller = currentContext()?.caller;
    return caller && this.#connectionOf(caller);
  }

  /** Who makes the call that is running, as it is now. */
  who(): Who {
    return whoIs(this.asker());
  }

  /**
   * Registers the connection of the call that is running.
   * @returns its identity.
   */
  async add(identity: string | undefined, role: string): Promise<string> {
    const connection = this.#calling(ADD_CONTROLLER);
    const name = identity ?? connection.identity;
    try {
      await this.#admit(connection, identity, [name, role]);
    } catch (error) {
      const asked = {
        who: whoIs(connection),
        operation: ADD_CONTROLLER,
        args: summaryOf([name, role]),
      };
      this.#options.report({ event: "refused", reason: (error as Error).message, ...asked });
      throw error;
    }
    const { registration } = connection;
    if (registration?.identity === name && registration.role === role) return name;
    this.#remove(connection, "registered anew");
    connection.registration = { identity: name, role, since: new Date().toISOString() };
    this.#registered.add(connection);
    this.#options.report({ event: "controller-added", who: whoIs(connection) });
    return name;
  }

  async #admit(
    connection: Connection,
    identity: string | undefined,
    args: readonly unknown[],
  ): Promise<void> {
    if (identity !== undefined) this.#checkName(connection, identity);
    await this.judge(connection, ADD_CONTROLLER, args);
    if (!connection.connected) throw gone(connection.identity);
    if (
      !this.#registered.has(connection) &&
      this.#registered.size >= this.#options.maxControllers
    ) {
      throw new BunsenError(
        "ERR_MODEL_FULL",
        `${this.#registered.size} controllers are registered already (maxControllers); try again later`,
        { retry: "later" },
      );
    }
    // Asked again: it may be that another took the name while the policy thought.
    if (identity !== undefined) this.#checkName(connection, identity);
  }

  /** Takes the registration of the calling connection back; without one nothing happens. */
  remove(identity: string | undefined): void {
    const connection = this.#calling("removeController");
    this.agree(connection, identity);
    this.#remove(connection, "removed itself");
  }

  isRegistered(identity: string): boolean {
    return [...this.#registered].some((connection) => connection.identity === identity);
  }

  list(): ControllerInfo[] {
    return [...this.#registered].map((connection) => ({
      ...whoIs(connection),
      since: connection.registration?.since ?? "",
    }));
  }

  /** @throws SecurityError `ERR_CONTROLLER_MISMATCH` where an argument says another name than the connection. */
  agree(asker: Asker | undefined, identity: string | undefined): void {
    const own = asker?.identity ?? MODEL.identity;
    if (identity === undefined || identity === own) return;
    const hint = asker?.proved
      ? `it is ${own}`
      : `call addController(${JSON.stringify(identity)}) on this connection first`;
    throw new SecurityError(
      "ERR_CONTROLLER_MISMATCH",
      `this connection is not registered as ${JSON.stringify(identity)}, and a name alone proves nothing: ${hint}`,
    );
  }

  /** @throws SecurityError `ERR_CHANGE_REFUSED` with the reason. */
  async judge(asker: Asker, operation: string, args: readonly unknown[]): Promise<void> {
    for (const policy of this.#options.policies) {
      const verdict = await policy(asker, operation, args);
      // Whatever is not a clear yes is a no.
      if (verdict === true) continue;
      throw new SecurityError(
        "ERR_CHANGE_REFUSED",
        `${asker.identity} may not ${operation}: ${verdict || "refused"}`,
      );
    }
  }

  #calling(operation: string): Connection {
    const caller = currentContext()?.caller;
    if (caller) return this.#connectionOf(caller);
    throw new BunsenError(
      "ERR_NO_CALL",
      `${operation} registers the connection of a remote caller; the program that has the model needs no registration`,
    );
  }

  #connectionOf(caller: Caller): Connection {
    const { session } = caller;
    let connection = this.#connections.get(session);
    if (connection === undefined) {
      const made = new Connection(caller);
      connection = made;
      this.#connections.set(session, made);
      session.onClose(() => this.#remove(made, "its connection was closed"));
    }
    return connection;
  }

  #checkName(connection: Connection, identity: string): void {
    if (connection.proved) this.agree(connection, identity);
    const taken = [...this.#registered].some(
      (other) => other !== connection && other.identity === identity && !connection.proved,
    );
    if (taken || identity === MODEL.identity) {
      throw new SecurityError(
        "ERR_IDENTITY_TAKEN",
        `another controller is registered as ${JSON.stringify(identity)}; choose another name, or prove this one with a key`,
      );
    }
  }

  #remove(connection: Connection, reason: string): void {
    if (!this.#registered.delete(connection)) return;
    const who = whoIs(connection);
    connection.registration = undefined;
    this.#options.report({ event: "controller-removed", who, reason });
  }
}

/** A copy, for a record: what registers as something else later was not that before. */
export function whoIs(asker: Asker | undefined): Who {
  if (asker === undefined) return MODEL;
  const { identity, proved, role, dialect, address } = asker;
  return { identity, proved, role, dialect, address };
}

function gone(identity: string): SecurityError {
  return new SecurityError("ERR_CHANGE_REFUSED", `${identity} is not connected any more`);
}
