import {
  ProtocolError,
  RemoteAttributeError,
  RemoteError,
  RemoteValueError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import { within } from "../net/within.ts";
import type { Caller } from "../objects/call.ts";
import type { MemberDescription } from "../objects/description.ts";
import type { Dispatcher } from "../objects/dispatcher.ts";
import type { Entry } from "../objects/entry.ts";
import { channelOf, isProxy } from "../objects/proxy.ts";
import { ItemStream } from "../objects/stream.ts";
import { withDefaults } from "../options.ts";
import { pyroClasses } from "../pyro/classes.ts";
import type { ListeningHost } from "../pyro/index.ts";
import type { ClassHooks } from "../serializers/index.ts";
import { asError } from "../values/exceptions.ts";
import type { Body } from "./body.ts";
import { GatewayCall } from "./call.ts";
import type { GatewayObjects } from "./objects.ts";
import { GATEWAY_DEFAULTS, type GatewayLimits, type GatewayOptions } from "./options.ts";
import { readUuid } from "./request.ts";

/** What somebody asks a member for, in whatever way it came. */
export interface Wanted {
  readonly object: string;
  readonly member: string;
  readonly body: Body;
  /** The caller waits for nothing; a one-way method is called so in any case. */
  readonly oneway: boolean;
  /** As it was given; without one, a new one is made. */
  readonly correlationId: string | undefined;
}

/** Calls objects for those who cannot by themselves: what HTTP and Socket.IO have in common. */
export class GatewayCalls {
  readonly limits: GatewayLimits;
  /** How classes are told, in the names of each generation of Pyro. */
  readonly classes: Readonly<Record<4 | 5, ClassHooks>>;
  readonly #host: ListeningHost;
  readonly #dispatcher: Dispatcher;
  #running = 0;

  constructor(host: ListeningHost, objects: GatewayObjects, options: GatewayOptions) {
    this.#host = host;
    this.#dispatcher = host.dispatcher.over(objects);
    this.limits = withDefaults<GatewayLimits>(GATEWAY_DEFAULTS, options);
    this.classes = { 4: classesOf(host, 4), 5: classesOf(host, 5) };
  }

  /** Why no further call may run; undefined while there is room. */
  get full(): string | undefined {
    const { maxCalls } = this.limits;
    if (this.#running < maxCalls) return undefined;
    return `Error 503: Service Unavailable - ${this.#running} calls are running, as many as the gateway's maxCalls allows`;
  }

  /** Counts `work` as a running call, however it ends. */
  async counted(work: () => Promise<void>): Promise<void> {
    this.#running += 1;
    this.#host.counters.calls += 1;
    try {
      await work();
    } finally {
      this.#running -= 1;
    }
  }

  /**
   * The call of what is wanted.
   * @throws UnknownMember; ProtocolError `ERR_BAD_REQUEST`; RemoteValueError.
   */
  make(entry: Entry, wanted: Wanted): GatewayCall {
    const { object, member, body, correlationId } = wanted;
    const described = entry.exposure.members.get(member);
    if (described === undefined && member !== "$meta") throw new UnknownMember(object, member);
    const { timeout } = this.limits;
    return new GatewayCall({
      object,
      member,
      ...argumentsOf(described, body),
      oneway: wanted.oneway || described?.oneway === true,
      correlationId: correlationId ? readCorrelationId(correlationId) : crypto.randomUUID(),
      deadline: timeout > 0 ? performance.now() + timeout : undefined,
    });
  }

  /**
   * The daemon's hook judges connections: each request by HTTP is one, and each namespace that is connected to.
   * @throws SecurityError `ERR_HANDSHAKE_REFUSED`.
   */
  judge(call: GatewayCall, caller: Caller): Promise<unknown> | undefined {
    try {
      const judged = this.#dispatcher.handshake(call, caller);
      return isThenable(judged) ? Promise.resolve(judged).catch(refuse) : undefined;
    } catch (error) {
      return refuse(error);
    }
  }

  /** Runs a call. The result is a value, an `ItemStream`, or a promise of either; of a one-way call there is none. */
  run(call: GatewayCall, caller: Caller): unknown {
    const result = this.#dispatcher.dispatch(call, caller);
    if (!call.oneway) return result instanceof Promise ? this.#inTime(result, call.object) : result;
    this.#forgetOutcome(result, call);
    return undefined;
  }

  #inTime(result: Promise<unknown>, object: string): Promise<unknown> {
    const { timeout } = this.limits;
    const late = () =>
      new TimeoutError("ERR_TIMEOUT", `"${object}" did not answer within ${timeout} ms`, {
        retry: "unknown",
      });
    return within(result, { timeoutMs: timeout, late });
  }

  #forgetOutcome(result: unknown, call: GatewayCall): void {
    const failed = (error: unknown) => {
      const { object, member, correlationId } = call;
      const fields = { object, member, correlationId, error: asError(error).message };
      this.#host.logger.warn(fields, "a one-way call failed; its caller is not told");
    };
    Promise.resolve(result)
      .then((value) => {
        if (value instanceof ItemStream) return value.close();
        return undefined;
      }, failed)
      .catch(failed);
  }
}

function refuse(error: unknown): never {
  const { message } = asError(error);
  throw new SecurityError("ERR_HANDSHAKE_REFUSED", `connection refused: ${message}`, {
    cause: error,
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

function classesOf(host: ListeningHost, generation: 4 | 5): ClassHooks {
  const { classes } = host.classOptions;
  const sent = pyroClasses({
    ...host.classOptions,
    generation,
    lending: undefined,
    publish: (target) => host.publish(target, undefined),
  });
  return {
    toWire: sent.toWire,
    // A proxy that a page sends stays a record: it would have the gateway call wherever the page wants.
    fromWire: (record) => classes.fromWire(record) ?? record,
  };
}

/** What a Pyro4 server says is told as Pyro4's gateway tells it. */
export function generationOf({ target }: Entry): 4 | 5 {
  if (target === undefined || !isProxy(target)) return 5;
  const { value } = channelOf(target).state;
  return value.name === "connected" && value.peer === "Pyro4" ? 4 : 5;
}

type Arguments = Pick<GatewayCall, "kind" | "args" | "kwargs">;

function argumentsOf(member: MemberDescription | undefined, body: Body): Arguments {
  const { args, kwargs, set } = body;
  const hasKeywords = Object.keys(kwargs).length > 0;
  if (member?.kind !== "attribute") {
    if (set) throw badSet();
    return { kind: "call", args, kwargs: hasKeywords ? kwargs : null };
  }
  if (set) return { kind: "set", args: [set.value], kwargs: null };
  if (!hasKeywords && args.length === 0) return { kind: "get", args: [], kwargs: null };
  throw new RemoteError("builtins.AssertionError", [
    "attribute lookup can't have query parameters",
  ]);
}

function badSet(): ProtocolError {
  return new ProtocolError("ERR_BAD_REQUEST", `{"value": …} sets an attribute; this is a method`);
}

/** The object has no such member, in the words of Pyro's proxy. */
export class UnknownMember extends RemoteAttributeError {
  constructor(object: string, member: string) {
    super("builtins.AttributeError", [
      `remote object '${object}' has no exposed attribute or method '${member}'`,
    ]);
  }
}

function readCorrelationId(text: string): string {
  const id = readUuid(text);
  if (id !== undefined) return id;
  throw new RemoteValueError("builtins.ValueError", ["badly formed hexadecimal UUID string"]);
}
