import { NamingError } from "../errors.ts";
import { type ParseUriOptions, PyroUri, parseUri } from "../pyro/uri.ts";
import { Slices } from "../slices.ts";
import { gradually } from "../values/gradual.ts";
import { type PlainRecord, setKey, type Tuple, tuple } from "../values/types.ts";
import { isFalsy, readFilter, readTags, typeError, valueError } from "./arguments.ts";
import {
  ChangeHub,
  type ChangeHubOptions,
  type NameChange,
  type NameEvent,
  type NameRecord,
} from "./changes.ts";
import { DEFAULT_NAME_LIMITS, judgeCount, judgeRegistration, type NameLimits } from "./limits.ts";
import { MemoryStore } from "./memory-store.ts";
import { compilePattern } from "./pattern.ts";
import {
  CHUNK_SIZE,
  EVERYTHING,
  type NamedRegistration,
  type NameQuery,
  type NameStore,
} from "./store.ts";

/** The object id of a name server, and the name under which it knows itself. */
export const NAME_SERVER_NAME = "Pyro.NameServer";

/** What Pyro clients may call; Pyro4's name server lacks `yplookup`. */
export const NAME_SERVER_METHODS = [
  "count",
  "list",
  "lookup",
  "ping",
  "register",
  "remove",
  "set_metadata",
  "yplookup",
] as const;

/** Pyro's own class names, by which clients of both generations find a name server through its metadata. */
const OWN_METADATA = ["class:Pyro5.nameserver.NameServer", "class:Pyro4.naming.NameServer"];

export interface NameServerOptions extends ParseUriOptions, ChangeHubOptions, NameLimits {
  /** A new {@link MemoryStore} by default. The name server closes it. */
  readonly store?: NameStore;
  /** The generation of Pyro that the caller of the method now running speaks, if it speaks Pyro. */
  readonly generation?: () => 4 | 5 | undefined;
}

/** What a name server counts. */
export interface NameServerStatistics {
  /** When it was started, as ISO text. */
  readonly since: string;
  /** Names that are registered, its own included. What follows are counts since then. */
  readonly names: number;
  readonly lookups: number;
  readonly failedLookups: number;
  readonly registrations: number;
  /** Names that were removed, auto-cleaned ones among them. */
  readonly removals: number;
  /** Names that were removed because their object was not there any more. */
  readonly autoCleaned: number;
  /** How many watch now. */
  readonly watchers: number;
}

/** What `list` returns: name to URI text, or to a tuple of it and the metadata (a set; a list for Pyro4). */
export type NameList = PlainRecord;

type Tags = Set<string> | string[];

/**
 * The object `Pyro.NameServer`: names, the URIs they stand for, and tags to find them by. Methods and arguments have
 * Pyro's names, in the order of both generations; errors have Pyro's types and texts.
 * @see Spec, section 12.1.
 */
export class NameServer {
  readonly #store: NameStore;
  readonly #options: NameServerOptions;
  readonly #generation: () => 4 | 5 | undefined;
  readonly #slices = new Slices();
  readonly #changes: ChangeHub;
  #ownUri: string | undefined;
  #lookups = 0;
  #failedLookups = 0;
  #registrations = 0;
  #removals = 0;
  #autoCleaned = 0;
  readonly #since = new Date().toISOString();

  constructor(options: NameServerOptions = {}) {
    this.#store = options.store ?? new MemoryStore();
    this.#options = options;
    this.#generation = options.generation ?? (() => undefined);
    this.#changes = new ChangeHub((prefix) => this.snapshot(prefix), options);
  }

  /** Number of registrations, the name server's own included. */
  count(): number {
    return this.#store.count();
  }

  /** Does nothing: it answers, so the name server runs. */
  ping(): void {}

