import { DaemonError, MemberError } from "../errors.ts";
import { markReference } from "../values/types.ts";
import { bindArguments } from "./bind-arguments.ts";
import type { Call, Caller } from "./call.ts";
import type { Channel } from "./channel.ts";
import {
  checkInstance,
  type ExposedMember,
  type Exposure,
  exposureOf,
  serialOf,
} from "./expose.ts";
import { type AnyFunction, callFunction, describeFunction } from "./function-entry.ts";
import { channelOf, describe, isProxy, uriOf } from "./proxy.ts";
import { serialEntry } from "./serial.ts";
import type { SerialOptions } from "./turns.ts";

type AnyClass = abstract new (...args: never[]) => object;
type NewableClass<T extends object> = new () => T;

/**
 * How many instances a registered class has: one for all (`"single"`), one a connection (`"session"`), or one a call
 * (`"percall"`).
 */
export type InstanceMode = "single" | "session" | "percall";

/** How one object is served. */
export interface RegisterOptions<T extends object = object> {
  /** Exposes the members whose names match, of an object whose class was not made for it. */
  readonly expose?: RegExp;
  /** For a class. Default `"session"`, as in Pyro. */
  readonly mode?: InstanceMode;
  /** Makes an instance of a registered class. Default: `new Class()`. */
  readonly create?: (registered: new (...args: never[]) => T) => T;
  /**
   * One call at a time, whoever calls: for a device that takes no more. Others wait, in order, `queue` of them (100), more
   * are refused with `ERR_BUSY`. Default: as the class was exposed.
   */
  readonly serial?: boolean | SerialOptions;
  /**
   * An object whose exposed members are offered under the same id: what every server has, such as `ping`. Where both have
   * a member, it is the object's own that is called; `serial` concerns those alone.
   */
  readonly beside?: object;
  /** Replaces an object that is registered under the same id. */
  readonly force?: boolean;
  /** Holds an instance no longer than the rest of the program does: when it is collected, its id is free. */
  readonly weak?: boolean;
}

/** One registered object: an instance, a class that is instantiated for its callers, or an adopted remote object. */
export interface Entry {
  readonly id: string;
  /** What callers may reach. Of an adopted object, what its own side offers now. */
  readonly exposure: Exposure;
  /** What was registered; undefined once it was collected, where it was held weakly. */
  readonly target: object | undefined;
  /** Does to an exposed member what the call asks for: a value, a promise, or an iterator. */
  perform(member: ExposedMember, call: Call, caller: Caller): unknown;
}

/**
 * Makes the registry entry of an instance, a class or a proxy.
 * @throws DaemonError `ERR_NOTHING_EXPOSED`.
 */
export function makeEntry<T extends object>(
  id: string,
  target: T | NewableClass<T>,
  options: RegisterOptions<T>,
): Entry {
  const entry = parallelEntry(id, target, options);
  // Others have no class that could have said so.
  const hasClass = isInstanceOrClass(target);
  const serial = options.serial ?? (hasClass && serialOf(target));
  const own = serial ? serialEntry(entry, serial) : entry;
  return options.beside ? withBeside(own, makeEntry(id, options.beside, {})) : own;
}

function withBeside(own: Entry, beside: Entry): Entry {
  // Made anew when an adopted object offers something else.
  let of: Exposure | undefined;
  let merged: Exposure = own.exposure;
  return {
    id: own.id,
    get target() {
      return own.target;
    },
    get exposure() {
      if (of !== own.exposure) {
        of = own.exposure;
        merged = { ...of, members: new Map([...beside.exposure.members, ...of.members]) };
      }
      return merged;
    },
    perform(member, call, caller) {
      const entry = own.exposure.members.has(member.name) ? own : beside;
      return entry.perform(member, call, caller);
    },
  };
}

function parallelEntry<T extends object>(
  id: string,
  target: T | NewableClass<T>,
  options: RegisterOptions<T>,
): Entry {
  if (options.weak && (!isInstanceOrClass(target) || isClass(target))) throw notWeak(target);
  if (isProxy(target)) return adoptedEntry(id, target);
  if (isFunction(target)) {
    const perform = (_member: ExposedMember, call: Call) => callFunction(target, call);
    return { id, exposure: describeFunction(target), target, perform };
  }
  const exposure = exposureOf(target, options.expose);
  if (exposure.members.size === 0) throw nothingExposed(id, target, exposure);
  if (!isClass(target)) {
    markReference(target);
    if (options.weak) return weakEntry(id, new WeakRef(target), checkInstance(exposure, target));
    const perform = (member: ExposedMember, call: Call) => access(target, member, call);
    return { id, exposure: checkInstance(exposure, target), target, perform };
  }
  const create = () => createInstance(target as NewableClass<T>, exposure, options);
  const instanceFor = instancePolicy(options.mode ?? "session", create);
  const perform = (member: ExposedMember, call: Call, caller: Caller) =>
    access(instanceFor(caller), member, call);
  return { id, exposure, target, perform };
}

