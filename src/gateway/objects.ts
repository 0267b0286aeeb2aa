import { NamingError } from "../errors.ts";
import { compilePattern } from "../names/pattern.ts";
import { type Entry, makeEntry } from "../objects/entry.ts";
import type { Objects } from "../objects/registry.ts";
import { DAEMON_ID, DaemonObject, type ListeningHost } from "../pyro/index.ts";
import { Lab } from "./lab/lab.ts";
import { LAB_ID } from "./lab/nodes.ts";
import { NamedObjects } from "./named-objects.ts";
import { type GatewayOptions, PYRO_EXPOSES } from "./options.ts";

/** The objects that a gateway offers: of its daemon, and of a name server, those within the expose pattern. */
export class GatewayObjects implements Objects {
  readonly #registry: Objects;
  readonly #named: NamedObjects | undefined;
  readonly #exposesOwn: (name: string) => boolean;
  readonly #exposesNamed: (name: string) => boolean;
  /** Tells callers of the WebSocket about these objects, and no others. */
  readonly #daemon: Entry;
  /** Tells of all that there is, to the console; undefined where that is switched off. */
  readonly #lab: { readonly lab: Lab; readonly entry: Entry } | undefined;

  /** @throws NamingError `ERR_BAD_REGEX`. */
  constructor(host: ListeningHost, options: GatewayOptions) {
    const { expose, nameServer = false } = options;
    this.#registry = host.dispatcher.registry;
    this.#exposesOwn = expose === undefined ? () => true : matcher(expose);
    this.#exposesNamed = matcher(expose ?? PYRO_EXPOSES);
    const { logger } = host;
    const proxyOf = (uri: string) => host.leadTo(uri);
    const where = nameServer === true ? {} : nameServer;
    this.#named = where ? new NamedObjects(where, { proxyOf, logger }) : undefined;
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
      ask: proxyOf,
      expose: expose === undefined ? (where ? PYRO_EXPOSES : null) : `${expose}`,
    });
    this.#lab = { lab, entry: makeEntry(LAB_ID, lab, {}) };
  }

  get(id: string): Entry | undefined {
    if (id === DAEMON_ID) return this.#daemon;
    if (id === LAB_ID && this.#lab) return this.#lab.entry;
    if (!this.exposes(id)) return undefined;
    return this.#own(id) ?? this.#named?.get(id);
  }

  ids(): string[] {
    const own = this.#registry.ids().filter((id) => id !== DAEMON_ID && this.#exposesOwn(id));
    const named = this.#named?.names().filter((name) => !own.includes(name)) ?? [];
    return [DAEMON_ID, ...own, ...named];
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
    return this.#named ? this.#exposesNamed(name) : this.#exposesOwn(name);
  }

  /**
   * Finds an object, by its id on the daemon or its name in the name server.
   * @throws NamingError `ERR_NAME_UNKNOWN`, `ERR_NO_NAME_SERVER`; CommunicationError.
   */
  find(name: string): Entry | Promise<Entry> {
    const own = name === LAB_ID && this.#lab ? this.#lab.entry : this.#own(name);
    if (own) return own;
    if (this.#named) return this.#named.find(name);
    // The words of Pyro's name server.
    throw new NamingError("ERR_NAME_UNKNOWN", `unknown name: ${name}`);
  }

  /** The names of all that can be reached now, in order. Where the name server cannot be asked, its reason. */
  async names(): Promise<{ readonly names: readonly string[]; readonly problem?: Error }> {
    const own = this.#registry.ids().filter((id) => this.#own(id));
    if (this.#named === undefined) return { names: own.sort() };
    try {
      const listed = [...(await this.#named.list()).keys()].filter(this.#exposesNamed);
      return { names: [...new Set([...own, ...listed])].sort() };
    } catch (error) {
      return { names: own.sort(), problem: error as Error };
    }
  }

  /** The URI of the name server; undefined where there is none to ask. */
  async nameServer(): Promise<string | undefined> {
    return await this.#named?.server();
  }

  async close(): Promise<void> {
    await Promise.all([this.#named?.close(), this.#lab?.lab.close()]);
  }

  #own(name: string): Entry | undefined {
    return name !== DAEMON_ID && this.#exposesOwn(name) ? this.#registry.get(name) : undefined;
  }
}

/** Whether a name is meant by a pattern: a text is Python's, for the start of it. */
export function matcher(expose: string | RegExp): (name: string) => boolean {
  if (expose === "") return () => true;
  if (typeof expose === "string") {
    const pattern = compilePattern(expose);
    return (name) => pattern.test(name);
  }
  // Without what makes a second test differ from the first.
  const pattern = new RegExp(expose.source, expose.flags.replace(/[gy]/g, ""));
  return (name) => pattern.test(name);
}
