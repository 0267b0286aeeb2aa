import { MAX_INT_DIGITS } from "../values/python-text.ts";
import { PlainDate } from "../values/types.ts";
import type { NumberArray } from "./built-ins.ts";

/**
 * The MessagePack ext codes. Those of Pyro first, then ours, which only `msgpackRich` writes and reads:
 * they let the richer JavaScript and Python types survive between two Bunsen peers.
 *
 * | code | value | data |
 * |---|---|---|
 * | 0x30 | `Complex` | two float64, little endian |
 * | 0x31 | integer outside -2^63 … 2^64-1 | decimal digits, ASCII |
 * | 0x32 | naive datetime | float64, little endian: seconds since 1970-01-01 UTC |
 * | 0x33 | `PlainDate` | int64 (int32 from Windows), little endian: day 1 is 0001-01-01 |
 * | -1 | timestamp of the MessagePack standard | 4, 8 or 12 bytes; read, never written |
 * | 0x40 | `Tuple` | a msgpack array |
 * | 0x41 | `Set` | a msgpack array |
 * | 0x42 | `FrozenSet` | a msgpack array |
 * | 0x43 | `Map` | a msgpack map, its keys of any type |
 * | 0x44 | typed array | one byte: element type; then the elements, little endian |
 * | 0x45 | `Date` | float64, big endian: milliseconds since 1970-01-01 UTC |
 * | 0x46 | `Ellipsis` | none |
 * | 0x47 | `NdArray` | a msgpack list `[dtype, shape, order, unit]`, up to 7 zero bytes, the elements |
 *
 * Element types of 0x44: 1 int8, 2 int16, 3 uint16, 4 int32, 5 uint32, 6 float32, 7 float64, 8 int64, 9 uint64.
 * (uint8 needs none: it is a byte string.)
 *
 * Of 0x47: `dtype` as numpy writes it with the byte order (`<f8`, `>i2`, `|S5`), `order` is `C` or `F`, `unit` text or
 * nil. The zero bytes bring the elements to a multiple of 8 from the beginning of the payload, so that a receiver can
 * use them where they are; how many there are follows from the length of the elements.
 *
 * @see Pyro5 `serializers.py`, `MsgpackSerializer`; the MessagePack specification, "Extension types".
 */
export const Ext = {
  Complex: 0x30,
  BigInt: 0x31,
  DateTime: 0x32,
  Date: 0x33,
  Timestamp: -1,
  Tuple: 0x40,
  Set: 0x41,
  FrozenSet: 0x42,
  Map: 0x43,
  TypedArray: 0x44,
  Instant: 0x45,
  Ellipsis: 0x46,
  NdArray: 0x47,
} as const;

/** Where the elements of an `NdArray` begin, counted from the beginning of the payload: at a multiple of this. */
export const ARRAY_ALIGNMENT = 8;

/** The first integer with more digits than Python reads. */
export const BIGINT_LIMIT: bigint = 10n ** BigInt(MAX_INT_DIGITS);

type NumberArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): NumberArray;
};

/** Indexed by element type. */
const ELEMENT_CLASSES: readonly (NumberArrayClass | undefined)[] = [
  undefined,
  Int8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** The element type of a typed array, or undefined when it has none (float16) and travels as a list. */
export function elementTypeOf(array: NumberArray): number | undefined {
  const type = ELEMENT_CLASSES.findIndex((each) => each !== undefined && array instanceof each);
  return type > 0 && IS_LITTLE_ENDIAN ? type : undefined;
}

/**
 * A typed array of its own memory from the data of ext 0x44; undefined when the element type is unknown or the
 * bytes are no whole number of elements.
 */
export function typedArrayFrom(elementType: number, bytes: Uint8Array): NumberArray | undefined {
  const made = ELEMENT_CLASSES[elementType];
  if (made === undefined || bytes.byteLength % made.BYTES_PER_ELEMENT !== 0) return undefined;
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  if (!IS_LITTLE_ENDIAN) reverseEach(copy, made.BYTES_PER_ELEMENT);
  return new made(copy.buffer);
}

/** Elements are copied as they lie in memory; the few machines of the other order send lists and turn what they get. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.byteLength; at += size) bytes.subarray(at, at + size).reverse();
}

const DAY_MS = 86_400_000;
/** Ordinal of 1970-01-01: Python counts days from 0001-01-01, which is day 1. */
const EPOCH_ORDINAL = 719_163;
const LAST_ORDINAL = 3_652_059; // 9999-12-31

/** Python's `date.toordinal()`; undefined for what is no date of the years 1 to 9999. */
export function ordinalOf(date: PlainDate): number | undefined {
  const utc = new Date(0);
  utc.setUTCFullYear(date.year, date.month - 1, date.day);
  const isDate =
    utc.getUTCFullYear() === date.year &&
    utc.getUTCMonth() === date.month - 1 &&
    utc.getUTCDate() === date.day;
  const ordinal = utc.getTime() / DAY_MS + EPOCH_ORDINAL;
  return isDate && ordinal >= 1 && ordinal <= LAST_ORDINAL ? ordinal : undefined;
}

/** Python's `date.fromordinal()`; undefined outside the years 1 to 9999. */
export function dateFromOrdinal(ordinal: number): PlainDate | undefined {
  if (!(ordinal >= 1 && ordinal <= LAST_ORDINAL)) return undefined;
  const utc = new Date((ordinal - EPOCH_ORDINAL) * DAY_MS);
  return new PlainDate(utc.getUTCFullYear(), utc.getUTCMonth() + 1, utc.getUTCDate());
}
