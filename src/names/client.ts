import { BunsenError, CommunicationError, NamingError } from "../errors.ts";
import type { Dial } from "../net/socket.ts";
import { within } from "../net/within.ts";
import type { Channel } from "../objects/channel.ts";
import { createProxy, describe, kwargs, type Remote } from "../objects/index.ts";
import { PyroChannel, type PyroChannelOptions } from "../pyro/index.ts";
import { NAME_SERVER_PORT, PyroUri, parseLocation, parseUri } from "../pyro/uri.ts";
import { channelDefaults, nameServerPlace } from "../settings/defaults.ts";
import { type BroadcastLookupOptions, broadcastLookup } from "./broadcast.ts";
import type { NameEvent, NameRecord } from "./changes.ts";
import { NAME_SERVER_NAME, type NameServer, type NameServerStatistics } from "./name-server.ts";
import { NameWatch, pollNames } from "./watch.ts";

/** Where a name server is looked for, and how to talk to it. */
export interface LocateOptions {
  /**
   * Host name, address, or `./u:path` of the name server. Default: what `BUNSEN_NS_HOST` or `PYRO_NS_HOST` of the
   * environment says, else this machine, then a broadcast.
   */
  readonly host?: string | undefined;
  /** Default: `BUNSEN_NS_PORT` or `PYRO_NS_PORT` of the environment, else 9090. */
  readonly port?: number | undefined;
  /** Whether to ask the network when no host is given and none answers on this machine. Default true. */
  readonly broadcast?: boolean | BroadcastLookupOptions;
  /** Milliseconds that each step may take. Default: COMMTIMEOUT of the environment, else 5,000. */
  readonly timeout?: number;
  /** Gives up when aborted, and rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds to wait for a name that is not registered yet, where a URI is looked up. Default: NS_LOOKUP_DELAY of the
   * environment, else 0.
   */
  readonly waitForNameMs?: number;
  /** How to talk to it: serializer, generation, limits. */
  readonly channel?: PyroChannelOptions;
}

/** The same at the far end of a tunnel: a broadcast would ask the network here. */
export function locateBy(dial: Dial, options: LocateOptions = {}): LocateOptions {
  return { ...options, broadcast: false, channel: { ...options.channel, dial } };
}

const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Finds the name server: at the host given, or named by the environment; else on this machine; else by asking the
 * network.
 * @throws NamingError `ERR_NO_NAME_SERVER` with the true reason as cause.
 * @see spec of Pyro, "Finding the name server".
 */
export async function locateNameServer(options: LocateOptions = {}): Promise<NameServerClient> {
  const place = nameServerPlace();
  const timeoutMs = options.timeout ?? place.timeout ?? DEFAULT_TIMEOUT_MS;
  const channel = { timeout: timeoutMs, ...channelDefaults(), ...options.channel };
  const host = options.host || place.host;
  const port = options.port ?? place.port;
  if (host) return connectTo(locationText(host, port), channel, options.signal);
  try {
    return await connectTo(locationText("localhost", port), channel, options.signal);
  } catch (error) {
    const { broadcast = true, signal } = options;
    const alias = await atOwnAlias(error, port, channel, signal);
    if (alias) return alias;
    if (broadcast === false) throw error;
    signal?.throwIfAborted();
    const asked = {
      ...place.broadcast,
      ...(typeof broadcast === "object" && broadcast),
      ...(signal && { signal }),
    };
    const found = await broadcastLookup(asked);
    if (found) return await open(found, channel, signal);
    const { message, cause } = error as NamingError;
    throw new NamingError("ERR_NO_NAME_SERVER", `${message}; and none answered a broadcast`, {
      cause,
      retry: "later",
    });
  }
}

/**
 * Where Debian and its like have the machine's own name, and so a name server that was told to listen at it.
 * @param error - Why there is none at `localhost`.
 */
async function atOwnAlias(
  error: unknown,
  port: number | undefined,
  channel: PyroChannelOptions,
  signal: AbortSignal | undefined,
): Promise<NameServerClient | undefined> {
  const cause = error instanceof NamingError ? error.cause : undefined;
  const refused = cause instanceof CommunicationError && cause.code === "ERR_CONNECT";
  if (!refused || process.platform !== "linux" || channel.dial || signal?.aborted) return undefined;
  return await connectTo(locationText("127.0.1.1", port), channel, signal).catch(() => undefined);
}

function locationText(host: string, port = NAME_SERVER_PORT): string {
  if (host.startsWith("./u:")) return host;
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}

function connectTo(
  text: string,
  options: PyroChannelOptions,
  signal: AbortSignal | undefined,
): Promise<NameServerClient> {
  const location = parseLocation(text);
  const uri = new PyroUri({ protocol: "PYRO", object: NAME_SERVER_NAME, location });
  return open(uri, options, signal);
}

