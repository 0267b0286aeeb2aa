import { bindArguments } from "./bind-arguments.ts";
import type { Call } from "./call.ts";
import type { Description, MemberDescription } from "./description.ts";
import { type Entry, isClass, makeEntry } from "./entry.ts";
import { exposureOf } from "./expose.ts";
import { isProxy } from "./proxy.ts";
import { sourceOfFunction } from "./source.ts";

/** The member under which a function that was passed on is called. */
export const CALL_MEMBER = "call";

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * The entry of an object or function that a peer may call without its being registered: a function, a proxy, or an
 * object that exposes something.
 * @returns undefined for anything else.
 */
export function makeLoan(id: string, target: object): Entry | undefined {
  if (isProxy(target)) return makeEntry(id, target, {});
  if (typeof target === "function") {
    return isClass(target) ? undefined : functionEntry(id, target as AnyFunction);
  }
  return exposureOf(target).members.size > 0 ? makeEntry(id, target, {}) : undefined;
}

/** The members of a function: what its peers may call it by. Python has no way to call a proxy but by a method's name. */
function functionEntry(id: string, target: AnyFunction): Entry {
  const names = new Set([CALL_MEMBER, "__call__"]);
  if (/^[A-Za-z]\w*$/.test(target.name)) names.add(target.name);
  const members = new Map([...names].map((name) => [name, methodNamed(name)]));
  return {
    id,
    exposure: { members },
    target,
    perform: (_member, call) => target(...argumentsOf(target, call)),
  };
}

/** As when a function is called directly, one argument too many does no harm. */
function argumentsOf(target: AnyFunction, { member, args, kwargs }: Call): unknown[] {
  if (kwargs === null || Object.keys(kwargs).length === 0) return args;
  // Only now its source is read: most callbacks are made anew for each call.
  const parameters = sourceOfFunction(target)?.parameters;
  return bindArguments({ ...methodNamed(member), ...(parameters && { parameters }) }, args, kwargs);
}

function methodNamed(name: string): MemberDescription {
  return { name, kind: "method", oneway: false, readonly: false, stream: false };
}

/** What is told of a function: that it can be called. */
export const FUNCTION: Description = {
  members: new Map([[CALL_MEMBER, methodNamed(CALL_MEMBER)]]),
};
