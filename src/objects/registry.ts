import { DaemonError } from "../errors.ts";
import { type Entry, makeEntry, nameOf, type RegisterOptions } from "./entry.ts";

type NewableClass<T extends object> = new () => T;

/** What is called through a dispatcher: the objects of a daemon, or those of them that one place offers. */
export type Objects = Pick<Registry, "get" | "ids" | "idOf" | "size" | "watch">;

/** The objects of a daemon, by id. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #ids = new WeakMap<object, string>();
  readonly #watchers = new Set<(id: string) => void>();
  /** Told of what was held weakly. */
  readonly #collected = new FinalizationRegistry<string>((id) => void this.get(id));

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.target !== undefined) return entry;
    this.unregister(id);
    return undefined;
  }

  /** Ids in the order of registration. */
  ids(): string[] {
    return [...this.#entries.keys()];
  }

  /** The id under which an object is registered; undefined if it is not. */
  idOf(target: object): string | undefined {
    return this.#ids.get(target);
  }

  /**
   * Registers an instance, or a class that is instantiated for its callers.
   * @throws DaemonError `ERR_ID_TAKEN`, `ERR_ALREADY_REGISTERED`, `ERR_NOTHING_EXPOSED`.
   */
  register<T extends object>(
    id: string,
    target: T | NewableClass<T>,
    options: RegisterOptions<T> = {},
  ): Entry {
    const known = this.#ids.get(target);
    if (known !== undefined && !(options.force && known === id)) {
      throw new DaemonError(
        "ERR_ALREADY_REGISTERED",
        `${nameOf(target)} is already registered as "${known}"; unregister it first, or register another instance`,
      );
    }
    if (this.get(id) !== undefined && !options.force) {
      throw new DaemonError(
        "ERR_ID_TAKEN",
        `An object is already registered as "${id}"; unregister it first, choose another id, or pass { force: true }`,
      );
    }
    const entry = makeEntry(id, target, options);
    this.unregister(id);
    this.#entries.set(id, entry);
    this.#ids.set(target, id);
    if (options.weak) this.#collected.register(target, id);
    this.#tell(id);
    return entry;
  }

  /** Removes an id, or the object registered under one. Returns whether there was one. */
  unregister(idOrTarget: string | object): boolean {
    const id = typeof idOrTarget === "string" ? idOrTarget : this.#ids.get(idOrTarget);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return false;
    this.#entries.delete(id);
    if (entry.target) this.#ids.delete(entry.target);
    this.#tell(id);
    return true;
  }

  /** Calls `watcher` with each id that comes, goes, or stands for something else. Returns a function that takes it back. */
  watch(watcher: (id: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(id: string): void {
    for (const watcher of this.#watchers) watcher(id);
  }
}
