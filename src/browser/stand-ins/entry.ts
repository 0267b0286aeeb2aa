import type { Description } from "../../objects/description.ts";
import { describeFunction } from "../../objects/function-entry.ts";
import { channelOf, describe, isProxy } from "../../objects/proxy.ts";
import type { CallPayload } from "../../pyro/payload.ts";

/** What a page lends: a function, or a proxy that is passed on. Objects of its own stay with it. */
export interface LentEntry {
  readonly target: object;
  readonly exposure: Description;
  call(payload: CallPayload): unknown;
}

export function makeEntry(_id: string, target: object): LentEntry {
  if (isProxy(target)) {
    const call = ({ member, args, kwargs }: CallPayload) =>
      channelOf(target).call({ member, kind: "call", args, kwargs, options: {} });
    return { target, exposure: describe(target), call };
  }
  const called = target as (...args: unknown[]) => unknown;
  return { target, exposure: describeFunction(called), call: ({ args }) => called(...args) };
}

export function isCallable(target: object): boolean {
  return isProxy(target) || (typeof target === "function" && !isClass(target));
}

export function isClass(target: object): boolean {
  return typeof target === "function" && /^class\b/.test(Function.prototype.toString.call(target));
}
