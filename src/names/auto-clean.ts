import { Socket } from "node:net";
import { BunsenError } from "../errors.ts";
import { formatLocation, type Location, type PyroUri, parseUri } from "../pyro/uri.ts";
import { NAME_SERVER_NAME, type NameServer } from "./name-server.ts";

/** Tells whether something accepts connections at a location. Rejects or gives false when nothing does. */
export type Probe = (location: Location) => Promise<boolean>;

export interface AutoCleanOptions {
  /** Time between two rounds, in milliseconds (Pyro's NS_AUTOCLEAN); at least 3,000. */
  readonly intervalMs: number;
  /** A name goes when its location has not been reachable for this long; 20,000 by default. */
  readonly unreachableMs?: number;
  /** How long a connection may take; 5,000 by default. */
  readonly connectMs?: number;
  /** Replaces the plain TCP or unix socket connection. */
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

/** Since when a name has been unreachable, and as what. */
interface Unreachable {
  readonly uri: string;
  readonly sinceMs: number;
}

/**
 * Removes the names of objects that cannot be reached any more. Nothing is sent to them: a connection suffices. Names
 * that lead to another name server (PYRONAME, PYROMETA) stay.
 * @see Spec, section 12.3.
 */
export class AutoCleaner implements AsyncDisposable {
  readonly #names: NameServer;
  readonly #options: AutoCleanOptions;
  readonly #unreachableMs: number;
  readonly #probe: Probe;
  readonly #now: () => number;
  #unreachable = new Map<string, Unreachable>();
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
    this.#probe = options.probe ?? ((location) => reach(location, options.connectMs ?? 5000));
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
    const reachable = await this.#probeAll(registrations.map(({ uri }) => uri));
    const now = this.#now();
    const unreachable = new Map<string, Unreachable>();
    const removed: string[] = [];
    for (const { name, uri } of registrations) {
      if (reachable.get(uri) !== false) continue;
      const before = this.#unreachable.get(name);
      const sinceMs = before?.uri === uri ? before.sinceMs : now;
      const isDue = now - sinceMs >= this.#unreachableMs;
      if (!isDue) unreachable.set(name, { uri, sinceMs });
      else if (this.#names.removeIfUnchanged(name, uri)) removed.push(name);
    }
    this.#unreachable = unreachable;
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

  /** Tries each location once, however many names lead to it. URIs that have none to try are left out. */
  async #probeAll(uris: readonly string[]): Promise<Map<string, boolean>> {
    const targets = new Map<string, { location: Location; uris: string[] }>();
    for (const uri of new Set(uris)) {
      const location = locationOf(uri);
      if (!location) continue;
      const key = formatLocation(location);
      const target = targets.get(key);
      if (target) target.uris.push(uri);
      else targets.set(key, { location, uris: [uri] });
    }
    const reachable = new Map<string, boolean>();
    const queue = targets.values(); // shared: each worker takes the next
    const work = async () => {
      for (const target of queue) {
        const isReachable = await this.#isReachable(target.location);
        for (const uri of target.uris) reachable.set(uri, isReachable);
      }
    };
    await Promise.all(Array.from({ length: PROBES_AT_ONCE }, work));
    return reachable;
  }

  async #isReachable(location: Location): Promise<boolean> {
    try {
      return await this.#probe(location);
    } catch {
      return false; // an unknown host or an impossible port is as unreachable as a refusal
    }
  }
}

function locationOf(text: string): Location | undefined {
  let uri: PyroUri;
  try {
    uri = parseUri(text);
  } catch {
    return undefined; // another program wrote it to the store: not ours to remove
  }
  return uri.protocol === "PYRO" && uri.location.kind !== "none" ? uri.location : undefined;
}

/** Connects and disconnects. */
function reach(location: Location, connectMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const target =
      location.kind === "unix"
        ? { path: location.path }
        : { host: location.host || "localhost", port: location.port };
    const socket = new Socket();
    const settle = (reachable: boolean) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.setTimeout(connectMs, () => settle(false));
    socket.once("error", reject);
    try {
      socket.connect(target, () => settle(true));
    } catch (error) {
      // A port that no host has. The socket holds a handle by now.
      socket.destroy();
      reject(error);
    }
  });
}
