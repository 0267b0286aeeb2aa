import { NamingError } from "../errors.ts";
import { compilePattern } from "../names/pattern.ts";
import { type Entry, makeEntry } from "../objects/entry.ts";
import type { Objects } from "../objects/registry.ts";
import { DAEMON_ID, DaemonObject, type ListeningHost } from "../pyro/index.ts";
import { asError } from "../values/exceptions.ts";
import { Lab } from "./lab/lab.ts";
import { LAB_ID } from "./lab/nodes.ts";
import { ManagedObjects } from "./managed-objects.ts";
import { NamedObjects } from "./named-objects.ts";
import { type GatewayOptions, PYRO_EXPOSES } from "./options.ts";

/** The objects that a gateway offers: of its daemon, and of a name server, those within the expose pattern. */
export class GatewayObjects implements Objects {
  readonly #registry: Objects;
  readonly #named: NamedObjects | undefined;
  readonly #managed: readonly ManagedObjects[];
  readonly #exposesOwn: (name: string) => boolean;
  readonly #exposesNamed: (name: string) => boolean;
  /** Tells callers of the WebSocket about these objects, and no others. */
  readonly #daemon: Entry;
  /** Tells of all that there is, to the console; undefined where that is switched off. */
  readonly #lab: { readonly lab: Lab; readonly entry: Entry } | undefined;