  /**
   * The URI that the name stands for; with metadata a tuple of it and the tags.
   * @throws {@link NamingError} `ERR_NAME_UNKNOWN`
   */
  lookup(name: string, return_metadata: boolean = false): PyroUri | Tuple<PyroUri | Tags> {
    if (typeof name !== "string") throw typeError("name must be a str");
    this.#lookups++;
    const found = this.#store.get(name);
    if (!found) {
      this.#failedLookups++;
      throw unknownName(name);
    }
    const uri = parseUri(found.uri, this.#options);
    return isFalsy(return_metadata) ? uri : tuple<PyroUri | Tags>(uri, this.#tags(found.metadata));
  }

  /**
   * Makes the name stand for a URI, in place of what it stood for, unless `safe` is true.
   * @param metadata - Tags to find it by: any collection of text.
   * @throws {@link NamingError} `ERR_NAME_TAKEN`
   * @throws {@link BunsenError} `ERR_BAD_URI`
   */
  register(
    name: string,
    uri: PyroUri | string,
    safe: boolean = false,
    metadata: Iterable<string> | null = null,
  ): void {
    const text = uri instanceof PyroUri ? uri.toString() : uri;
    if (typeof text !== "string") throw typeError("only URIs or strings can be registered");
    if (text === uri) parseUri(text, this.#options);
    if (typeof name !== "string") throw typeError("name must be a str");
    const tags = readTags(metadata, "metadata");
    judgeRegistration(name, text, tags, this.#options);
    const isNew = this.#store.get(name) === undefined;
    // Whoever replaced our own entry would get every client's registrations.
    const isOwn = name === NAME_SERVER_NAME && this.#ownUri !== undefined && text !== this.#ownUri;
    if (!isNew && (!isFalsy(safe) || isOwn)) {
      throw new NamingError("ERR_NAME_TAKEN", `name already registered: ${name}`);
    }
    if (isNew) judgeCount(this.#store.count(), this.#options);
    this.#put(name, text, tags);
    this.#registrations++;
  }

  /**
   * Replaces the tags of a name.
   * @throws {@link NamingError} `ERR_NAME_UNKNOWN`
   */
  set_metadata(name: string, metadata: Iterable<string> | null): void {
    if (typeof name !== "string") throw typeError("name must be a str");
    const tags = readTags(metadata, "metadata");
    judgeRegistration(name, "", tags, this.#options);
    const found = this.#store.get(name);
    if (!found || !this.#store.setMetadata(name, tags)) throw unknownName(name);
    this.#publish("metadata", { name, uri: found.uri, metadata: tags });
  }

  /**
   * Removes a name, or all that start with a prefix, or all whose start matches a regular expression.
   * @returns How many were removed. The name server's own entry never is.
   * @throws {@link NamingError} `ERR_BAD_REGEX`
   */
  async remove(
    name: string | null = null,
    prefix: string | null = null,
    regex: string | null = null,
  ): Promise<number> {
    if (!isFalsy(name) && name !== NAME_SERVER_NAME) {
      const removed = typeof name === "string" ? this.#remove([name]) : 0;
      // In Pyro4 an unknown name leaves it to the other arguments.
      if (removed > 0 || this.#generation() !== 4) return removed;
    }
    const start = readFilter(prefix, "prefix");
    const pattern = start === undefined ? readFilter(regex, "regex") : undefined;
    if (start === undefined && pattern === undefined) return 0;
    const names: string[] = [];
    await this.#visit(start, pattern, (found) => names.push(found.name));
    const others = names.filter((found) => found !== NAME_SERVER_NAME);
    let removed = 0;
    await this.#slices.visit([inChunks(others)], (chunk) => {
      removed += this.#remove(chunk);
    });
    return removed;
  }

  /**
   * All names, or those that fit one condition.
   *
   * The parameters are Pyro4's. Pyro5 has no search by metadata here, so that its third is `return_metadata`: of a
   * caller that does not speak Pyro4, a third argument that is no collection is taken for it.
   * @throws {@link NamingError} `ERR_BAD_REGEX`
   */
  async list(
    prefix: string | null = null,
    regex: string | null = null,
    metadata_all: Iterable<string> | boolean | null = null,
    metadata_any: Iterable<string> | null = null,
    return_metadata: boolean = false,
  ): Promise<NameList> {
    const isPyro4 = this.#generation() === 4;
    const isFlag =
      !isPyro4 && (typeof metadata_all === "boolean" || typeof metadata_all === "number");
    const all = isFlag ? null : metadata_all;
    const withMetadata = !isFalsy(return_metadata) || (isFlag && !isFalsy(metadata_all));
    // Pyro4 counts empty filters too, but None.
    const isGiven = isPyro4
      ? (filter: unknown) => filter != null
      : (filter: unknown) => !isFalsy(filter);
    if ([prefix, regex, all, metadata_any].filter(isGiven).length > 1) {
      throw valueError("you can only filter on one thing at a time");
    }
    if (!isFalsy(all)) return this.#listTagged("all-tags", all, withMetadata);
    if (!isFalsy(metadata_any)) return this.#listTagged("any-tag", metadata_any, withMetadata);
    const start = readFilter(prefix, "prefix");
    const pattern = readFilter(regex, "regex");
    return await this.#collect(withMetadata, (take) => this.#visit(start, pattern, take));
  }

  /**
   * "Yellow pages": names that have all, or any, of some tags. Without tags, none.
   */
  async yplookup(
    meta_all: Iterable<string> | null = null,
    meta_any: Iterable<string> | null = null,
    return_metadata: boolean = true,
  ): Promise<NameList> {
    const withMetadata = !isFalsy(return_metadata);
    if (!isFalsy(meta_all) && !isFalsy(meta_any)) {
      throw valueError("you can't use meta_all or meta_any at the same time");
    }
    if (!isFalsy(meta_all)) return await this.#listTagged("all-tags", meta_all, withMetadata);
    if (!isFalsy(meta_any)) return await this.#listTagged("any-tag", meta_any, withMetadata);
    return {};
  }

  /**
   * What changes: first a snapshot of the names that start with the prefix, then each change. A watcher that is slow
   * sees of each name only the latest change, or, when it is far behind, a new snapshot. Changes that another process
   * makes to the store's file are not seen.
   */
  watch(prefix: string = ""): AsyncIterableIterator<NameEvent, undefined, undefined> {
    if (typeof prefix !== "string") throw typeError("prefix must be a str");
    return this.#changes.watch(prefix);
  }

  /** Registers the name server under its own name; from then on only this process can change that entry's URI. */
  registerSelf(uri: PyroUri, metadata: Iterable<string> = OWN_METADATA): void {
    this.#ownUri = uri.toString();
    this.#put(NAME_SERVER_NAME, this.#ownUri, new Set(metadata));
  }

  /** The names that start with the prefix. Lets the event loop run when there are many. */
  async snapshot(prefix: string = ""): Promise<NameRecord[]> {
    const names: NameRecord[] = [];
    await this.#visit(prefix, undefined, (found) => names.push(toRecord(found)));
    return names;
  }

  /** Removes a name if it still stands for this URI: it may have been registered anew meanwhile. For auto-clean. */
  removeIfUnchanged(name: string, uri: string): boolean {
    const removed = this.#store.get(name)?.uri === uri && this.#remove([name]) > 0;
    if (removed) this.#autoCleaned++;
    return removed;
  }

  /** What there is, and what was done since the start. */
  statistics(): NameServerStatistics {
    return {
      since: this.#since,
      names: this.#store.count(),
      lookups: this.#lookups,
      failedLookups: this.#failedLookups,
      registrations: this.#registrations,
      removals: this.#removals,
      autoCleaned: this.#autoCleaned,
      watchers: this.#changes.watchers,
    };
  }

  /** Ends every watch and closes the store. */
  close(): void {
    this.#changes.close();
    this.#store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #listTagged(
    by: "all-tags" | "any-tag",
    value: unknown,
    withMetadata: boolean,
  ): Promise<NameList> {
    const tags = readTags(value, by === "all-tags" ? "metadata_all" : "metadata_any");
    const found = this.#store.find({ by, tags });
    return this.#collect(withMetadata, (take) => this.#slices.visit(found, take));
  }

  async #collect(
    withMetadata: boolean,
    visit: (take: (found: NamedRegistration) => void) => Promise<void>,
  ): Promise<NameList> {
    const names: NameList = {};
    const isPyro4 = this.#generation() === 4; // asked now: after a wait, another call may be the current one
    await visit(({ name, uri, metadata }) => {
      const tags = isPyro4 ? [...metadata] : new Set(metadata);
      setKey(names, name, withMetadata ? tuple<string | Tags>(uri, tags) : uri);
    });
    return gradually(names);
  }

  /** Visits the names that start with a prefix or match a regular expression; all without either. */
  async #visit(
    prefix: string | undefined,
    regex: string | undefined,
    take: (found: NamedRegistration) => void,
  ): Promise<void> {
    const query: NameQuery = prefix === undefined ? EVERYTHING : { by: "prefix", prefix };
    if (regex === undefined) return await this.#slices.visit(this.#store.find(query), take);
    const pattern = compilePattern(regex);
    const ms = this.#options.regexMs ?? DEFAULT_NAME_LIMITS.regexMs;
    await this.#slices.visit(
      this.#store.find(query),
      (found) => pattern.test(found.name) && take(found),
      {
        ms,
        exceeded: () =>
          new NamingError(
            "ERR_BAD_REGEX",
            `invalid regex: it ran for more than ${ms} ms (regexMs)`,
          ),
      },
    );
  }

  #put(name: string, uri: string, tags: Set<string>): void {
    this.#store.set(name, uri, tags);
    this.#publish("registered", { name, uri, metadata: tags });
  }

  #remove(names: readonly string[]): number {
    // Watchers are told what a removed name stood for, which only the store knows.
    const watched = this.#changes.watchers > 0 ? names : [];
    const before = new Map(watched.map((name) => [name, this.#store.get(name)]));
    const removed = this.#store.deleteMany(names);
    this.#removals += removed.length;
    for (const name of removed) {
      const found = before.get(name);
      if (found) this.#publish("removed", { name, uri: found.uri, metadata: found.metadata });
    }
    return removed.length;
  }

  #publish(kind: NameChange["kind"], registration: NamedRegistration): void {
    if (this.#changes.watchers > 0) this.#changes.publish({ kind, ...toRecord(registration) });
  }

  #tags(metadata: ReadonlySet<string>): Tags {
    return this.#generation() === 4 ? [...metadata] : new Set(metadata);
  }
}

function unknownName(name: string): NamingError {
  return new NamingError("ERR_NAME_UNKNOWN", `unknown name: ${name}`);
}

function toRecord({ name, uri, metadata }: NamedRegistration): NameRecord {
  return { name, uri, metadata: [...metadata].sort() };
}

function inChunks(names: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let i = 0; i < names.length; i += CHUNK_SIZE) chunks.push(names.slice(i, i + CHUNK_SIZE));
  return chunks;
}
