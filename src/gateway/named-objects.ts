import { CommunicationError, NamingError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type LocateOptions, locateNameServer, type NameServerClient } from "../names/client.ts";
import { resolveUri } from "../names/resolve.ts";
import type { Call } from "../objects/call.ts";
import type { Channel } from "../objects/channel.ts";
import { type Entry, forward } from "../objects/entry.ts";
import type { ExposedMember } from "../objects/exposed-member.ts";
import { channelOf } from "../objects/proxy.ts";
import { Lanes } from "./lanes.ts";

/** For so long a name is taken to stand for what it stood for. */
const FRESH_MS = 1000;

/** What a gateway needs of its daemon to call what a name server lists. */
export interface NamedHost {
  /** The proxy of a URI, not yet connected. */
  readonly proxyOf: (uri: string) => object;
  readonly logger: Logger;
}

interface Known {
  readonly uri: string;
  readonly object: NamedObject;
  /** Looked up last, on the clock of `performance.now()`. */
  since: number;
}

/** The objects that a name server lists, called as if they were the daemon's own. */
export class NamedObjects {
  readonly #where: LocateOptions;
  readonly #host: NamedHost;
  #server: Promise<NameServerClient> | undefined;
  readonly #known = new Map<string, Known>();
  readonly #finding = new Map<string, Promise<Entry>>();

  constructor(where: LocateOptions, host: NamedHost) {
    this.#where = where;
    this.#host = host;
  }

  /** An object that was found before. */
  get(name: string): Entry | undefined {
    return this.#known.get(name)?.object;
  }

  /** Names of those that were found. */
  names(): string[] {
    return [...this.#known.keys()];
  }

  /**
   * Finds an object and connects to it.
   * @throws NamingError `ERR_NAME_UNKNOWN`, `ERR_NO_NAME_SERVER`; CommunicationError.
   */
  find(name: string): Entry | Promise<Entry> {
    const known = this.#known.get(name);
    if (known && performance.now() - known.since < FRESH_MS) return known.object;
    let finding = this.#finding.get(name);
    if (finding === undefined) {
      finding = this.#find(name).finally(() => this.#finding.delete(name));
      this.#finding.set(name, finding);
    }
    return finding;
  }

  /** What the name server lists: names and URIs. */
  async list(): Promise<Map<string, string>> {
    return await this.#ask((server) => server.list());
  }

  /** The URI of the name server. */
  async server(): Promise<string> {
    return await this.#ask(async (server) => {
      await server.ping();
      return server.uri;
    });
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const objects = [...this.#known.values()].map(({ object }) => object.close());
    this.#known.clear();
    const closing = server?.then((client) => client.close()).catch(() => {});
    await Promise.all([closing, ...objects]);
  }

  async #find(name: string): Promise<Entry> {
    let uri: string;
    try {
      uri = `${await this.#ask(async (server) => resolveUri(await server.lookup(name), this.#where))}`;
    } catch (error) {
      if (error instanceof NamingError && error.code === "ERR_NAME_UNKNOWN") this.#forget(name);
      throw error;
    }
    const known = this.#known.get(name);
    if (known?.uri === uri) {
      known.since = performance.now();
      return known.object;
    }
    const object = new NamedObject(name, () => this.#host.proxyOf(uri));
    await object.open();
    this.#forget(name);
    this.#known.set(name, { uri, object, since: performance.now() });
    return object;
  }

  #forget(name: string): void {
    const known = this.#known.get(name);
    this.#known.delete(name);
    void known?.object.close();
  }

  /** Asks the name server, and where it was lost since, the one that is there now. */
  async #ask<T>(question: (server: NameServerClient) => Promise<T>): Promise<T> {
    const isNew = this.#server === undefined;
    const asked = this.#server ?? locateNameServer(this.#where);
    this.#server = asked;
    try {
      return await question(await asked);
    } catch (error) {
      const isLost = error instanceof CommunicationError || isNoServer(error);
      if (!isLost) throw error;
      if (this.#server === asked) this.#server = undefined;
      void asked.then((server) => server.close()).catch(() => {});
      if (isNew) throw error;
      this.#host.logger.info({ error: (error as Error).message }, "the name server is looked for");
      return await this.#ask(question);
    }
  }
}

function isNoServer(error: unknown): boolean {
  return error instanceof NamingError && error.code === "ERR_NO_NAME_SERVER";
}

/** One object elsewhere. A Bunsen peer answers any number of calls on one connection, one of Python does not. */
class NamedObject implements Entry {
  readonly id: string;
  readonly target: object;
  readonly #channel: Channel;
  readonly #lanes: Lanes;

  constructor(id: string, open: () => object) {
    this.id = id;
    this.target = open();
    this.#channel = channelOf(this.target);
    this.#lanes = new Lanes(this.#channel, () => channelOf(open()));
  }

  async open(): Promise<void> {
    try {
      await this.#channel.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get exposure(): Entry["exposure"] {
    return this.#channel.description ?? { members: new Map() };
  }

  perform(_member: ExposedMember, call: Call): Promise<unknown> {
    const { value } = this.#channel.state;
    const isBunsen = value.name === "connected" && value.peer === "Bunsen";
    return isBunsen ? forward(this.#channel, call) : this.#lanes.call(call);
  }

  close(): Promise<void> {
    return this.#lanes.close();
  }
}
