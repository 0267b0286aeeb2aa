import { DaemonError } from "../errors.ts";
import type { Caller } from "./call.ts";
import { checkInstance, type Exposure, exposureOf } from "./expose.ts";

type AnyClass = abstract new (...args: never[]) => object;
type NewableClass<T extends object> = new () => T;

/**
 * How many instances a registered class has: one for all (`"single"`), one a connection (`"session"`), or one a call
 * (`"percall"`).
 */
export type InstanceMode = "single" | "session" | "percall";

export interface RegisterOptions<T extends object = object> {
  /** Exposes the members whose names match, of an object whose class was not made for it. */
  readonly expose?: RegExp;
  /** For a class. Default `"session"`, as in Pyro. */
  readonly mode?: InstanceMode;
  /** Makes an instance of a registered class. Default: `new Class()`. */
  readonly create?: (registered: new (...args: never[]) => T) => T;
  /** Replaces an object that is registered under the same id. */
  readonly force?: boolean;
}

/** One registered object or class. */
export interface Entry {
  readonly id: string;
  readonly exposure: Exposure;
  /** The registered instance or class itself. */
  readonly target: object;
  /** The object that serves this call. */
  instanceFor(caller: Caller): object;
}

/** The objects of a daemon, by id. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #ids = new WeakMap<object, string>();

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
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
    if (this.#entries.has(id) && !options.force) {
      throw new DaemonError(
        "ERR_ID_TAKEN",
        `An object is already registered as "${id}"; unregister it first, choose another id, or pass { force: true }`,
      );
    }
    const exposure = exposureOf(target, options.expose);
    if (exposure.members.size === 0) {
      throw new DaemonError(
        "ERR_NOTHING_EXPOSED",
        `${nameOf(target)} exposes nothing, so nobody could call "${id}"; declare its members with ` +
          `expose(${exposure.className ?? "TheClass"}, { member: true }), or pass { expose: /^(read|list)/ }`,
      );
    }
    this.unregister(id);
    const entry = makeEntry(id, target, exposure, options);
    this.#entries.set(id, entry);
    this.#ids.set(target, id);
    return entry;
  }

  /** Removes an id, or the object registered under one. Returns whether there was one. */
  unregister(idOrTarget: string | object): boolean {
    const id = typeof idOrTarget === "string" ? idOrTarget : this.#ids.get(idOrTarget);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return false;
    this.#entries.delete(id);
    this.#ids.delete(entry.target);
    return true;
  }
}

function makeEntry<T extends object>(
  id: string,
  target: T | NewableClass<T>,
  exposure: Exposure,
  options: RegisterOptions<T>,
): Entry {
  if (!isClass(target)) {
    return { id, exposure: checkInstance(exposure, target), target, instanceFor: () => target };
  }
  const registered = target as NewableClass<T>;
  const create = () => createInstance(registered, exposure, options);
  return { id, exposure, target, instanceFor: instancePolicy(options.mode ?? "session", create) };
}

function instancePolicy(mode: InstanceMode, create: () => object): (caller: Caller) => object {
  switch (mode) {
    case "single": {
      let instance: object | undefined;
      return () => {
        instance ??= create();
        return instance;
      };
    }
    case "session":
      // The policy function itself identifies the entry within a session.
      return function perSession(caller) {
        return caller.session.instanceOf(perSession, create);
      };
    case "percall":
      return create;
    default:
      throw new TypeError(
        `Expected \`mode\` to be "single", "session" or "percall", got ${JSON.stringify(mode)}`,
      );
  }
}

function createInstance<T extends object>(
  registered: NewableClass<T>,
  exposure: Exposure,
  options: RegisterOptions<T>,
): T {
  const instance = options.create ? options.create(registered) : new registered();
  if (!(instance instanceof registered)) {
    throw new TypeError(
      `The instance creator of ${registered.name} returned ${nameOf(instance)}, which is no instance of it`,
    );
  }
  checkInstance(exposure, instance);
  return instance;
}

/** True for a class: a constructor that only `new` can call. */
export function isClass(target: object): target is AnyClass {
  return typeof target === "function" && /^class\b/.test(Function.prototype.toString.call(target));
}

function nameOf(target: object): string {
  if (typeof target === "function") return target.name || "an unnamed class";
  const name = (target as object | null)?.constructor?.name;
  return name && name !== "Object" ? `an instance of ${name}` : "an object";
}
