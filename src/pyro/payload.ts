import { ProtocolError } from "../errors.ts";
import { renamePlaces } from "../serializers/path.ts";
import type { SerializerName } from "../serializers/serializer.ts";
import { isPlainRecord, type PlainRecord, Tuple, tuple } from "../values/types.ts";

/** What an INVOKE carries. `args` of a batch is a list of `(member, args, kwargs)`. */
export interface CallPayload {
  readonly object: string;
  readonly member: string;
  readonly args: unknown[];
  readonly kwargs: PlainRecord | null;
}

export const BATCH_MEMBER = "<batch>";
export const GET_MEMBER = "__getattr__";
export const SET_MEMBER = "__setattr__";

/**
 * The call in the shape that each serializer has for it.
 * @see Pyro5 `serializers.py`, `dumpsCall`.
 */
export function callToWire(name: SerializerName, call: CallPayload): unknown {
  const { object, member, kwargs } = call;
  switch (name) {
    case "json":
      return { object, method: member, params: call.args, kwargs };
    case "msgpack":
      return [object, member, call.args, kwargs];
    case "marshal":
      // Python's marshal reader wants a list of arguments, and a dict even where there are none.
      return tuple<unknown>(object, member, call.args, kwargs ?? {});
    case "serpent":
      // A batch is a list of tuples, plain arguments are a tuple.
      return tuple<unknown>(
        object,
        member,
        member === BATCH_MEMBER ? call.args : tuple(...call.args),
        kwargs,
      );
  }
}

/**
 * Reads what an INVOKE carries.
 * @throws ProtocolError `ERR_BAD_CALL` where it has another shape.
 */
export function callFromWire(value: unknown): CallPayload {
  const [object, member, args, kwargs] = partsOf(value);
  if (typeof object !== "string" || typeof member !== "string") {
    throw badCall("the object id and the method name must be text");
  }
  if (!isSequence(args)) throw badCall("the arguments must be a list or a tuple");
  if (kwargs !== null && kwargs !== undefined && !isDict(kwargs)) {
    throw badCall("the keyword arguments must be a dict with text keys");
  }
  return { object, member, args, kwargs: kwargs ?? null };
}

/** A call that carries a blob: its data stands where the arguments would. */
export function blobToWire(
  name: SerializerName,
  object: string,
  member: string,
  data: unknown,
): unknown {
  switch (name) {
    case "json":
      return { object, method: member, params: data, kwargs: {} };
    case "msgpack":
      return [object, member, data, {}];
    case "marshal":
    case "serpent":
      return tuple<unknown>(object, member, data, {});
  }
}

/**
 * The data of a blob.
 * @throws ProtocolError `ERR_BAD_CALL` where it is not in a call.
 */
export function blobDataFromWire(value: unknown): unknown {
  return partsOf(value)[2];
}

/** One call of a batch. */
export function batchItemFromWire(item: unknown): {
  member: string;
  args: unknown[];
  kwargs: PlainRecord | null;
} {
  if (!Array.isArray(item) || item.length < 2)
    throw badCall("a batch is a list of (method, args, kwargs)");
  const { member, args, kwargs } = callFromWire(["", item[0], item[1], item[2] ?? null]);
  return { member, args, kwargs };
}

/**
 * The error of an encoder that could not write the call `payload`, with its places named as the caller knows them:
 * `args[1].samples[3]`, `kwargs.samples[3]`, `batch[0].args[1]`, or the attribute's name where one is set.
 */
export function namePlaces(error: unknown, payload: unknown): unknown {
  return renamePlaces(error, (path) => {
    const { member, args } = callFromWire(payload);
    const inner = path.replace(/^(\[2\]|\.params)/, "args").replace(/^(\[3\]|\.kwargs)/, "kwargs");
    if (member === SET_MEMBER) return inner.replace(/^args\[1\]/, String(args[0]));
    if (member !== BATCH_MEMBER) return inner;
    return inner
      .replace(/^args(\[\d+\])\[1\]/, "batch$1.args")
      .replace(/^args(\[\d+\])\[2\]/, "batch$1.kwargs");
  });
}

function partsOf(value: unknown): unknown[] {
  if (Array.isArray(value) && value.length === 4) return value;
  if (typeof value === "object" && value !== null && isPlainRecord(value)) {
    const { object, method, params, kwargs } = value;
    return [object, method, params, kwargs];
  }
  throw badCall("expected (object, method, args, kwargs)");
}

function isSequence(value: unknown): value is unknown[] {
  return Array.isArray(value) || value instanceof Tuple;
}

function isDict(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}

function badCall(why: string): ProtocolError {
  return new ProtocolError("ERR_BAD_CALL", `the payload is no call: ${why}`);
}
