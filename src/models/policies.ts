import type { HmacKey } from "../pyro/index.ts";
import type { Who } from "./who.ts";

/** Who asks for leave, and whether it registered with `addController`. */
export interface Asker extends Who {
  readonly registered: boolean;
  /** False once its connection is closed. */
  readonly connected: boolean;
}

/** `true`, or why not: what the one who asks is told. */
export type Verdict = true | string;

/**
 * Judges what is not purely reading: `addController` (with identity and role as `args`), and each change, by its name.
 * Runs before the change waits for its turn; the model's own program is not judged.
 */
export type Policy = (
  asker: Asker,
  operation: string,
  args: readonly unknown[],
) => Verdict | Promise<Verdict>;

/** What asks for leave to register. */
export const ADD_CONTROLLER = "addController";

/** Whoever can call may change: as it was in the original, for a network where everybody is trusted. */
export const everyone: Policy = () => true;

/** Whoever called `addController` on the same connection. */
export const registered: Policy = (asker, operation) =>
  operation === ADD_CONTROLLER ||
  asker.registered ||
  "this connection is not registered as a controller; call addController() first";

/** Who may come, by which key, and as what. */
export interface AllowedKey {
  /** Pyro4's `_pyroHmacKey`. Text stands for its UTF-8 bytes. */
  readonly key: HmacKey;
  readonly identity: string;
  /** As what it may register. Default: `["controller"]`; an empty list for one who may only look. */
  readonly roles?: readonly string[];
}

/** An allow list of keys, as a listener and a model need it. */
export interface AllowList {
  /** For the listener: `daemon.listen(url, { hmacKeys })`. Which key signs the handshake is who calls. */
  readonly hmacKeys: readonly { readonly key: HmacKey; readonly identity: string }[];
  /** For the model: lets those change who registered, in a role of theirs, on a connection that proves them. */
  readonly policy: Policy;
}

/** Keys, whose they are, and what each may register as. */
export function allowList(keys: readonly AllowedKey[]): AllowList {
  const roles = new Map<string, Set<string>>();
  for (const { identity, roles: some = ["controller"] } of keys) {
    roles.set(identity, new Set([...(roles.get(identity) ?? []), ...some]));
  }
  return {
    hmacKeys: keys.map(({ key, identity }) => ({ key, identity })),
    policy(asker, operation, args) {
      if (!asker.proved) return "no key on the allow list signed this connection";
      const own = roles.get(asker.identity);
      if (own === undefined) return `${asker.identity} is not on the allow list`;
      if (operation !== ADD_CONTROLLER) return registered(asker, operation, args);
      const role = String(args[1]);
      return own.has(role) || `the role "${role}" is not one of this key`;
    },
  };
}

/** How long a controller has a model to itself. */
export interface LeaseOptions {
  /** Milliseconds that a controller has to itself. Each of its changes begins them anew, until another one asks. */
  readonly ms: number;
}

/**
 * One controller at a time: whoever registered and makes a change has the model to itself. Another one that tries is told
 * until when, and has asked by that: from then on the holder's time runs out, and the one that asked first is next. The
 * end of the holder's connection ends its lease.
 */
export function lease({ ms }: LeaseOptions): Policy {
  if (!(ms > 0)) throw new RangeError(`Expected \`ms\` to be more than 0, got ${ms}`);
  let holder: Asker | undefined;
  let until = 0;
  /** Who asked first, and must come while it is free: until `ms` after the holder's time. */
  let next: Asker | undefined;
  return (asker, operation, args) => {
    if (operation === ADD_CONTROLLER) return true;
    const verdict = registered(asker, operation, args);
    if (verdict !== true) return verdict;
    const now = Date.now();
    const present = (one: Asker | undefined) => one?.connected === true && one.registered;
    if (!present(next)) next = undefined;
    if (holder === asker && now < until) {
      if (next === undefined) until = now + ms;
      return true;
    }
    if (present(holder) && now < until) {
      next ??= asker;
      return `${holder?.identity} has control until ${new Date(until).toISOString()}${next === asker ? "; then it is yours" : ""}`;
    }
    if (next !== undefined && next !== asker && now < until + ms) {
      return `${next.identity} asked for control before`;
    }
    holder = asker;
    next = undefined;
    until = now + ms;
    return true;
  };
}
