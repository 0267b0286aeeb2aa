import { bindArguments } from "./bind-arguments.ts";
import type { Call } from "./call.ts";
import type { Description, MemberDescription } from "./description.ts";
import { sourceOfFunction } from "./source.ts";

/** The member that a function is called by. */
export const CALL_MEMBER = "call";

export type AnyFunction = (...args: unknown[]) => unknown;

/** What is told of a function to those who know that it is one. */
export const FUNCTION: Description = {
  members: new Map([[CALL_MEMBER, methodNamed(CALL_MEMBER)]]),
};

/**
 * A function as an object: its methods are `call` and, if it has a name, that. Python has no way to call a proxy but by
 * the name of a method.
 */
export function describeFunction(target: AnyFunction): { members: Map<string, MemberDescription> } {
  const names = new Set([CALL_MEMBER]);
  if (/^[A-Za-z]\w*$/.test(target.name)) names.add(target.name);
  return { members: new Map([...names].map((name) => [name, methodNamed(name)])) };
}

/** Calls it. As when a function is called directly, an argument too many does no harm. */
export function callFunction(target: AnyFunction, { member, args, kwargs }: Call): unknown {
  if (kwargs === null || Object.keys(kwargs).length === 0) return target(...args);
  // Only now its source is read: most callbacks are made anew for each call.
  const parameters = sourceOfFunction(target)?.parameters;
  const described = { ...methodNamed(member), ...(parameters && { parameters }) };
  return target(...bindArguments(described, args, kwargs));
}

function methodNamed(name: string): MemberDescription {
  return { name, kind: "method", oneway: false, readonly: false, stream: false };
}
