import type { ProxyReference } from "./pyro/index.ts";

/**
 * What a daemon says of an object that is registered on it; undefined once it is not.
 * @param local - This machine's address towards whoever is told.
 */
export type Home = (target: object, local: string | undefined) => ProxyReference | undefined;

/** The daemons of objects: a side table, so that whoever sends an object need not know of its daemon. */
const homes = new WeakMap<object, Home[]>();

/** Tells that `target` can be called at `home` from now on. */
export function addHome(target: object, home: Home): void {
  const others = homes.get(target)?.filter((other) => other !== home) ?? [];
  homes.set(target, [...others, home]);
}

export function removeHome(target: object, home: Home): void {
  const left = homes.get(target)?.filter((other) => other !== home) ?? [];
  if (left.length > 0) homes.set(target, left);
  else homes.delete(target);
}

/** What to send in place of an object: the proxy of it on the daemon that has had it longest. */
export function homeOf(target: object, local: string | undefined): ProxyReference | undefined {
  for (const home of homes.get(target) ?? []) {
    const reference = home(target, local);
    if (reference) return reference;
  }
  return undefined;
}
