import { BunsenError, CommunicationError, NamingError } from "../errors.ts";
import type { Channel } from "../objects/channel.ts";
import { createProxy, describe, kwargs, type Remote } from "../objects/index.ts";
import { PyroChannel, type PyroChannelOptions } from "../pyro/index.ts";
import { PyroUri, parseLocation, parseUri } from "../pyro/uri.ts";
import { type BroadcastLookupOptions, broadcastLookup } from "./broadcast.ts";
import type { NameEvent, NameRecord } from "./changes.ts";
import { NAME_SERVER_NAME, type NameServer } from "./name-server.ts";

export interface LocateOptions {
  /** Host name, address, or `./u:path` of the name server. Default: this machine, then a broadcast. */
  readonly host?: string | undefined;
  /** Default 9090. */
  readonly port?: number | undefined;
  /** Whether to ask the network when no host is given and none answers on this machine. Default true. */
  readonly broadcast?: boolean | BroadcastLookupOptions;
  /** Milliseconds that each step may take. Default 5,000. */
  readonly timeout?: number;
  /** How to talk to it: serializer, generation, limits. */
  readonly channel?: PyroChannelOptions;
}

const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Finds the name server: at the host given; else on this machine; else by asking the network.
 * @throws NamingError `ERR_NO_NAME_SERVER` with the true reason as cause.
 * @see spec of Pyro, "Finding the name server".
 */
export async function locateNameServer(options: LocateOptions = {}): Promise<NameServerClient> {
  const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS;
  if (options.host) {
    return connectTo(locationText(options.host, options.port), { ...options, timeout });
  }
  let reason: unknown;
  try {
    return await connectTo(locationText("localhost", options.port), { ...options, timeout });
  } catch (error) {
    reason = error;
  }
  if (options.broadcast !== false) {
    const asked = typeof options.broadcast === "object" ? options.broadcast : {};
    const found = await broadcastLookup(asked);
    if (found) return open(found, { ...options, timeout });
  }
  throw reason;
}

function locationText(host: string, port = 9090): string {
  if (host.startsWith("./u:")) return host;
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}

function connectTo(
  text: string,
  options: LocateOptions & { timeout: number },
): Promise<NameServerClient> {
  const location = parseLocation(text);
  return open(new PyroUri({ protocol: "PYRO", object: NAME_SERVER_NAME, location }), options);
}

async function open(
  uri: PyroUri,
  options: LocateOptions & { timeout: number },
): Promise<NameServerClient> {
  const channel = new PyroChannel(uri, { timeout: options.timeout, ...options.channel });
  try {
    await channel.open();
  } catch (error) {
    await channel.close();
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
    return `no name server answers at ${uri}: ${text}. Start one with "bunsen ns" (or pyro5-ns), or say where it is: PYRONAME:name@host:port`;
  }
  return `the name server at ${uri} cannot be used: ${text}`;
}

export interface NameLookup {
  readonly uri: PyroUri;
  readonly metadata: ReadonlySet<string>;
}

export interface RegisterNameOptions {
  /** Refuses to replace what the name stands for. Default false, as Pyro. */
  readonly safe?: boolean;
  /** Tags to find it by. */
  readonly metadata?: Iterable<string>;
}

export type NameFilter =
  | { readonly prefix: string; readonly regex?: never }
  | { readonly regex: string; readonly prefix?: never }
  | { readonly prefix?: never; readonly regex?: never };

/** A name server of Pyro4, Pyro5 or Bunsen. */
export class NameServerClient implements AsyncDisposable {
  readonly #channel: Channel;
  readonly #proxy: Remote<NameServer>;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#proxy = createProxy<NameServer>(channel);
  }

  /** Where it is. */
  get uri(): string {
    return this.#channel.uri;
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
   */
  async register(
    name: string,
    uri: PyroUri | string,
    options: RegisterNameOptions = {},
  ): Promise<void> {
    const { safe = false, metadata } = options;
    const tags = metadata === undefined ? null : [...metadata];
    await this.#naming(this.#proxy.register(name, uri.toString(), safe, tags));
  }

  /** Removes one name. Returns whether it was there. */
  async remove(name: string): Promise<boolean> {
    return (await this.#proxy.remove(name)) > 0;
  }

  /** Removes all names that start with a prefix, or whose start matches a regular expression. Returns how many. */
  async removeMatching(filter: { prefix: string } | { regex: string }): Promise<number> {
    return await this.#naming(this.#proxy.remove(kwargs(filter)));
  }

  /** Replaces the tags of a name. */
  async setMetadata(name: string, metadata: Iterable<string>): Promise<void> {
    await this.#naming(this.#proxy.set_metadata(name, [...metadata]));
  }

  /** Names and their URIs: all, those that start with a prefix, or whose start matches a regular expression. */
  async list(filter: NameFilter = {}): Promise<Map<string, string>> {
    const found = await this.#naming(this.#proxy.list(kwargs({ ...filter })));
    return new Map(Object.entries(found) as [string, string][]);
  }

  /** The same with the tags of each. */
  async listWithMetadata(filter: NameFilter = {}): Promise<NameRecord[]> {
    const found = await this.#naming(
      this.#proxy.list(kwargs({ ...filter, return_metadata: true })),
    );
    return recordsOf(found);
  }

  /** Names that have all of some tags, or any of them. Pyro4's and Pyro5's name servers have different calls for it. */
  async find(tags: { all: Iterable<string> } | { any: Iterable<string> }): Promise<NameRecord[]> {
    const [which, wanted] = "all" in tags ? ["all", [...tags.all]] : ["any", [...tags.any]];
    const found = describe(this.#proxy).members.has("yplookup")
      ? await this.#naming(this.#proxy.yplookup(kwargs({ [`meta_${which}`]: wanted })))
      : await this.#naming(
          this.#proxy.list(kwargs({ [`metadata_${which}`]: wanted, return_metadata: true })),
        );
    return recordsOf(found);
  }

  /**
   * What changes: first a snapshot, then each change. A Bunsen name server tells; one of Python is asked every
   * `intervalMs` (default 2,000).
   */
  async *watch(
    options: { prefix?: string; intervalMs?: number } = {},
  ): AsyncGenerator<NameEvent, void, void> {
    const { prefix = "", intervalMs = 2000 } = options;
    if (describe(this.#proxy).members.has("watch")) {
      for await (const event of this.#proxy.watch(prefix)) yield event as NameEvent;
      return;
    }
    yield* this.#poll(prefix, intervalMs);
  }

  async *#poll(prefix: string, intervalMs: number): AsyncGenerator<NameEvent, void, void> {
    let known = byName(await this.listWithMetadata({ prefix }));
    yield { kind: "snapshot", names: [...known.values()] };
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
      const now = byName(await this.listWithMetadata({ prefix }));
      for (const record of now.values()) {
        const before = known.get(record.name);
        if (before?.uri !== record.uri) yield { kind: "registered", ...record };
        else if (!sameTags(before.metadata, record.metadata)) yield { kind: "metadata", ...record };
      }
      for (const record of known.values()) {
        if (!now.has(record.name)) yield { kind: "removed", ...record };
      }
      known = now;
    }
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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

function byName(records: NameRecord[]): Map<string, NameRecord> {
  return new Map(records.map((record) => [record.name, record]));
}

function sameTags(a: Iterable<string>, b: Iterable<string>): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((tag) => right.has(tag));
}