async function open(
  uri: PyroUri,
  options: PyroChannelOptions,
  signal: AbortSignal | undefined,
): Promise<NameServerClient> {
  const channel = new PyroChannel(uri, options);
  try {
    await within(channel.open(), { signal });
  } catch (error) {
    await channel.close();
    signal?.throwIfAborted();
    throw new NamingError("ERR_NO_NAME_SERVER", whyNot(uri, error), {
      cause: error,
      retry: "later",
    });
  }
  return new NameServerClient(channel);
}

/** A handshake that was refused is not "no name server": each cause is told as what it is. */
function whyNot(uri: PyroUri, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof CommunicationError && error.code === "ERR_CONNECT") {
    const sentence = /[.?]$/.test(text) ? text : `${text}.`;
    return `no name server answers at ${uri}: ${sentence} Start one with "bunsen ns" (or pyro5-ns), or say where it is: PYRONAME:name@host:port`;
  }
  return `the name server at ${uri} cannot be used: ${text}`;
}

/** What a name stands for, with its tags. */
export interface NameLookup {
  readonly uri: PyroUri;
  readonly metadata: ReadonlySet<string>;
}

/** How a name is registered. */
export interface RegisterNameOptions {
  /** Refuses to replace what the name stands for. Default false, as Pyro. */
  readonly safe?: boolean;
  /** Tags to find it by. */
  readonly metadata?: Iterable<string>;
}

/** Which names: those with a prefix, those whose start matches a regular expression, or all. */
export type NameFilter =
  | { readonly prefix: string; readonly regex?: never }
  | { readonly regex: string; readonly prefix?: never }
  | { readonly prefix?: never; readonly regex?: never };

/** Which names are watched, and for how long. */
export interface WatchOptions {
  /** Only names that start with it. */
  readonly prefix?: string;
  /** How often a name server of Python is asked, in milliseconds. Default 2,000. */
  readonly intervalMs?: number;
  /** Ends the watch: whoever waits for the next event gets the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A name server of Pyro4, Pyro5 or Bunsen. Prefixes are exact with all of them, also in Python's SQL storage. */
export class NameServerClient implements AsyncDisposable {
  readonly #channel: Channel;
  readonly #proxy: Remote<NameServer>;
  readonly #watches = new Set<NameWatch>();

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#proxy = createProxy<NameServer>(channel);
  }

  /** Where it is. */
  get uri(): string {
    return this.#channel.uri;
  }

  /** What it is: `"Bunsen"`, `"Pyro5"` or `"Pyro4"`; undefined while there is no connection. */
  get peer(): string | undefined {
    const { value } = this.#channel.state;
    return value.name === "connected" ? value.peer : undefined;
  }

  /** This machine's address as the name server sees it; undefined where it is at a Unix socket. */
  get localHost(): string | undefined {
    return this.#channel.localHost;
  }

  async ping(): Promise<void> {
    await this.#proxy.ping();
  }

  /** Number of names, the name server's own included. */
  async count(): Promise<number> {
    return await this.#proxy.count();
  }

  /**
   * What a name stands for.
   * @throws NamingError `ERR_NAME_UNKNOWN`.
   */
  async lookup(name: string): Promise<PyroUri> {
    return asUri(await this.#naming(this.#proxy.lookup(name)));
  }

  /** The same with the name's tags. */
  async lookupWithMetadata(name: string): Promise<NameLookup> {
    const found: unknown = await this.#naming(this.#proxy.lookup(name, true));
    const [uri, tags] = found as [unknown, Iterable<string>];
    return { uri: asUri(uri), metadata: new Set(tags) };
  }

  /**
   * Makes a name stand for a URI.
   * @throws NamingError `ERR_NAME_TAKEN` where it stands for something and `safe` is set.
   * @throws BunsenError `ERR_BAD_URI`
   */
  async register(
    name: string,
    uri: PyroUri | string,
    options: RegisterNameOptions = {},
  ): Promise<void> {
    const { safe = false, metadata } = options;
    const tags = metadata === undefined ? null : tagsOf(metadata);
    if (typeof uri === "string") parseUri(uri); // judged here: Python's answer would have no code
    await this.#naming(this.#proxy.register(name, uri.toString(), safe, tags));
  }

  /** Removes one name. Returns whether it was there. */
  async remove(name: string): Promise<boolean> {
    return (await this.#proxy.remove(name)) > 0;
  }

  /** Removes all names that start with a prefix, or whose start matches a regular expression. Returns how many. */
  async removeMatching(filter: { prefix: string } | { regex: string }): Promise<number> {
    return await this.#naming(this.#proxy.remove(kwargs(this.#exact(filter))));
  }

  /** Replaces the tags of a name. */
  async setMetadata(name: string, metadata: Iterable<string>): Promise<void> {
    await this.#naming(this.#proxy.set_metadata(name, tagsOf(metadata)));
  }

  /** Names and their URIs: all, those that start with a prefix, or whose start matches a regular expression. */
  async list(filter: NameFilter = {}): Promise<Map<string, string>> {
    const found = await this.#naming(this.#proxy.list(kwargs(this.#exact(filter))));
    return new Map(Object.entries(found) as [string, string][]);
  }

  /** The same with the tags of each. */
  async listWithMetadata(filter: NameFilter = {}): Promise<NameRecord[]> {
    const found = await this.#naming(
      this.#proxy.list(kwargs({ ...this.#exact(filter), return_metadata: true })),
    );
    return recordsOf(found);
  }

  /** Names that have all of some tags, or any of them; without tags, none. */
  async find(tags: { all: Iterable<string> } | { any: Iterable<string> }): Promise<NameRecord[]> {
    const [which, wanted] = "all" in tags ? ["all", tagsOf(tags.all)] : ["any", tagsOf(tags.any)];
    if (wanted.length === 0) return [];
    // Pyro4's and Pyro5's name servers have different calls for it.
    const found = this.#has("yplookup")
      ? await this.#naming(this.#proxy.yplookup(kwargs({ [`meta_${which}`]: wanted })))
      : await this.#naming(
          this.#proxy.list(kwargs({ [`metadata_${which}`]: wanted, return_metadata: true })),
        );
    return recordsOf(found);
  }

