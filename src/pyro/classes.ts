import { SerializeError } from "../errors.ts";
import { isClass } from "../objects/entry.ts";
import { channelOf, isProxy, uriOf } from "../objects/proxy.ts";
import { describeKind } from "../serializers/plain-hooks.ts";
import type { ClassHooks, SerializerName } from "../serializers/serializer.ts";
import type { ClassRegistry } from "../values/classes.ts";
import { exceptionFromWire, exceptionToWire } from "../values/exceptions.ts";
import { type ClassDict, type PlainRecord, tuple } from "../values/types.ts";
import { SerializedBlob } from "./blob.ts";
import type { Generation } from "./header.ts";
import type { Lending } from "./lending.ts";
import type { Metadata } from "./metadata.ts";
import { CONNECTED_SOCKET, formatLocation, PyroUri, parseUri } from "./uri.ts";

/** A remote object as it travels: enough for the receiver to call it without asking first. */
export interface ProxyReference {
  readonly uri: string;
  readonly metadata: Metadata | undefined;
  /** Handshake data that the receiver sends to the object's daemon. */
  readonly handshake: unknown;
  readonly serializer: SerializerName | undefined;
}

/** A remote object of which nothing is known but where it is. */
export function referenceTo(uri: string): ProxyReference {
  return { uri, metadata: undefined, handshake: "hello", serializer: undefined };
}

export interface PyroClassOptions {
  readonly generation: Generation;
  /** What is lent over the connection. Only of Bunsen peers; their errors keep their own names, too. */
  readonly lending: Lending | undefined;
  readonly classes: ClassRegistry;
  /** What to send in place of an object that is registered here; undefined for others. */
  readonly publish: ((target: object) => ProxyReference | undefined) | undefined;
  /** What to send in place of a function or object that is registered nowhere, to a peer that is not lent it. */
  readonly passing?: ((target: object) => ProxyReference | undefined) | undefined;
  /** Makes a proxy of a reference that arrived. */
  readonly proxyOf: (reference: ProxyReference) => object;
}

/** In the result list of a batch: where it stopped, and why. */
export class ExceptionWrapper {
  readonly exception: unknown;
  constructor(exception: unknown) {
    this.exception = exception;
  }
}

/** How classes travel between Pyro peers. @see spec of Pyro, "Classes and exceptions on the wire". */
export function pyroClasses(options: PyroClassOptions): ClassHooks {
  const names = CLASS_NAMES[options.generation];
  const dialect = { errorsModule: names.errors, bunsen: options.lending !== undefined };
  return {
    toWire(value: object) {
      if (value instanceof PyroUri) {
        return { __class__: names.uri, state: tuple<unknown>(...value.toState()) };
      }
      if (value instanceof ExceptionWrapper) {
        return { __class__: names.wrapper, exception: value.exception };
      }
      const record = options.classes.toWire(value);
      if (record !== undefined) return record;
      // A function that is lent arrives as one, also where it is registered.
      const isLent = typeof value === "function" && options.lending !== undefined;
      // Before a proxy's own address: one that is adopted here is to be called here.
      const reference = isLent
        ? undefined
        : (options.publish?.(value) ??
          (isProxy(value) ? referenceOf(value) : undefined) ??
          (value instanceof Error ? undefined : options.passing?.(value)));
      if (reference !== undefined) return proxyToWire(reference, options.generation);
      if (value instanceof Error) return exceptionToWire(value, dialect);
      const lent = options.lending?.toWire(value);
      if (lent !== undefined) return lent;
      throw new SerializeError(
        "ERR_NOT_SERIALIZABLE",
        `${describeKind(value)} cannot be sent; ${remedyFor(value)}`,
      );
    },
    fromWire(record) {
      return (
        options.classes.fromWire(record) ??
        exceptionFromWire(record) ??
        builtinFromWire(record, options) ??
        options.lending?.fromWire(record) ??
        record
      );
    },
  };
}

