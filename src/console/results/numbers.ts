import { fromFloat16 } from "../../values/float16.ts";
import { NdArray } from "../../values/ndarray.ts";

/** Numbers along one or more axes, ready to be drawn. */
export interface NumericArray {
  /** Elements along each axis; at least one axis. */
  readonly shape: readonly number[];
  /** In the order of C: the last index varies fastest. */
  readonly values: ArrayLike<number>;
  /** The same with all their digits, where a double has not so many. */
  readonly exact?: ArrayLike<bigint>;
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
  return { shape: [(value as unknown as ArrayLike<unknown>).length], ...numbersIn(value) };
}

function ofNdArray(array: NdArray): NumericArray | undefined {
  const { dtype, unit } = array;
  if (!NUMERIC.test(dtype)) return undefined;
  const shape = array.shape.length === 0 ? [1] : array.shape;
  const about = { shape, dtype, ...(unit !== undefined && { unit }) };
  const data = array.data as ArrayBufferView;
  if (COMPLEX.test(dtype)) {
    const parts = data as unknown as ArrayLike<number>;
    const part = (offset: number) =>
      inOrder(
        Float64Array.from({ length: array.size }, (_, i) => parts[2 * i + offset] as number),
        array,
      );
    return { ...about, values: part(0), imaginary: part(1) };
  }
  if (dtype === "float16") {
    const halves = Float32Array.from(data as unknown as ArrayLike<number>, fromFloat16);
    return { ...about, values: inOrder(halves, array) };
  }
  return { ...about, ...numbersIn(inOrder(data as Numbers, array)) };
}

type Numbers = Float64Array | Float32Array | BigInt64Array | BigUint64Array;

/** To be drawn as doubles, which are finer than a pixel; to be read with all digits. */
function numbersIn(data: ArrayBufferView): Pick<NumericArray, "values" | "exact"> {
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? { values: Float64Array.from(data, Number), exact: data }
    : { values: data as unknown as ArrayLike<number> };
}

/** Fortran's order, in which the first index varies fastest, as C's. */
function inOrder<N extends Numbers>(values: N, { order, shape }: NdArray): N {
  if (order === "C" || shape.length < 2) return values;
  const made = values.slice() as N;
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  const indices = shape.map(() => 0);
  for (let i = 0, position = 0; i < made.length; i++) {
    made[i] = values[position] as number & bigint;
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
