import { DaemonError, NamingError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ConnectManagerOptions, ManagerIdentity, MslClient } from "../msl/index.ts";
import { type Entry, makeEntry } from "../objects/entry.ts";

/** A manager of MSL-Network: its URL, `msl://host:1875`, or that with how to get in. */
export type GatewayManager = string | ({ readonly url: string } & ConnectManagerOptions);

/** What a manager may take to connect, or to answer what it has. */
const PATIENCE_MS = 10_000;

/** The services of a manager, called as if they were the daemon's own. One connection leads to all of them. */
export class ManagedObjects {
  readonly url: string;
  readonly #options: ConnectManagerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #finding = new Map<string, Promise<Entry>>();
  #client: Promise<MslClient> | undefined;

  constructor(manager: GatewayManager, logger: Logger) {
    const { url, ...options } = typeof manager === "string" ? { url: manager } : manager;
    this.url = url;
    const { connectTimeoutMs = PATIENCE_MS } = options;
    this.#options = { name: "Gateway", logger, ...options, connectTimeoutMs };
  }

  /** A service that was found before. */
  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** Names of those that were found. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Links with a service.
   * @throws NamingError `ERR_NAME_UNKNOWN`; CommunicationError, SecurityError.
   */
  find(name: string): Entry | Promise<Entry> {
    const known = this.#entries.get(name);
    if (known) return known;
    let finding = this.#finding.get(name);
    if (finding === undefined) {
      finding = this.#link(name).finally(() => this.#finding.delete(name));
      this.#finding.set(name, finding);
    }
    return finding;
  }

  /** What the manager tells of itself and of its services. */
  async identity(): Promise<ManagerIdentity> {
    const client = await this.#connected();
    return await client.identities({ timeout: PATIENCE_MS });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#entries.clear();
    await client?.then((made) => made.close()).catch(() => {});
  }

  async #link(name: string): Promise<Entry> {
    const client = await this.#connected();
    try {
      const entry = makeEntry(name, await client.link(name), {});
      this.#entries.set(name, entry);
      return entry;
    } catch (error) {
      if (!(error instanceof DaemonError) || error.code !== "ERR_UNKNOWN_SERVICE") throw error;
      throw new NamingError("ERR_NAME_UNKNOWN", `unknown name: ${name}`, { cause: error });
    }
  }

  /** The client connects again by itself; only one that never was there is made anew. */
  #connected(): Promise<MslClient> {
    const connecting = this.#client ?? this.#connect();
    this.#client = connecting;
    connecting.catch(() => {
      if (this.#client === connecting) this.#client = undefined;
    });
    return connecting;
  }

  async #connect(): Promise<MslClient> {
    const { connectManager } = await import("../msl/index.ts");
    return await connectManager(this.url, this.#options);
  }
}
