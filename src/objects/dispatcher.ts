import { type BunsenError, DaemonError, MemberError } from "../errors.ts";
import type { Call, Caller } from "./call.ts";
import { CallContext, runInContext } from "./context.ts";
import { type Entry, unknownObject } from "./entry.ts";
import { isLoanId } from "./loans.ts";
import type { Objects } from "./registry.ts";
import { ItemStream } from "./stream.ts";

/**
 * Something that every call passes on its way to the object: permissions, metrics, tracing, audit.
 * It may look at the call, refuse it by throwing, wait, and see the outcome of `next()`.
 */
export type CallHook = (call: Call, caller: Caller, next: () => unknown) => unknown;

/**
 * Asked once a connection: returns what the caller gets as handshake answer (or a promise of it), or throws to refuse
 * it; the caller is told the error's message. `caller.handshake` is what the caller sent, `callContext()` has the
 * annotations of both ways, and `caller.identity` may be set.
 */
export type HandshakeHook = (caller: Caller, object: string) => unknown;

/** The one place that every call passes, in whatever dialect it came. Knows nothing about bytes. */
export class Dispatcher {
  readonly registry: Objects;
  /** Shared with those made by `over`, and so added to later. */
  readonly #hooks: CallHook[];
  readonly #judge: { hook: HandshakeHook | undefined };

  /** @param like - Whose hooks hold, now and later. */
  constructor(registry: Objects, like?: Dispatcher) {
    this.registry = registry;
    this.#hooks = like ? like.#hooks : [];
    this.#judge = like ? like.#judge : { hook: undefined };
  }

  /** The same hooks in front of other objects: what one place offers of a daemon's, and beside them. */
  over(objects: Objects): Dispatcher {
    return new Dispatcher(objects, this);
  }

  /** Adds a hook inside the ones added before. */
  use(hook: CallHook): void {
    this.#hooks.push(hook);
  }

  onHandshake(hook: HandshakeHook): void {
    this.#judge.hook = hook;
  }

  /** Judges a new connection, which `call` asks for; throws to refuse it. */
  handshake(call: Call, caller: Caller): unknown {
    const { hook } = this.#judge;
    if (hook === undefined) return "hello";
    return runInContext(new CallContext(call, caller), () => hook(caller, call.object));
  }

  /**
   * Runs one call. The result is a value, an `ItemStream`, or a promise of either; a failure is thrown, or rejects.
   * Nothing is awaited that is not a promise, so that a plain method costs no turn of the event loop.
   */
  dispatch(call: Call, caller: Caller): unknown {
    const context = new CallContext(call, caller);
    if (this.#hooks.length === 0) return runInContext(context, () => this.#invoke(call, caller));
    // A hook may return something of its own, and that may be a stream or a promise, too.
    return runInContext(context, () => settle(this.#throughHook(0, call, caller)));
  }

  #throughHook(index: number, call: Call, caller: Caller): unknown {
    const hook = this.#hooks[index];
    if (hook === undefined) return this.#invoke(call, caller);
    return hook(call, caller, () => this.#throughHook(index + 1, call, caller));
  }

  #invoke(call: Call, caller: Caller): unknown {
    const entry = this.registry.get(call.object) ?? caller.session.loans?.find(call.object);
    if (entry === undefined) throw notThere(call.object, caller);
    const member = entry.exposure.members.get(call.member);
    if (member === undefined) throw notExposed(entry, call);
    return settle(entry.perform(member, call, caller));
  }
}

/** What a method returned, with streams as `ItemStream`. Promises of other libraries count as promises. */
function settle(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  if (typeof (result as Partial<PromiseLike<unknown>>).then === "function") {
    return Promise.resolve(result).then(streamOrValue);
  }
  return streamOrValue(result);
}

function streamOrValue(value: unknown): unknown {
  return typeof value === "object" && value !== null ? (ItemStream.from(value) ?? value) : value;
}

function notThere(id: string, { session }: Caller): DaemonError {
  if (isLoanId(id) && session.loans) {
    return new DaemonError("ERR_CALLBACK_RELEASED", `${id} was released; pass it anew`);
  }
  return unknownObject(id);
}

/** The texts begin as Pyro's do: Python code that matches them keeps working. */
function notExposed(entry: Entry, call: Call): BunsenError {
  const { member } = call;
  const where = `"${entry.id}" exposes ${[...entry.exposure.members.keys()].join(", ")}`;
  if (member.startsWith("_")) {
    return new MemberError(
      "ERR_PRIVATE_MEMBER",
      `attempt to access private attribute '${member}'; ${where}`,
    );
  }
  return new MemberError(
    "ERR_UNKNOWN_MEMBER",
    `attempt to access unexposed or unknown remote attribute '${member}'; ${where}`,
  );
}
