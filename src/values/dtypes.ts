import { BunsenError } from "../errors.ts";
import type { Complex } from "./types.ts";

/** The typed arrays that hold the elements of an `NdArray`. */
export type ArrayData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

type DataByName = {
  /** 0 or 1. */
  bool: Uint8Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  /** The 16 bits of each, since not every runtime has a `Float16Array`. */
  float16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  /** Real and imaginary parts in turns. */
  complex64: Float32Array;
  complex128: Float64Array;
};

type TimeName = `${"datetime64" | "timedelta64"}${"" | `[${string}]`}`;

/**
 * An element type, as numpy names it: `"float64"`, `"bool"`, `"datetime64[ns]"`, `"S5"` for 5 bytes, `"U3"` for text of
 * up to 3 characters. Every dtype of fixed size but those without a meaning elsewhere: structures, `longdouble`.
 */
export type DType = keyof DataByName | TimeName | `S${number}` | `U${number}`;

/** What holds the elements of a dtype: times as counts of their unit since 1970, text as code points. */
export type DataOf<D extends DType> = D extends keyof DataByName
  ? DataByName[D]
  : D extends `S${number}`
    ? Uint8Array
    : D extends `U${number}`
      ? Uint32Array
      : BigInt64Array;

/** What one element of a dtype is in JavaScript. */
export type ElementOf<D extends DType> = D extends "bool"
  ? boolean
  : D extends "complex64" | "complex128"
    ? Complex
    : D extends `S${number}`
      ? Uint8Array
      : D extends `U${number}`
        ? string
        : D extends "int64" | "uint64" | TimeName
          ? bigint
          : number;

/** The dtype of a typed array for which none is given. */
export type DTypeOf<A extends ArrayData> = A extends Float64Array
  ? "float64"
  : A extends Float32Array
    ? "float32"
    : A extends BigInt64Array
      ? "int64"
      : A extends BigUint64Array
        ? "uint64"
        : A extends Int32Array
          ? "int32"
          : A extends Uint32Array
            ? "uint32"
            : A extends Int16Array
              ? "int16"
              : A extends Uint16Array
                ? "uint16"
                : A extends Int8Array
                  ? "int8"
                  : "uint8";

export type ArrayDataClass = {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (length: number): ArrayData;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayData;
};

/** How elements of a dtype lie in memory. */
export interface Layout {
  readonly dtype: DType;
  /** What numpy calls it on the wire, without the byte order: `f8`, `M8[ns]`. */
  readonly code: string;
  readonly data: ArrayDataClass;
  /** Elements of `data` that make up one: 2 for complex numbers, the length for bytes and text. */
  readonly perElement: number;
}

const FIXED: readonly Layout[] = (
  [
    ["bool", "b1", Uint8Array],
    ["int8", "i1", Int8Array],
    ["uint8", "u1", Uint8Array],
    ["int16", "i2", Int16Array],
    ["uint16", "u2", Uint16Array],
    ["int32", "i4", Int32Array],
    ["uint32", "u4", Uint32Array],
    ["int64", "i8", BigInt64Array],
    ["uint64", "u8", BigUint64Array],
    ["float16", "f2", Uint16Array],
    ["float32", "f4", Float32Array],
    ["float64", "f8", Float64Array],
    ["complex64", "c8", Float32Array, 2],
    ["complex128", "c16", Float64Array, 2],
  ] as const
).map(([dtype, code, data, perElement = 1]) => ({ dtype, code, data, perElement }));

const BY_NAME = new Map<string, Layout>(FIXED.map((layout) => [layout.dtype, layout]));
const BY_CODE = new Map<string, Layout>(FIXED.map((layout) => [layout.code, layout]));

/** @see numpy, "Datetime Units". `[10ms]` counts tens of milliseconds. */
const TIME_UNIT = /^(?:\[(?:[1-9]\d{0,9})?(?:[YMWDhms]|ms|us|ns|ps|fs|as)\])?$/;
/** The longest element: what a 32-bit size of numpy's can say. */
const MAX_CHARACTERS = 0x1fff_ffff;

/** The layout of a dtype by its name; undefined for one that is not known. */
export function layoutNamed(dtype: string): Layout | undefined {
  const fixed = BY_NAME.get(dtype);
  if (fixed) return fixed;
  const time = /^(datetime64|timedelta64)(.*)$/s.exec(dtype);
  if (time) return timeLayout(time[1] === "datetime64" ? "M8" : "m8", time[2] as string);
  return textLayout(dtype);
}

/** The layout of a dtype by numpy's code for it, without the byte order: `f8`, `S5`. */
export function layoutCoded(code: string): Layout | undefined {
  const fixed = BY_CODE.get(code);
  if (fixed) return fixed;
  const time = /^([Mm]8)(.*)$/s.exec(code);
  return time ? timeLayout(time[1] as "M8" | "m8", time[2] as string) : textLayout(code);
}

function timeLayout(code: "M8" | "m8", unit: string): Layout | undefined {
  if (!TIME_UNIT.test(unit)) return undefined;
  const name = code === "M8" ? "datetime64" : "timedelta64";
  const dtype = `${name}${unit}` as DType;
  return { dtype, code: code + unit, data: BigInt64Array, perElement: 1 };
}

function textLayout(code: string): Layout | undefined {
  const text = /^([SU])([1-9]\d{0,9})$/.exec(code);
  const perElement = Number(text?.[2]);
  if (!text || perElement > MAX_CHARACTERS) return undefined;
  const data = text[1] === "S" ? Uint8Array : Uint32Array;
  return { dtype: code as DType, code, data, perElement };
}

/** The dtype that a typed array has by itself. */
export function dtypeOf(data: ArrayData): DType {
  const found = FIXED.find((layout) => layout.dtype !== "bool" && data instanceof layout.data);
  return (found as Layout).dtype;
}

/** What is wrong with an array, its elements or an index into it. */
export function arrayError(what: string): BunsenError {
  return new BunsenError("ERR_NDARRAY", what);
}
