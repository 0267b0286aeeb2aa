import { BunsenError, MemberError } from "../errors.ts";
import { splitKwargs } from "./bind-arguments.ts";
import type { CallKind } from "./call.ts";
import type { CallOptions, Channel, ConnectionState, Request } from "./channel.ts";
import { currentContext } from "./context.ts";
import type { Description } from "./description.ts";
import { takeBack } from "./lenders.ts";
import type { Observable } from "./observable.ts";
import type { Assignable, Remote } from "./remote.ts";
import { Reply } from "./reply.ts";
import { callWithRetries } from "./retrying.ts";

/** What stands behind a proxy. In a side table, so that no name of ours can hide a remote member. */
interface ProxyState {
  readonly channel: Channel;
  readonly options: CallOptions;
  /** Sends what the proxy is asked for: at once, or collected into a batch. */
  readonly send: (request: Request) => Promise<unknown>;
  /** The proxy is a function that calls this member. */
  readonly calls?: string | undefined;
  /** The proxy is of a part of the object: `angry.` stands before each of its members. */
  readonly part?: string | undefined;
}

const states = new WeakMap<object, ProxyState>();

/** Makes the proxy of the object at the end of `channel`. */
export function createProxy<T>(channel: Channel, options: CallOptions = {}): Remote<T> {
  const send = (request: Request) =>
    request.options.retries ? callWithRetries(channel, request) : channel.call(request);
  return proxyFor({ channel, options, send });
}

/** Makes the stand-in of a remote function: calling it calls `member` of what is at the end of `channel`. */
export function createRemoteFunction(channel: Channel, member: string): RemoteMethod {
  return proxyFor({
    channel,
    options: {},
    send: (request) => channel.call(request),
    calls: member,
  });
}

/** True for a proxy made by this library, and for the stand-in of a peer's function. */
export function isProxy(value: unknown): boolean {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && states.has(value);
}

/** The channel behind a proxy. */
export function channelOf(proxy: object): Channel {
  return stateOf(proxy).channel;
}

/** The remote object's URI. */
export function uriOf(proxy: object): string {
  return stateOf(proxy).channel.uri;
}

/** How the connection of a proxy is, as a value that can be watched. */
export function connectionState(proxy: object): Observable<ConnectionState> {
  return stateOf(proxy).channel.state;
}

/**
 * What a remote object offers: members, signatures, documentation. Known since the connection was made.
 * Python peers tell names only.
 */
export function describe(proxy: object): Description {
  const { channel } = stateOf(proxy);
  if (channel.description === undefined) {
    throw new BunsenError(
      "ERR_NOT_CONNECTED",
      `${channel.uri} was not connected yet; await connect(…)`,
    );
  }
  return channel.description;
}

/** Sets remote attributes, one after the other; awaited, so that an error reaches the caller. */
export async function assign<T>(proxy: Remote<T>, values: Assignable<T>): Promise<void> {
  const state = stateOf(proxy);
  for (const [name, value] of Object.entries(values)) {
    await state.send(makeRequest(state, (state.part ?? "") + name, "set", [value]));
  }
}

/** The same remote object with other call options: `withOptions(t, { timeout: 100 }).read(1)`. Shares the connection. */
export function withOptions<P extends object>(proxy: P, options: CallOptions): P {
  const state = stateOf(proxy);
  const merged = { ...state.options, ...options };
  return proxyFor({ ...state, options: merged });
}

/**
 * Ends the connection of a proxy; the next call on it connects again. Of a callback, or an object that a peer passed
 * without registering it: gives it back. Of a function or object of this side that peers hold: takes it back.
 */
export async function release(target: object): Promise<void> {
  if (!states.has(target) && takeBack(target)) return;
  await stateOf(target).channel.close();
}

/**
 * Sends several calls in one message; they run in order, up to the first that fails.
 * `const [a, b] = await batch(t, (b) => [b.read(1), b.read(2)])`. Rejects with the first error.
 */