/** Nothing in here may see the instance but by its reference: a closure that did would keep it. */
function weakEntry(id: string, held: WeakRef<object>, exposure: Exposure): Entry {
  return {
    id,
    exposure,
    get target() {
      return held.deref();
    },
    perform(member, call) {
      const target = held.deref();
      // It may have waited for its turn.
      if (target === undefined) throw unknownObject(id);
      return access(target, member, call);
    },
  };
}

/** Whether `target` could be registered as it is, and so can be lent: a function, a proxy, what exposes something. */
export function isCallable(target: object): boolean {
  if (isProxy(target) || isFunction(target)) return true;
  return typeof target !== "function" && exposureOf(target).members.size > 0;
}

/** A function that is no constructor: neither a class, nor one whose prototype exposes something. */
function isFunction(target: object): target is AnyFunction {
  if (typeof target !== "function" || isClass(target)) return false;
  return !Object.hasOwn(target, "prototype") || exposureOf(target).members.size === 0;
}

/**
 * A remote object that is served on here, unchanged: its members, documentation, streams and errors are those of its own
 * side. A connection that was lost is made anew by the next call.
 */
function adoptedEntry(id: string, proxy: object): Entry {
  const channel = channelOf(proxy);
  // Throws for a proxy that was never connected: nothing would be known of it.
  if (describe(proxy).members.size === 0) throw nothingExposed(id, proxy);
  return {
    id,
    target: proxy,
    get exposure() {
      return describe(proxy);
    },
    perform: (_member, call) => forward(channel, call),
  };
}

/** Makes the same call of what is at the end of a channel. */
export function forward(channel: Channel, call: Call): Promise<unknown> {
  const { member, kind, args, kwargs, annotations, correlationId, signal, deadline } = call;
  return channel.call({
    member,
    kind,
    args,
    kwargs,
    deadline,
    options: {
      annotations,
      correlationId,
      signal,
      oneway: call.oneway || undefined,
      onAnnotations: (answered) => {
        if (answered.size > 0) call.responseAnnotations = new Map(answered);
      },
    },
  });
}

function isInstanceOrClass(target: object): boolean {
  return !isProxy(target) && !isFunction(target);
}

function notWeak(target: object): TypeError {
  return new TypeError(
    `Expected an instance to hold weakly, got ${nameOf(target)}; a class, a function or a proxy is registered without { weak: true }`,
  );
}

/** Python's clients and tests look for the first two words. */
export function unknownObject(id: string): DaemonError {
  return new DaemonError("ERR_UNKNOWN_OBJECT", `unknown object "${id}"`);
}

function nothingExposed(id: string, target: object, exposure?: Exposure): DaemonError {
  return new DaemonError(
    "ERR_NOTHING_EXPOSED",
    `${nameOf(target)} exposes nothing, so nobody could call "${id}"; declare its members with ` +
      `expose(${exposure?.className ?? "TheClass"}, { member: true }), or pass { expose: /^(read|list)/ }`,
  );
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

/** Does to one exposed member what the call asks for. */
function access(instance: object, member: ExposedMember, call: Call): unknown {
  const target = instance as Record<string, unknown>;
  if (call.kind === "get") {
    if (member.kind === "method") throw notAnAttribute(call);
    return target[member.name];
  }
  if (call.kind === "set") {
    if (member.kind === "method" || member.readonly) throw readonlyAttribute(call, member);
    target[member.name] = call.args[0];
    return null;
  }
  const method = target[member.name];
  if (typeof method !== "function") throw notAMethod(call);
  const args = bindArguments(member, call.args, call.kwargs);
  return Reflect.apply(method, instance, args);
}

function notAnAttribute(call: Call): MemberError {
  return new MemberError(
    "ERR_NOT_AN_ATTRIBUTE",
    `attempt to access unexposed or unknown remote attribute '${call.member}': it is a method of "${call.object}"; call it`,
  );
}

function readonlyAttribute(call: Call, member: ExposedMember): MemberError {
  const why = member.kind === "method" ? "is a method" : "is read-only";
  return new MemberError(
    "ERR_READONLY",
    `attempt to access unexposed or unknown remote attribute '${call.member}': it ${why} and cannot be set`,
  );
}

function notAMethod(call: Call): MemberError {
  return new MemberError(
    "ERR_NOT_A_METHOD",
    `attribute '${call.member}' of "${call.object}" is not a method; read it without calling it`,
  );
}

/** True for a class: a constructor that only `new` can call. */
export function isClass(target: object): target is AnyClass {
  return typeof target === "function" && /^class\b/.test(Function.prototype.toString.call(target));
}

/** How an error names what was registered. */
export function nameOf(target: object): string {
  if (isProxy(target)) return `the proxy of ${uriOf(target)}`;
  if (typeof target === "function") return target.name || "an unnamed class";
  const name = (target as object | null)?.constructor?.name;
  return name && name !== "Object" ? `an instance of ${name}` : "an object";
}