function remedyFor(value: unknown): string {
  if (typeof value === "function") {
    return isClass(value)
      ? "a class stays where it is; pass a function, or an instance"
      : 'to a Python peer a function must be registered: daemon.register("done", done)';
  }
  if (value instanceof Promise) return "await it first";
  if (value instanceof SerializedBlob) return "pass it as the only argument of a method";
  if (isProxy(value)) {
    return "its connection leads there from here only; register it on a daemon, which then serves it on";
  }
  return "register it on a daemon that listens, register a converter with registerClass(), or send a plain object";
}

const CLASS_NAMES = {
  5: {
    uri: "Pyro5.core.URI",
    proxy: "Pyro5.client.Proxy",
    wrapper: "Pyro5.core._ExceptionWrapper",
    errors: "Pyro5.errors",
  },
  4: {
    uri: "Pyro4.core.URI",
    proxy: "Pyro4.core.Proxy",
    wrapper: "Pyro4.futures._ExceptionWrapper",
    errors: "Pyro4.errors",
  },
} as const;

/** Undefined for what only its own connection leads to. */
function referenceOf(proxy: object): ProxyReference | undefined {
  const uri = uriOf(proxy);
  if (uri.endsWith(`@${formatLocation(CONNECTED_SOCKET)}`)) return undefined;
  const { description } = channelOf(proxy);
  if (!/^PYRO/.test(uriOf(proxy))) return undefined;
  const methods: string[] = [];
  const attrs: string[] = [];
  const oneway: string[] = [];
  for (const member of description?.members.values() ?? []) {
    if (member.kind === "attribute") attrs.push(member.name);
    else {
      methods.push(member.name);
      if (member.oneway) oneway.push(member.name);
    }
  }
  return {
    uri,
    metadata: { methods, attrs, oneway },
    handshake: "hello",
    serializer: undefined,
  };
}

function proxyToWire(reference: ProxyReference, generation: Generation): ClassDict {
  const { uri, handshake, serializer, metadata } = reference;
  const members = [
    tuple(...(metadata?.oneway ?? [])),
    tuple(...(metadata?.methods ?? [])),
    tuple(...(metadata?.attrs ?? [])),
  ] as const;
  const name = serializer ?? null;
  const state =
    generation === 5
      ? tuple<unknown>(uri, ...members, handshake, name)
      : // Timeout 0, no key (a key never leaves its owner), no retries: the receiver's own settings apply.
        tuple<unknown>(uri, ...members, 0, null, handshake, 0, name);
  return { __class__: CLASS_NAMES[generation].proxy, state };
}

function builtinFromWire(record: ClassDict, options: PyroClassOptions): unknown {
  const { state } = record as PlainRecord & { state?: unknown };
  switch (record.__class__) {
    case "Pyro5.core.URI":
    case "Pyro4.core.URI":
      return PyroUri.fromState(state);
    case "Pyro5.client.Proxy":
      return options.proxyOf(referenceFromState(state, 4, 5));
    case "Pyro4.core.Proxy":
      return options.proxyOf(referenceFromState(state, 6, 8));
    case "Pyro5.core._ExceptionWrapper":
    case "Pyro4.futures._ExceptionWrapper":
      return new ExceptionWrapper(record["exception"]);
    default:
      return undefined;
  }
}

/** Reads a proxy's state: uri, oneway, methods, attrs, … with the handshake and serializer where the generation has them. */
function referenceFromState(
  state: unknown,
  handshakeAt: number,
  serializerAt: number,
): ProxyReference {
  if (!Array.isArray(state) || typeof state[0] !== "string") {
    throw new SerializeError("ERR_BAD_PAYLOAD", "a proxy arrived whose state is malformed");
  }
  const serializer = state[serializerAt] as unknown;
  return {
    uri: parseUri(state[0]).toString(),
    metadata: {
      oneway: textsOf(state[1]),
      methods: textsOf(state[2]),
      attrs: textsOf(state[3]),
    },
    handshake: state[handshakeAt] as unknown,
    serializer: SERIALIZERS.find((name) => name === serializer),
  };
}

const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];

function textsOf(value: unknown): string[] {
  const items =
    Array.isArray(value) || value instanceof Set ? [...(value as Iterable<unknown>)] : [];
  return items.filter((item): item is string => typeof item === "string");
}
