import { connect } from "../connect.ts";
import { BunsenError, MemberError } from "../errors.ts";
import type { Caller } from "../objects/call.ts";
import { currentContext } from "../objects/context.ts";
import { expose } from "../objects/expose.ts";
import { channelOf, describe, isProxy, release, uriOf } from "../objects/proxy.ts";
import { PyroUri } from "../pyro/index.ts";

/**
 * What a client sends as the keyword argument `cb_info`, so that a method can tell it of its progress and its result: the
 * protocol of pyro_support's asynchronous methods.
 */
export interface CallbackInfo {
  /** A proxy of an object of the client; its URI will do. */
  readonly cb_handler?: unknown;
  /** The method of it that is told the result. A function, where the client can send one. */
  readonly cb?: unknown;
  /** The method of it that is told of progress. */
  readonly cb_updates?: unknown;
}

/** How a method tells the client that called it, and nobody else. */
export interface Callbacks extends AsyncDisposable {
  /** Tells the result. Resolves to what the client's method returns; undefined where it wants none. */
  done(...args: unknown[]): Promise<unknown>;
  /** Tells of progress. Any number of times. */
  update(...args: unknown[]): Promise<unknown>;
}

type Told = (...args: unknown[]) => unknown;
type Handler = Readonly<Record<string, Told>>;

/**
 * How to tell the client of a call, from its `cb_info`: a method takes it as a property of its last parameter,
 * `square(x, { cb_info } = {})`. Without one nobody is told.
 * @throws BunsenError `ERR_CALLBACK` where it names a method, and no handler that could have it.
 */
export function callbacksOf(info: CallbackInfo | null | undefined): Callbacks {
  const { cb_handler: given, cb, cb_updates } = info ?? {};
  if (!given && [cb, cb_updates].some((name) => typeof name === "string")) {
    throw new BunsenError(
      "ERR_CALLBACK",
      "cb_info names a method to call back, and has no cb_handler; register an object with it on a daemon, and pass that as cb_handler",
    );
  }
  const { handler, release } = handlerOf(given);
  const teller = (callback: unknown): Told => {
    if (typeof callback === "function") return callback as Told;
    if (typeof callback !== "string") return async () => undefined;
    return async (...args) => await member(await handler(), callback)(...args);
  };
  const [done, update] = [teller(cb), teller(cb_updates)];
  return {
    done: async (...args) => await done(...args),
    update: async (...args) => await update(...args),
    [Symbol.asyncDispose]: release,
  };
}

/** A URI is connected to with the first callback, and released with the callbacks; a proxy is its owner's. */
function handlerOf(given: unknown): { handler(): Promise<object>; release(): Promise<void> } {
  if (!(given instanceof PyroUri) && typeof given !== "string") {
    return { handler: async () => given as object, release: async () => {} };
  }
  // It holds where the caller is: by the tunnel that the call came by, if it did.
  const caller = currentContext()?.caller;
  let connecting: Promise<object> | undefined;
  return {
    handler() {
      connecting ??= connected(String(given), caller);
      return connecting;
    },
    async release() {
      const proxy = await connecting?.catch(() => undefined);
      if (proxy) await release(proxy);
    },
  };
}

async function connected(uri: string, caller: Caller | undefined): Promise<object> {
  const proxy = caller?.proxyOf?.(uri);
  if (proxy === undefined) return await connect(uri);
  await channelOf(proxy).open();
  return proxy;
}

/** A proxy that was never connected knows of no members: that says nothing. */
function member(handler: object, name: string): Told {
  const known = isProxy(handler) ? membersOf(handler) : undefined;
  if (known && known.size > 0 && !known.has(name)) {
    throw new MemberError(
      "ERR_UNKNOWN_MEMBER",
      `cb_info names "${name}", which ${uriOf(handler)} does not expose; it has ${[...known.keys()].join(", ")}`,
    );
  }
  const told = (handler as Handler)[name];
  if (typeof told !== "function") {
    throw new MemberError(
      "ERR_UNKNOWN_MEMBER",
      `cb_info names "${name}", which its handler has not`,
    );
  }
  // A handler need not be a proxy: a gateway's is an object of this process.
  return (...args) => Reflect.apply(told, handler, args);
}

function membersOf(proxy: object): ReadonlyMap<string, unknown> | undefined {
  try {
    return describe(proxy).members;
  } catch {
    return undefined;
  }
}

/** What a client is told by an asynchronous method. */
export interface Listening {
  /** The result. */
  readonly done?: Told;
  /** Progress. */
  readonly update?: Told;
}

class CallbackHandler {
  readonly #listening: Listening;

  constructor(listening: Listening) {
    this.#listening = listening;
  }

  done(...args: unknown[]): unknown {
    return this.#listening.done?.(...args);
  }

  update(...args: unknown[]): unknown {
    return this.#listening.update?.(...args);
  }
}
expose(CallbackHandler, { done: true, update: true });

/**
 * The `cb_info` by which an asynchronous method of a server of pyro_support tells this client:
 * `await server.square(2, kwargs({ cb_info: callbackInfo({ done: (result) => … }) }))`. Only this call's result arrives.
 */
export function callbackInfo(listening: Listening): CallbackInfo {
  return {
    cb_handler: new CallbackHandler(listening),
    ...(listening.done && { cb: "done" }),
    ...(listening.update && { cb_updates: "update" }),
  };
}