  /** @throws NamingError `ERR_BAD_REGEX`. */
  constructor(host: ListeningHost, options: GatewayOptions) {
    const { expose, nameServer = false, managers = [] } = options;
    this.#registry = host.dispatcher.registry;
    this.#exposesOwn = expose === undefined ? () => true : matcher(expose);
    this.#exposesNamed = matcher(expose ?? PYRO_EXPOSES);
    const { logger } = host;
    const proxyOf = (uri: string) => host.leadTo(uri);
    const where = nameServer === true ? {} : nameServer;
    this.#named = where ? new NamedObjects(where, { proxyOf, logger }) : undefined;
    this.#managed = managers.map((manager) => new ManagedObjects(manager, logger));
    const describe = () => "a gateway";
    this.#daemon = makeEntry(DAEMON_ID, new DaemonObject(this, host.streams, describe), {});
    if (options.console === false) return;
    const lab = new Lab({
      own: {
        registry: this.#registry,
        offers: (id) => this.#own(id) !== undefined,
        uriOf: (target) => host.publish(target, undefined)?.uri,
      },
      named: where
        ? {
            where,
            offers: this.#exposesNamed,
            isOwn: (name) => this.#own(name) !== undefined,
          }
        : undefined,
      managers: this.#managed.map((objects) => ({
        objects,
        // What it is called by leads to the gateway's own object, where that has the name.
        offers: (name) => this.#exposesNamed(name) && this.#own(name) === undefined,
      })),
      ask: proxyOf,
      expose: expose === undefined ? (this.#reachesOut ? PYRO_EXPOSES : null) : `${expose}`,
    });
    this.#lab = { lab, entry: makeEntry(LAB_ID, lab, {}) };
  }

  get(id: string): Entry | undefined {
    if (id === DAEMON_ID) return this.#daemon;
    if (id === LAB_ID && this.#lab) return this.#lab.entry;
    if (!this.exposes(id)) return undefined;
    return this.#own(id) ?? this.#named?.get(id) ?? this.#managedEntry(id);
  }

  ids(): string[] {
    const own = this.#registry.ids().filter((id) => id !== DAEMON_ID && this.#exposesOwn(id));
    const found = [...(this.#named?.names() ?? []), ...this.#managed.flatMap((one) => one.names())];
    return [DAEMON_ID, ...new Set([...own, ...found])];
  }

  idOf(target: object): string | undefined {
    const id = this.#registry.idOf(target);
    return id !== undefined && this.get(id) ? id : undefined;
  }

  get size(): number {
    return this.ids().length;
  }

  watch(watcher: (id: string) => void): () => void {
    return this.#registry.watch(watcher);
  }

  /** Whether the pattern lets a name through; there need not be such an object. */
  exposes(name: string): boolean {
    if (name === DAEMON_ID) return false;
    if (name === LAB_ID && this.#lab) return true;
    if (this.#own(name)) return true;
    return this.#reachesOut ? this.#exposesNamed(name) : this.#exposesOwn(name);
  }

  /**
   * Finds an object, by its id on the daemon, its name in the name server, or as a service of a manager.
   * @throws NamingError `ERR_NAME_UNKNOWN`, `ERR_NO_NAME_SERVER`; CommunicationError.
   */
  find(name: string): Entry | Promise<Entry> {
    const own = name === LAB_ID && this.#lab ? this.#lab.entry : this.#own(name);
    const found = own ?? this.#managedEntry(name);
    if (found) return found;
    if (this.#managed.length > 0) return this.#findAnywhere(name);
    if (this.#named) return this.#named.find(name);
    throw unknownName(name);
  }

  /** The names of all that can be reached now, in order. Where one of those who list them cannot be asked, its reason. */
  async names(): Promise<{ readonly names: readonly string[]; readonly problem?: Error }> {
    const own = this.#registry.ids().filter((id) => this.#own(id));
    const lists = await Promise.allSettled([
      ...(this.#named ? [this.#named.list()] : []),
      ...this.#managed.map(async (one) => (await one.identity()).services),
    ]);
    const listed = lists.flatMap((list) =>
      list.status === "fulfilled" ? [...list.value.keys()].filter(this.#exposesNamed) : [],
    );
    const names = [...new Set([...own, ...listed])].sort();
    const failed = lists.find((list) => list.status === "rejected");
    return failed ? { names, problem: asError(failed.reason) } : { names };
  }

  /** The URI of the name server; undefined where there is none to ask. */
  async nameServer(): Promise<string | undefined> {
    return await this.#named?.server();
  }

  async close(): Promise<void> {
    const managed = this.#managed.map((one) => one.close());
    await Promise.all([this.#named?.close(), this.#lab?.lab.close(), ...managed]);
  }

  get #reachesOut(): boolean {
    return this.#named !== undefined || this.#managed.length > 0;
  }

  #managedEntry(name: string): Entry | undefined {
    for (const one of this.#managed) {
      const found = one.get(name);
      if (found) return found;
    }
    return undefined;
  }

  /** The first who has it; where nobody has, the first reason that is more than that. */
  async #findAnywhere(name: string): Promise<Entry> {
    let problem: Error | undefined;
    for (const place of [...(this.#named ? [this.#named] : []), ...this.#managed]) {
      try {
        return await place.find(name);
      } catch (error) {
        const isUnknown = error instanceof NamingError && error.code === "ERR_NAME_UNKNOWN";
        if (!isUnknown) problem ??= asError(error);
      }
    }
    throw problem ?? unknownName(name);
  }

  #own(name: string): Entry | undefined {
    return name !== DAEMON_ID && this.#exposesOwn(name) ? this.#registry.get(name) : undefined;
  }
}

/** The words of Pyro's name server. */
function unknownName(name: string): NamingError {
  return new NamingError("ERR_NAME_UNKNOWN", `unknown name: ${name}`);
}

/** Whether a name is meant by a pattern: a text is Python's, for the start of it. */
export function matcher(expose: string | RegExp): (name: string) => boolean {
  if (expose === "") return () => true;
  if (typeof expose === "string") {
    const pattern = compilePattern(expose);
    return remembered((name) => pattern.test(name));
  }
  // Without what makes a second test differ from the first.
  const pattern = new RegExp(expose.source, expose.flags.replace(/[gy]/g, ""));
  return (name) => pattern.test(name);
}

const MAX_REMEMBERED = 1000;
const MAX_REMEMBERED_LENGTH = 200;

/** Judges each name once, as far as that takes little memory: there are few, and each call asks. */
function remembered(judge: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const judged = judge(name);
    if (known.size >= MAX_REMEMBERED) known.clear();
    if (name.length <= MAX_REMEMBERED_LENGTH) known.set(name, judged);
    return judged;
  };
}