  /**
   * What the name server has, and what it did since it was started.
   * @throws NamingError `ERR_NO_STATISTICS`: those of Python count nothing.
   */
  async statistics(): Promise<NameServerStatistics> {
    if (this.#has("statistics")) return await this.#proxy.statistics();
    const text = `the name server at ${this.uri} is one of Python, which counts nothing but its names`;
    throw new NamingError("ERR_NO_STATISTICS", text, { retry: "never" });
  }

  /**
   * What changes: first a snapshot, then each change. A Bunsen name server tells; one of Python is asked every
   * `intervalMs`, so that of several changes in between only the outcome is seen. Ends when the client is closed;
   * rejects when the name server is lost.
   */
  watch(options: WatchOptions = {}): AsyncIterableIterator<NameEvent, undefined, undefined> {
    const { prefix = "", intervalMs = 2000, signal } = options;
    const open = async (ended: AbortSignal) => {
      if (!this.#has("watch")) {
        return pollNames(() => this.listWithMetadata({ prefix }), intervalMs, ended);
      }
      // Awaited, it is the stream itself, which can be ended while somebody waits for its next item.
      const stream = await this.#proxy.watch(prefix);
      return stream[Symbol.asyncIterator]();
    };
    const watch = new NameWatch(open, { signal, onEnd: (ended) => this.#watches.delete(ended) });
    if (!signal?.aborted) this.#watches.add(watch);
    return watch;
  }

  /** Ends every watch and the connection. */
  async close(): Promise<void> {
    for (const watch of this.#watches) void watch.return();
    await this.#channel.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #has(method: string): boolean {
    return describe(this.#proxy).members.has(method);
  }

  /**
   * A name server of Python that keeps its names in SQL takes a prefix for a LIKE pattern: in both cases, and with
   * wildcards. As a regular expression it means the same with each of them.
   */
  #exact(filter: NameFilter): Record<string, string> {
    const { prefix, regex } = filter;
    if (prefix && !this.#has("watch")) return { regex: prefix.replace(/[^\w\s]/gu, "\\$&") };
    if (prefix) return { prefix };
    return regex ? { regex } : {};
  }

  /** Names of Python's name servers arrive without our codes: the texts are the same in all of them. */
  async #naming<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw error instanceof NamingError ? withCode(error, this.uri) : error;
    }
  }
}

const CODES: readonly (readonly [RegExp, string, string])[] = [
  [/^unknown name: /, "ERR_NAME_UNKNOWN", '; "bunsen names list" shows those it has'],
  [/^name already registered: /, "ERR_NAME_TAKEN", "; register without `safe` to replace it"],
  [/^invalid regex: /, "ERR_BAD_REGEX", ""],
];

function withCode(error: NamingError, server: string): NamingError {
  const known = CODES.find(([pattern]) => pattern.test(error.message));
  if (known === undefined) return error;
  const [, code, advice] = known;
  return new NamingError(code, `${error.message} (at ${server})${advice}`, {
    cause: error,
    retry: error.retry,
  });
}

function asUri(value: unknown): PyroUri {
  if (value instanceof PyroUri) return value;
  if (typeof value === "string") return parseUri(value);
  throw new BunsenError("ERR_BAD_ANSWER", "the name server answered with something that is no URI");
}

function recordsOf(found: unknown): NameRecord[] {
  return Object.entries(found as Record<string, [string, Iterable<string>]>).map(
    ([name, [uri, tags]]) => ({ name, uri, metadata: [...tags].sort() }),
  );
}

/** Text is iterable too: its letters would become the tags. */
export function tagsOf(metadata: Iterable<string>): string[] {
  if (typeof metadata === "string") {
    throw new TypeError(`Expected tags in an array or a set, got the text "${metadata}"`);
  }
  return [...new Set(metadata)];
}
