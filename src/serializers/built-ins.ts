import { SerializeError } from "../errors.ts";
import { Complex, Ellipsis, Float, isPlainRecord, PlainDate } from "../values/types.ts";
import { notSerializable } from "./path.ts";
import { describeKind } from "./plain-hooks.ts";
import type { ClassHooks } from "./serializer.ts";

/** What the binary encoders have in common: which built-in travels as bytes, and how instances are replaced. */

/** A typed array that travels as a list, or between Bunsen peers as itself. */
export type NumberArray =
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The bytes of what travels as a byte string, without copying them; undefined for everything else. */
export function asBytes(value: object): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8ClampedArray || value instanceof DataView) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return undefined;
}

/** True for the typed arrays whose elements are floats: they travel as floats even where integral. */
export function holdsFloats(array: NumberArray): boolean {
  return array[Symbol.toStringTag].startsWith("Float");
}

/**
 * What to send in place of an instance, by the class hooks.
 * @throws SerializeError with the path to `value` when the hooks refuse it, or answer with yet another instance.
 */
export function replacement(root: unknown, value: object, classes: ClassHooks): unknown {
  let sent: unknown;
  try {
    sent = classes.toWire(value);
  } catch (error) {
    if (!(error instanceof SerializeError) || error.code !== "ERR_NOT_SERIALIZABLE") throw error;
    throw notSerializable(root, value, error.message, { cause: error });
  }
  if (isValueType(sent)) return sent;
  const why = `${describeKind(value)} was replaced by ${describeKind(sent)}, which cannot be sent`;
  throw notSerializable(root, value, why);
}

function isValueType(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  return (
    Array.isArray(value) ||
    isPlainRecord(value) ||
    ArrayBuffer.isView(value) ||
    VALUE_CLASSES.some((valueClass) => value instanceof valueClass)
  );
}

const VALUE_CLASSES = [ArrayBuffer, Float, Complex, Map, Set, Date, PlainDate, Ellipsis];

/** Byte strings at least this large may be views of the message instead of copies, if they are most of it. */
const MIN_VIEW_BYTES = 65_536;

/**
 * The byte string in `bytes` from `start` to `end`: a copy, so that a few bytes do not keep a large message alive,
 * except where they make up half of the message or more.
 */
export function takeBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const count = end - start;
  // Not `subarray`: of a Buffer it would be a Buffer, and the class of a value must not depend on its size.
  const part = new Uint8Array(bytes.buffer, bytes.byteOffset + start, count);
  return count >= MIN_VIEW_BYTES && count * 2 >= bytes.byteLength ? part : part.slice();
}
