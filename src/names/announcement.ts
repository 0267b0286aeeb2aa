import type { Logger } from "../log.ts";
import { parseUri } from "../pyro/uri.ts";
import { type LocateOptions, locateNameServer } from "./client.ts";

export interface AnnounceOptions extends LocateOptions {
  /** Tags to find the name by. */
  readonly metadata?: Iterable<string>;
  /** Refuses to replace what the name stands for already. Default false. */
  readonly safe?: boolean;
  /** Milliseconds between two looks whether the name is still there. Default 5,000. */
  readonly checkMs?: number;
}

/**
 * A name that stays registered: it is looked after from time to time, and registered again when the name server was
 * restarted without it. Each look is a short connection, since a Python name server gives each open one a thread.
 */
export class Announcement implements AsyncDisposable {
  readonly name: string;
  readonly #uri: string;
  readonly #options: AnnounceOptions;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #missing = false;
  #closed: Promise<void> | undefined;

  private constructor(name: string, uri: string, options: AnnounceOptions, logger: Logger) {
    this.name = name;
    this.#uri = uri;
    this.#options = options;
    this.#logger = logger;
  }

  /** Registers the name; rejects where the name server cannot be reached the first time. */
  static async make(
    name: string,
    uri: string,
    options: AnnounceOptions,
    logger: Logger,
  ): Promise<Announcement> {
    const announcement = new Announcement(name, uri, options, logger);
    await announcement.#register(options.safe ?? false);
    announcement.#schedule();
    return announcement;
  }

  /** Takes the name out of the name server. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#looking;
    try {
      await using names = await locateNameServer(this.#options);
      const current = await names.lookup(this.name).catch(() => undefined);
      // Somebody else may have taken the name over.
      if (current?.toString() === this.#uri) await names.remove(this.name);
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
      await using names = await locateNameServer(this.#options);
      const listed = await names.list({ prefix: this.name });
      if (listed.has(this.name)) {
        this.#missing = false;
        return;
      }
    } catch (error) {
      if (!this.#missing) {
        this.#logger.warn(
          { name: this.name, error: String(error) },
          "the name server does not answer; the name is registered again when it is back",
        );
      }
      this.#missing = true;
      return;
    }
    try {
      await this.#register(true);
      this.#logger.info({ name: this.name, uri: this.#uri }, "registered again");
    } catch (error) {
      this.#logger.warn(
        { name: this.name, error: String(error) },
        "could not register the name again",
      );
    }
  }

  /** Others look the name up and then call themselves: the most common reason why "it works here only". */
  #warnOfLoopback(nameServer: string): void {
    if (!isLoopback(this.#uri) || isLoopback(nameServer)) return;
    this.#logger.warn(
      { name: this.name, uri: this.#uri, nameServer },
      `${this.name} is announced as ${this.#uri}, which only this machine can reach, to a name server that others use; listen at an address of the network`,
    );
  }

  async #register(safe: boolean): Promise<void> {
    await using names = await locateNameServer(this.#options);
    this.#warnOfLoopback(names.uri);
    const { metadata } = this.#options;
    await names.register(
      this.name,
      this.#uri,
      metadata === undefined ? { safe } : { safe, metadata },
    );
  }
}

function isLoopback(uri: string): boolean {
  const { location } = parseUri(uri);
  if (location.kind === "unix") return true;
  return location.kind === "tcp" && /^(localhost|127\.|::1$)/.test(location.host);
}