export async function batch<T, const R extends readonly unknown[]>(
  proxy: Remote<T>,
  build: (recorder: Remote<T>) => R,
): Promise<{ -readonly [K in keyof R]: Awaited<R[K]> }> {
  const results = record(proxy, build, false);
  return (await Promise.all(results.returned)) as { -readonly [K in keyof R]: Awaited<R[K]> };
}

/** As `batch`, with each outcome for itself, as `Promise.allSettled` gives them. */
export async function batchSettled<T, const R extends readonly unknown[]>(
  proxy: Remote<T>,
  build: (recorder: Remote<T>) => R,
): Promise<{ -readonly [K in keyof R]: PromiseSettledResult<Awaited<R[K]>> }> {
  const results = record(proxy, build, false);
  return (await Promise.allSettled(results.returned)) as {
    -readonly [K in keyof R]: PromiseSettledResult<Awaited<R[K]>>;
  };
}

/** Sends several calls in one message and waits for no answer. */
export async function batchOneway<T>(
  proxy: Remote<T>,
  build: (recorder: Remote<T>) => readonly unknown[],
): Promise<void> {
  await record(proxy, build, true).sent;
}

interface Recorded<R> {
  readonly returned: R;
  readonly sent: Promise<unknown>;
}

/** Lets `build` call a stand-in, then sends what it called and settles the promises it got. */
function record<T, R extends readonly unknown[]>(
  proxy: Remote<T>,
  build: (recorder: Remote<T>) => R,
  oneway: boolean,
): Recorded<R> {
  const state = stateOf(proxy);
  const requests: Request[] = [];
  const waiting: { resolve(value: unknown): void; reject(reason: unknown): void }[] = [];
  const recorder = proxyFor<Remote<T>>({
    ...state,
    send(request) {
      if (request.kind !== "call") throw onlyCalls(request);
      requests.push(request);
      const reply = new Reply((resolve, reject) => waiting.push({ resolve, reject }));
      // Nobody may look at one of several results: that is no unhandled rejection.
      reply.catch(() => {});
      return reply;
    },
  });
  const returned = build(recorder);
  const sent = requests.length === 0 ? Promise.resolve([]) : state.channel.batch(requests, oneway);
  sent.then(
    (outcomes) => {
      waiting.forEach((reply, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) {
          if (oneway) reply.resolve(undefined);
          else reply.reject(notRun(requests[index] as Request, requests[outcomes.length - 1]));
        } else if ("error" in outcome) reply.reject(outcome.error);
        else reply.resolve(outcome.value);
      });
    },
    (error: unknown) => {
      for (const reply of waiting) reply.reject(error);
    },
  );
  return { returned, sent };
}

function onlyCalls(request: Request): BunsenError {
  return new MemberError(
    "ERR_BATCH_ATTRIBUTE",
    `A batch carries method calls only; read or set the attribute "${request.member}" outside it`,
  );
}

function notRun(request: Request, failed: Request | undefined): BunsenError {
  const why = failed ? `"${failed.member}" failed before it` : "the peer stopped before it";
  return new BunsenError("ERR_BATCH_STOPPED", `"${request.member}" was not run: ${why}`, {
    retry: "later",
  });
}

function stateOf(proxy: object): ProxyState {
  const state = states.get(proxy);
  if (state === undefined) {
    throw new TypeError("Expected a proxy made by connect(), got another object");
  }
  return state;
}

function makeRequest(
  state: ProxyState,
  member: string,
  kind: CallKind,
  args: readonly unknown[],
  kwargs: Record<string, unknown> | null = null,
): Request {
  const context = currentContext();
  if (context === undefined) return { member, kind, args, kwargs, options: state.options };
  // A call made while serving one carries its correlation id on, and ends with it.
  const { options } = state;
  const { deadline, signal } = context.bounds;
  const inherited = {
    correlationId: options.correlationId ?? context.knownCorrelationId,
    signal:
      options.signal && signal
        ? AbortSignal.any([options.signal, signal])
        : (options.signal ?? signal),
  };
  return { member, kind, args, kwargs, options: { ...options, ...inherited }, deadline };
}

