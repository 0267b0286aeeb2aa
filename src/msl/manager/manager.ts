import { hostname } from "node:os";
import { BunsenError } from "../../errors.ts";
import { SILENT } from "../../log.ts";
import type { Location } from "../../net/location.ts";
import { type Acceptor, listen } from "../../net/socket.ts";
import type { PlainRecord } from "../../values/types.ts";
import { MANAGER_PORT } from "../messages.ts";
import { fingerprintOf } from "./certificates.ts";
import type { Credentials } from "./credentials.ts";
import { ManagerDatabase } from "./database.ts";
import { LeveledLogger } from "./log-level.ts";
import {
  authenticationOf,
  credentialsOf,
  homeOf,
  limitsOf,
  type ManagerOptions,
} from "./options.ts";
import { Switchboard, type SwitchboardContext } from "./switchboard.ts";

/** A port that says nothing, such as that of a proxy's probe, is not kept for long. */
const TLS_HANDSHAKE_MS = 10_000;

/**
 * The manager of a network: clients and services connect to it, and it passes requests, replies and notifications on.
 * Peers of MSL-Network 0.5 and 1.x, of Python or ours, may be connected at once.
 *
 * ```ts
 * await using manager = await Manager.start({ host: "0.0.0.0", authLogin: true });
 * ```
 */
export class Manager implements AsyncDisposable {
  /** The name of this computer, by which peers know the manager. */
  readonly hostname: string;
  readonly port: number;
  /** Where its certificate is, and what it looks like to those who must trust it; undefined without TLS. */
  readonly certificate: { readonly file: string; readonly fingerprint: string } | undefined;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #acceptor: Acceptor;
  readonly #database: ManagerDatabase;
  readonly #switchboard: Switchboard;
  #open = true;

  /**
   * Starts a manager. On the first start it makes a key and a certificate for itself, unless it is given some.
   * @throws CommunicationError `ERR_LISTEN`; BunsenError `ERR_BAD_OPTION`, `ERR_DATABASE`, `ERR_KEY`, `ERR_FILE`.
   */
  static async start(options: ManagerOptions = {}): Promise<Manager> {
    const authentication = authenticationOf(options);
    const credentials = await credentialsOf(options);
    const database = await ManagerDatabase.open(options.database ?? homeOf(options).database);
    try {
      if (authentication.by === "login") requireUsers(database);
      const logger = new LeveledLogger(options.logger ?? SILENT);
      const parts = { authentication, credentials, database, logger, limits: limitsOf(options) };
      return await Manager.#listen(options, parts);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  static async #listen(options: ManagerOptions, parts: Parts): Promise<Manager> {
    const { host = "127.0.0.1", port = MANAGER_PORT } = options;
    const location: Location = { kind: "tcp", host, port };
    const { credentials: tls, logger } = parts;
    const onRefused = (peer: string, error: Error) =>
      logger.warn({ peer, code: "ERR_TLS" }, `${peer}: TLS failed: ${error.message}`);
    let accept: Switchboard["accept"] | undefined;
    const acceptor = await listen(
      location,
      { tls, handshakeTimeoutMs: TLS_HANDSHAKE_MS, onRefused },
      (stream) => accept?.(stream),
    );
    const manager = new Manager(acceptor, parts);
    accept = (stream) => manager.#switchboard.accept(stream);
    return manager;
  }

  private constructor(acceptor: Acceptor, { credentials, ...parts }: Parts) {
    this.hostname = hostname();
    this.port = acceptor.location.kind === "tcp" ? acceptor.location.port : 0;
    this.certificate = credentials && {
      file: credentials.certFile,
      fingerprint: fingerprintOf(credentials.cert),
    };
    this.#acceptor = acceptor;
    this.#database = parts.database;
    const { hostname: name, port } = this;
    const shutDown = () => void this.close();
    this.#switchboard = new Switchboard({ ...parts, hostname: name, port, shutDown });
  }

  /** `host:port`, with the name of this computer. */
  get address(): string {
    return `${this.hostname}:${this.port}`;
  }

  /** Connections that are open, whether they said who they are or not. */
  get connections(): number {
    return this.#switchboard.connections;
  }

  /** Fulfilled once the manager has stopped: after `close`, or since an administrator asked for it. */
  get closed(): Promise<void> {
    return this.#stopped.promise;
  }

  /** What the manager says of itself, and of the clients and services that are connected. */
  identity(): PlainRecord {
    return this.#switchboard.identity();
  }

  /** Stops listening and disconnects everybody. May be called twice. */
  async close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      await this.#acceptor.close();
      this.#switchboard.close();
      this.#database.close();
      this.#stopped.resolve();
    }
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What is opened, and what the options come to, before the manager listens. */
interface Parts extends Omit<SwitchboardContext, "hostname" | "port" | "shutDown"> {
  readonly credentials: Credentials | undefined;
}

function requireUsers(database: ManagerDatabase): void {
  if (database.users.list().length > 0) return;
  throw new BunsenError(
    "ERR_BAD_OPTION",
    `The 'auth_users' table is empty, no one could log in: add a user to ${database.path} with "bunsen manager users add"`,
  );
}
