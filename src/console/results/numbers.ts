import { fromFloat16 } from "../../values/float16.ts";
import { NdArray } from "../../values/ndarray.ts";

/** Numbers along one or more axes, ready to be drawn. */
export interface NumericArray {
  /** Elements along each axis; at least one axis. */
  readonly shape: readonly number[];
  /** In the order of C: the last index varies fastest. */
  readonly values: ArrayLike<number>;
  /** The imaginary parts of complex numbers, in the same order. */
  readonly imaginary?: ArrayLike<number>;
  readonly unit?: string;
  /** numpy's name of the element type, where there is one. */
  readonly dtype?: string;
}

const COMPLEX = /^complex(64|128)$/;
const NUMERIC = /^(u?int(8|16|32|64)|float(16|32|64)|bool|complex(64|128))$/;

/** The numbers of an array, or of nested lists of one shape; undefined for anything else. */
export function numericArray(value: unknown): NumericArray | undefined {
  if (value instanceof NdArray) return ofNdArray(value);
  if (Array.isArray(value)) return ofLists(value);
  if (!ArrayBuffer.isView(value) || value instanceof DataView || value instanceof Uint8Array) {
    return undefined;
  }
  const values = asNumbers(value as unknown as ArrayLike<number | bigint>);
  return { shape: [values.length], values };
}

function ofNdArray(array: NdArray): NumericArray | undefined {
  const { dtype, unit } = array;
  if (!NUMERIC.test(dtype)) return undefined;
  const shape = array.shape.length === 0 ? [1] : array.shape;
  const about = { shape, dtype, ...(unit !== undefined && { unit }) };
  if (COMPLEX.test(dtype)) {
    const parts = array.data as unknown as ArrayLike<number>;
    const part = (offset: number) =>
      inOrder(
        Float64Array.from({ length: array.size }, (_, i) => parts[2 * i + offset] as number),
        array,
      );
    return { ...about, values: part(0), imaginary: part(1) };
  }
  const data = array.data as unknown as ArrayLike<number | bigint>;
  const numbers =
    dtype === "float16"
      ? Float32Array.from(data as ArrayLike<number>, fromFloat16)
      : asNumbers(data);
  return { ...about, values: inOrder(numbers, array) };
}

/** For drawing: digits beyond those of a double are below a pixel. */
function asNumbers(data: ArrayLike<number | bigint>): ArrayLike<number> {
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return isBig ? Float64Array.from(data, Number) : (data as ArrayLike<number>);
}

/** Fortran's order, in which the first index varies fastest, as C's. */
function inOrder(values: ArrayLike<number>, { order, shape }: NdArray): ArrayLike<number> {
  if (order === "C" || shape.length < 2) return values;
  const made = new Float64Array(values.length);
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  const indices = shape.map(() => 0);
  for (let i = 0, position = 0; i < made.length; i++) {
    made[i] = values[position] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = (indices[axis] as number) + 1;
      position += strides[axis] as number;
      indices[axis] = index;
      if (index < (shape[axis] as number)) break;
      indices[axis] = 0;
      position -= (shape[axis] as number) * (strides[axis] as number);
    }
  }
  return made;
}

/** Lists of lists of numbers, all of one length at each level. */
function ofLists(list: readonly unknown[]): NumericArray | undefined {
  const shape: number[] = [];
  for (let level: unknown = list; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0 || shape.length > MAX_AXES) return undefined;
  }
  const values: number[] = [];
  const take = (items: readonly unknown[], axis: number): boolean => {
    if (items.length !== shape[axis]) return false;
    if (axis < shape.length - 1) {
      return items.every((item) => Array.isArray(item) && take(item, axis + 1));
    }
    for (const item of items) {
      if (typeof item !== "number") return false;
      values.push(item);
    }
    return true;
  };
  return take(list, 0) ? { shape, values: Float64Array.from(values) } : undefined;
}

/** Nobody nests lists of numbers deeper. */
const MAX_AXES = 8;

/** What complex numbers are drawn as where there is one colour for each: how large they are. */
export function magnitudes({ values, imaginary }: NumericArray): ArrayLike<number> {
  if (imaginary === undefined) return values;
  return Float64Array.from({ length: values.length }, (_, i) =>
    Math.hypot(values[i] as number, imaginary[i] as number),
  );
}