function proxyFor<P extends object>(state: ProxyState): P {
  const proxy =
    state.calls === undefined
      ? new Proxy(new RemoteObject(), new Handler(state))
      : remoteMethod(state, state.calls);
  states.set(proxy, state);
  return proxy as P;
}

function remoteMethod(state: ProxyState, name: string): RemoteMethod {
  return (...args) => {
    const last = args.length > 0 ? args[args.length - 1] : undefined;
    if (typeof last === "object" && last !== null) {
      const [positional, kwargs] = splitKwargs(args);
      return Reply.of(state.send(makeRequest(state, name, "call", positional, kwargs)));
    }
    return Reply.of(state.send(makeRequest(state, name, "call", args)));
  };
}

/** Node's `util.inspect.custom`; by this name it needs no import. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What a proxy looks like to who asks for its class: no plain record, that a serializer would send as a dict. */
class RemoteObject {
  /** `console.log` looks behind a proxy, and calls this on the proxy itself. */
  [INSPECT](): string {
    const state = states.get(this);
    return state ? shown(state.channel.uri) : "RemoteObject";
  }
}

function shown(uri: string): string {
  return `[proxy of ${uri}]`;
}

type RemoteMethod = (...args: unknown[]) => unknown;

class Handler implements ProxyHandler<object> {
  readonly #state: ProxyState;
  readonly #methods = new Map<string, RemoteMethod>();

  constructor(state: ProxyState) {
    this.#state = state;
  }

  get(_target: object, name: string | symbol): unknown {
    if (typeof name === "symbol") return this.#symbol(name);
    // `await proxy` asks for `then`, a logger for `toJSON`: neither may call the peer.
    if (name === "then") return undefined;
    if (name === "toJSON") return () => this.#state.channel.uri;
    const state = this.#state;
    const member = this.#memberOf(name);
    // Looked up each time: what an object offers may not be known yet, and may be something else after a reconnection.
    if (state.channel.description?.members.get(member)?.kind === "attribute") {
      return Reply.of(state.send(makeRequest(state, member, "get", [])));
    }
    if (this.#isPart(member)) return proxyFor({ ...state, part: `${member}.` });
    const known = this.#methods.get(name);
    if (known !== undefined) return known;
    const method = remoteMethod(state, member);
    this.#methods.set(name, method);
    return method;
  }

  #memberOf(name: string): string {
    return this.#state.part === undefined ? name : this.#state.part + name;
  }

  /** Some dialects have objects in objects: their members are told with dots. */
  #isPart(name: string): boolean {
    const members = this.#state.channel.description?.members;
    if (members === undefined || members.has(name)) return false;
    for (const member of members.keys()) if (member.startsWith(`${name}.`)) return true;
    return false;
  }

  #symbol(name: symbol): unknown {
    const { channel } = this.#state;
    if (name === Symbol.asyncDispose) return () => channel.close();
    if (name === Symbol.toStringTag) return "RemoteObject";
    if (name === Symbol.toPrimitive) return () => shown(channel.uri);
    return undefined;
  }

  set(_target: object, name: string | symbol): never {
    throw new MemberError(
      "ERR_USE_ASSIGN",
      `A remote attribute is set with "await assign(proxy, { ${String(name)}: … })", so that an error reaches you`,
    );
  }

  has(_target: object, name: string | symbol): boolean {
    return typeof name === "string" && this.ownKeys().includes(name);
  }

  ownKeys(): string[] {
    const { channel, part = "" } = this.#state;
    const names = [...(channel.description?.members.keys() ?? [])]
      .filter((member) => member.startsWith(part))
      .map((member) => member.slice(part.length).replace(/\..*$/, ""));
    return [...new Set(names)];
  }

  getOwnPropertyDescriptor(_target: object, name: string | symbol): PropertyDescriptor | undefined {
    // Looking at a proxy's keys (a debugger, tab completion) must not read remote attributes.
    return this.has(_target, name)
      ? { configurable: true, enumerable: false, writable: false, value: undefined }
      : undefined;
  }
}
