import { BunsenError } from "../errors.ts";
import { createProxy } from "../objects/proxy.ts";
import { DAEMON_ID, type DaemonObject, PyroChannel } from "../pyro/index.ts";
import { formatLocation, type Location, PyroUri, parseUri } from "../pyro/uri.ts";
import { NAME_SERVER_NAME, type NameServer } from "./name-server.ts";

/**
 * Tells what is at a location: false, or an error, when nothing accepts connections there; the ids of what is registered
 * where a daemon tells them; true for anything else that listens.
 */
export type Probe = (location: Location) => Promise<ReadonlySet<string> | boolean>;

export interface AutoCleanOptions {
  /** Time between two rounds, in milliseconds (Pyro's NS_AUTOCLEAN); at least 3,000. */
  readonly intervalMs: number;
  /** A name goes when its object has not been there for this long; 20,000 by default. */
  readonly unreachableMs?: number;
  /** How long connecting, and the answer, may take; 5,000 by default. */
  readonly connectMs?: number;
  /** Replaces the question to the daemon. */
  readonly probe?: Probe;
  /** Milliseconds of a clock that never goes back; `performance.now` by default. */
  readonly now?: () => number;
  /** Called after a round that removed names. */
  readonly onRemoved?: (names: readonly string[]) => void;
  /** Called when a round fails, such as on a store whose disk is full; the next round tries again. */
  readonly onError?: (error: unknown) => void;
}

const MIN_INTERVAL_MS = 3000;
const PROBES_AT_ONCE = 16;
const KEPT = new Set([NAME_SERVER_NAME, "Pyro.Daemon"]);

/** Since when the object of a name has not been there, and as what. */
interface Missing {
  readonly uri: string;
  readonly sinceMs: number;
}

/**
 * Removes the names of objects that are not there any more. Each daemon is asked what it has: where nothing listens, or the
 * daemon does not know the object, the name goes after a while. A program that listens and does not tell (another protocol,
 * a key that is asked for, too busy) gets the benefit of the doubt, as does what leads to another name server.
 * @see Spec, section 12.3.
 */
export class AutoCleaner implements AsyncDisposable {
  readonly #names: NameServer;
  readonly #options: AutoCleanOptions;
  readonly #unreachableMs: number;
  readonly #probe: Probe;
  readonly #now: () => number;
  #missing = new Map<string, Missing>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<unknown> = Promise.resolve();

  constructor(names: NameServer, options: AutoCleanOptions) {
    // Written so that NaN is refused too.
    if (!(options.intervalMs >= MIN_INTERVAL_MS)) {
      const what = "NS_AUTOCLEAN cannot be smaller than 3";
      const got = `intervalMs must be at least ${MIN_INTERVAL_MS}, got ${options.intervalMs}`;
      throw new BunsenError("ERR_BAD_OPTION", `${what} seconds: ${got}`);
    }
    this.#names = names;
    this.#options = options;
    this.#unreachableMs = options.unreachableMs ?? 20_000;
    this.#probe = options.probe ?? ((location) => ask(location, options.connectMs ?? 5000));
    this.#now = options.now ?? (() => performance.now());
  }

  /** Begins to clean, every `intervalMs`. Does not keep the process alive. */
  start(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#round = this.clean().catch((error: unknown) => this.#options.onError?.(error));
      // A round that takes long delays the next one: they never overlap.
      void this.#round.then(() => this.#timer?.refresh());
    }, this.#options.intervalMs).unref();
  }

  /** One round. Returns the names that it removed. */
  async clean(): Promise<string[]> {
    const registrations = (await this.#names.snapshot()).filter(({ name }) => !KEPT.has(name));
    const found = await this.#probeAll(registrations.map(({ uri }) => uri));
    const now = this.#now();
    const missing = new Map<string, Missing>();
    const removed: string[] = [];
    for (const { name, uri } of registrations) {
      if (found.get(uri) !== false) continue;
      const before = this.#missing.get(name);
      const sinceMs = before?.uri === uri ? before.sinceMs : now;
      const isDue = now - sinceMs >= this.#unreachableMs;
      if (!isDue) missing.set(name, { uri, sinceMs });
      else if (this.#names.removeIfUnchanged(name, uri)) removed.push(name);
    }
    this.#missing = missing;
    if (removed.length > 0) this.#options.onRemoved?.(removed);
    return removed;
  }

  /** No more rounds begin; waits for the one under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Asks at each location once, however many names lead to it. URIs that have none to ask at are left out. */
  async #probeAll(uris: readonly string[]): Promise<Map<string, boolean>> {
    const targets = new Map<string, { location: Location; objects: Map<string, string> }>();
    for (const uri of new Set(uris)) {
      const target = targetOf(uri);
      if (!target) continue;
      const { location, object } = target;
      const key = formatLocation(location);
      const known = targets.get(key);
      if (known) known.objects.set(uri, object);
      else targets.set(key, { location, objects: new Map([[uri, object]]) });
    }
    const found = new Map<string, boolean>();
    const queue = targets.values(); // shared: each worker takes the next
    const work = async () => {
      for (const target of queue) {
        const there = await this.#whatIsAt(target.location);
        for (const [uri, object] of target.objects) {
          found.set(uri, typeof there === "boolean" ? there : there.has(object));
        }
      }
    };
    await Promise.all(Array.from({ length: PROBES_AT_ONCE }, work));
    return found;
  }

  async #whatIsAt(location: Location): Promise<ReadonlySet<string> | boolean> {
    try {
      return await this.#probe(location);
    } catch {
      return false; // an unknown host or an impossible port is as unreachable as a refusal
    }
  }
}

function targetOf(text: string): { location: Location; object: string } | undefined {
  let uri: PyroUri;
  try {
    uri = parseUri(text);
  } catch {
    return undefined; // another program wrote it to the store: not ours to remove
  }
  const { protocol, location, object } = uri;
  return protocol === "PYRO" && location.kind !== "none" ? { location, object } : undefined;
}

/** Asks the daemon's own object, which every daemon of Pyro has, what is registered. */
async function ask(location: Location, timeout: number): Promise<ReadonlySet<string> | boolean> {
  const at =
    location.kind === "tcp" && !location.host ? { ...location, host: "localhost" } : location;
  const uri = new PyroUri({ protocol: "PYRO", object: DAEMON_ID, location: at });
  const channel = new PyroChannel(uri, { timeout });
  try {
    await channel.open();
    const ids: unknown = await createProxy<DaemonObject>(channel).registered();
    return Array.isArray(ids) ? new Set(ids.map(String)) : true;
  } catch (error) {
    // Something listens there, and does not tell us: that is its own business.
    if (error instanceof BunsenError && !NOBODY_THERE.has(error.code)) return true;
    throw error;
  } finally {
    await channel.close();
  }
}

const NOBODY_THERE: ReadonlySet<string> = new Set(["ERR_CONNECT", "ERR_CONNECT_TIMEOUT"]);
