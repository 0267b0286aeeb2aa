import { NamingError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { hostNameProblem, isLoopback } from "../net/addresses.ts";
import { formatLocation, parseUri } from "../pyro/uri.ts";
import { type LocateOptions, locateNameServer, type NameServerClient, tagsOf } from "./client.ts";

/** How a name is registered and looked after. */
export interface AnnounceOptions extends LocateOptions {
  /** Tags to find the name by. */
  readonly metadata?: Iterable<string>;
  /** Refuses to replace what the name stands for already. Default false. */
  readonly safe?: boolean;
  /** Milliseconds between two looks whether the name is still there. Default 5,000. */
  readonly checkMs?: number;
}

/** How the last look went; each is logged once, when it begins. */
type Standing = "registered" | "unreachable" | "taken";

/** How long a name server may keep a daemon from closing. */
const FAREWELL_MS = 2000;

/**
 * A name that stays registered: it is looked after from time to time, and registered again when the name server was
 * restarted without it. Each look is a short connection, since a Python name server gives each open one a thread.
 */
export class Announcement implements AsyncDisposable {
  readonly name: string;
  readonly #uriFrom: (local: string | undefined) => string;
  readonly #options: AnnounceOptions;
  /** Taken at once: what was given may be iterable only once. */
  readonly #metadata: readonly string[] | undefined;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #standing: Standing = "registered";
  /** Where the name server was the last time. */
  #where: Pick<LocateOptions, "host" | "port"> = {};
  /** What is registered: the address depends on the network that leads to the name server. */
  #uri = "";
  #closed: Promise<void> | undefined;
  #unlist: () => void = () => {};

  private constructor(
    name: string,
    uriFrom: (local: string | undefined) => string,
    options: AnnounceOptions,
    logger: Logger,
  ) {
    this.name = name;
    this.#uriFrom = uriFrom;
    this.#options = options;
    this.#metadata = options.metadata === undefined ? undefined : tagsOf(options.metadata);
    this.#logger = logger;
  }

  /**
   * Registers the name; rejects where the name server cannot be reached the first time.
   * @param uriFrom - The URI for those who see this machine at an address, as the name server does.
   */
  static async make(
    name: string,
    uriFrom: (local: string | undefined) => string,
    options: AnnounceOptions,
    logger: Logger,
  ): Promise<Announcement> {
    const announcement = new Announcement(name, uriFrom, options, logger);
    await announcement.#withNames((names) => announcement.#registerFirst(names));
    announcement.#schedule();
    return announcement;
  }

  /** The URI that the name stands for. */
  get uri(): string {
    return this.#uri;
  }

  /** Runs `action` when it is closed. */
  onClose(action: () => void): void {
    this.#unlist = action;
  }

  /** Takes the name out of the name server, unless it stands for something else by now. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#unlist();
    clearTimeout(this.#timer);
    await this.#looking;
    try {
      // Where it was the last time, and not by a search: it may be gone, and we are in a hurry.
      const timeout = Math.min(this.#options.timeout ?? FAREWELL_MS, FAREWELL_MS);
      await using names = await locateNameServer({ ...this.#options, ...this.#where, timeout });
      if ((await this.#registeredUri(names)) === this.#uri) await names.remove(this.name);
    } catch (error) {
      this.#logger.debug(
        { name: this.name, error: String(error) },
        "the name could not be removed",
      );
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#schedule());
    }, this.#options.checkMs ?? 5000).unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#withNames(async (names) => {
        const uri = await this.#registeredUri(names);
        if (uri === undefined) await this.#registerAgain(names);
        else if (uri === this.#uri) await this.#keepUp(names);
        else this.#warn("taken", `the name was taken over by ${uri}; it is left to it`);
      });
    } catch (error) {
      const text = `the name cannot be looked after; it is registered again as soon as that works: ${error instanceof Error ? error.message : error}`;
      this.#warn("unreachable", text);
    }
  }

  /** What leads here may have moved: the port at the far end of a tunnel that was broken. */
  async #keepUp(names: NameServerClient): Promise<void> {
    this.#standing = "registered";
    const uri = this.#uriFrom(names.localHost);
    if (uri === this.#uri) return;
    this.#uri = uri;
    await this.#register(names, false);
    this.#logger.info({ name: this.name, uri }, "moved");
  }

  async #registerAgain(names: NameServerClient): Promise<void> {
    this.#uri = this.#uriFrom(names.localHost);
    // Safe: somebody may have been faster.
    await this.#register(names, true);
    this.#standing = "registered";
    this.#logger.info({ name: this.name, uri: this.#uri }, "registered again");
  }

  #warn(standing: Standing, message: string): void {
    if (this.#standing === standing) return;
    this.#standing = standing;
    this.#logger.warn({ name: this.name, uri: this.#uri }, `${this.name}: ${message}`);
  }

  async #registeredUri(names: NameServerClient): Promise<string | undefined> {
    try {
      return (await names.lookup(this.name)).toString();
    } catch (error) {
      if (error instanceof NamingError && error.code === "ERR_NAME_UNKNOWN") return undefined;
      throw error;
    }
  }

  async #withNames(work: (names: NameServerClient) => Promise<void>): Promise<void> {
    await using names = await locateNameServer(this.#options);
    this.#where = whereIs(names.uri);
    await work(names);
  }

  async #registerFirst(names: NameServerClient): Promise<void> {
    this.#uri = this.#uriFrom(names.localHost);
    await this.#warnOfAddress(names.uri);
    await this.#register(names, this.#options.safe ?? false);
  }

  /** Others look the name up and then call themselves: the most common reason why "it works here only". */
  async #warnOfAddress(nameServer: string): Promise<void> {
    if (isLocal(nameServer)) return;
    const { location } = parseUri(this.#uri);
    const problem = isLocal(this.#uri)
      ? "only this machine can reach that"
      : location.kind === "tcp" && (await hostNameProblem(location.host));
    if (!problem) return;
    this.#logger.warn(
      { name: this.name, uri: this.#uri, nameServer },
      `${this.name} is announced as ${this.#uri} to a name server that others use, but ${problem}; listen at an address of the network`,
    );
  }

  async #register(names: NameServerClient, safe: boolean): Promise<void> {
    const metadata = this.#metadata;
    await names.register(this.name, this.#uri, metadata ? { safe, metadata } : { safe });
  }
}

function whereIs(nameServer: string): Pick<LocateOptions, "host" | "port"> {
  const { location } = parseUri(nameServer);
  if (location.kind === "tcp") return { host: location.host, port: location.port };
  return location.kind === "unix" ? { host: formatLocation(location) } : {};
}

function isLocal(uri: string): boolean {
  const { location } = parseUri(uri);
  return location.kind === "unix" || (location.kind === "tcp" && isLoopback(location.host));
}
