import { CommunicationError, NamingError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type LocateOptions, locateNameServer, type NameServerClient } from "../names/client.ts";
import { resolveUri } from "../names/resolve.ts";
import type { Call } from "../objects/call.ts";
import type { Channel } from "../objects/channel.ts";
import { type Entry, forward } from "../objects/entry.ts";
import type { ExposedMember } from "../objects/exposed-member.ts";
import { channelOf } from "../objects/proxy.ts";

/** For so long a name is taken to stand for what it stood for. */
const FRESH_MS = 1000;
/** Connections to one object of Python, whose server does one call after the other on each. */
const MAX_CHANNELS = 16;

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

/**
 * One object elsewhere. A Bunsen peer answers any number of calls on one connection; one of Python does one after the
 * other, so a slow call would keep all others waiting: there are as many connections as calls at once, up to a bound.
 */
class NamedObject implements Entry {
  readonly id: string;
  readonly target: object;
  readonly #open: () => object;
  readonly #channels: { readonly channel: Channel; calls: number }[] = [];

  constructor(id: string, open: () => object) {
    this.id = id;
    this.#open = open;
    this.target = open();
    this.#channels.push({ channel: channelOf(this.target), calls: 0 });
  }

  async open(): Promise<void> {
    try {
      await channelOf(this.target).open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get exposure(): Entry["exposure"] {
    return channelOf(this.target).description ?? { members: new Map() };
  }

  async perform(_member: ExposedMember, call: Call): Promise<unknown> {
    const least = this.#leastBusy();
    least.calls += 1;
    try {
      return await forward(least.channel, call);
    } finally {
      least.calls -= 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#channels.map(({ channel }) => channel.close()));
  }

  #leastBusy(): { readonly channel: Channel; calls: number } {
    const [first] = this.#channels;
    if (first === undefined) throw new TypeError("a named object has a channel");
    const { value } = first.channel.state;
    if (first.calls === 0 || (value.name === "connected" && value.peer === "Bunsen")) return first;
    const least = this.#channels.reduce((a, b) => (b.calls < a.calls ? b : a));
    if (least.calls === 0 || this.#channels.length >= MAX_CHANNELS) return least;
    const made = { channel: channelOf(this.#open()), calls: 0 };
    this.#channels.push(made);
    return made;
  }
}
