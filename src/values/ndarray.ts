import {
  type ArrayData,
  arrayError,
  type DataOf,
  type DType,
  type DTypeOf,
  dtypeOf,
  type ElementOf,
  type Layout,
  layoutNamed,
} from "./dtypes.ts";
import { readElement } from "./elements.ts";
import { dataFromNested, type Nested } from "./nested.ts";

/** What an `NdArray` may be told besides its elements. */
export interface NdArrayOptions<D extends DType = DType> {
  /** Default: what the typed array says; of nested values float64, int64 for bigint, bool, complex128 or text. */
  readonly dtype?: D;
  /** Elements along each axis; `[]` is a single element. Default: one axis, or what the nesting says. */
  readonly shape?: readonly number[];
  /** Which index varies fastest in `data`: the last (`"C"`, the default) or the first (`"F"`, as in Fortran). */
  readonly order?: "C" | "F";
  /** What a value of 1 stands for, such as `"V"`. Text of any kind: it travels, and is not interpreted. */
  readonly unit?: string | undefined;
  /** The byte order on the wire; `data` is always in that of this machine. Default `"little"`. */
  readonly byteOrder?: "little" | "big";
}

/** numpy has no arrays of more. */
const MAX_AXES = 64;

/**
 * An array of numbers (or of times, bytes or text of fixed size) with any number of axes, as numpy has them.
 *
 * It travels to Bunsen peers as its bytes, copied once into the message and read in place; to Python as a class dict
 * that `python/bunsen_arrays.py` makes a numpy array of. `ndarray()` makes one with the exact type of its elements.
 * @see docs/arrays.md
 */
export class NdArray<D extends DType = DType> implements Iterable<ElementOf<D>> {
  readonly dtype: D;
  /** Elements along each axis. */
  readonly shape: readonly number[];
  /** The elements in one piece, in the order that `order` says. Shared with whoever made the array. */
  readonly data: DataOf<D>;
  readonly order: "C" | "F";
  readonly unit: string | undefined;
  readonly byteOrder: "little" | "big";
  readonly #layout: Layout;

  /**
   * @param data - `product of shape` elements; twice as many parts for complex numbers, `n` times for `S<n>` and `U<n>`.
   * @throws BunsenError `ERR_NDARRAY` where dtype, shape and data do not fit together.
   */
  constructor(data: DataOf<D>, options: NdArrayOptions<D> = {}) {
    const layout = layoutOf(data, options.dtype);
    const { perElement } = layout;
    this.#layout = layout;
    this.dtype = layout.dtype as D;
    this.data = data;
    if (data.length % perElement !== 0) {
      throw arrayError(
        `${this.dtype} takes ${perElement} elements of a ${layout.data.name} each, got ${data.length}`,
      );
    }
    this.shape = Object.freeze([...(options.shape ?? [data.length / perElement])]);
    this.order = options.order ?? "C";
    this.unit = options.unit;
    this.byteOrder = options.byteOrder ?? "little";
    checkShape(this.shape);
    if (this.size * perElement !== data.length) {
      const held = `${data.length} in the ${layout.data.name}`;
      throw arrayError(
        `shape ${shapeText(this.shape)} of ${this.dtype} takes ${this.size * perElement} elements, got ${held}`,
      );
    }
    if (this.order !== "C" && this.order !== "F") {
      throw arrayError(`expected the order to be "C" or "F", got ${JSON.stringify(this.order)}`);
    }
    if (this.byteOrder !== "little" && this.byteOrder !== "big") {
      throw arrayError(
        `expected the byteOrder to be "little" or "big", got ${JSON.stringify(this.byteOrder)}`,
      );
    }
    if (this.unit !== undefined && typeof this.unit !== "string") {
      throw arrayError(`expected the unit to be text, got a ${typeof this.unit}`);
    }
  }

  /** How many elements there are, along all axes. */
  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  /**
   * One element: `a.at(1, 2)` is numpy's `a[1, 2]`. Negative indices count from the end of their axis.
   * @throws BunsenError `ERR_NDARRAY` for another number of indices than there are axes, or one that is out of range.
   */
  at(...indices: readonly number[]): ElementOf<D> {
    if (indices.length !== this.shape.length) {
      throw arrayError(
        `expected ${this.shape.length} indices, one for each axis of ${shapeText(this.shape)}, got ${indices.length}`,
      );
    }
    let position = 0;
    const strides = this.#strides();
    for (let axis = 0; axis < indices.length; axis++) {
      position += this.#index(indices[axis] as number, axis) * (strides[axis] as number);
    }
    return this.#element(position);
  }

  /** The elements in nested arrays, one level an axis; the element itself where there are no axes. */
  toNested(): Nested<ElementOf<D>> {
    const strides = this.#strides();
    const from = (axis: number, start: number): Nested<ElementOf<D>> => {
      if (axis === this.shape.length) return this.#element(start);
      const stride = strides[axis] as number;
      return Array.from({ length: this.shape[axis] as number }, (_, i) =>
        from(axis + 1, start + i * stride),
      );
    };
    return from(0, 0);
  }

  /** The elements one after the other, the last index varying fastest, whatever `order` is. */
  *[Symbol.iterator](): Generator<ElementOf<D>, void, undefined> {
    const { size } = this;
    if (this.order === "C" || this.shape.length < 2) {
      for (let i = 0; i < size; i++) yield this.#element(i);
      return;
    }
    const strides = this.#strides();
    const indices = this.shape.map(() => 0);
    for (let i = 0, position = 0; i < size; i++) {
      yield this.#element(position);
      for (let axis = indices.length - 1; axis >= 0; axis--) {
        const length = this.shape[axis] as number;
        const index = (indices[axis] as number) + 1;
        position += strides[axis] as number;
        indices[axis] = index;
        if (index < length) break;
        indices[axis] = 0;
        position -= length * (strides[axis] as number);
      }
    }
  }

  /** Elements from one index to the next, along each axis. */
  #strides(): number[] {
    const strides = this.shape.map(() => 1);
    let stride = 1;
    for (let i = 0; i < strides.length; i++) {
      const axis = this.order === "C" ? strides.length - 1 - i : i;
      strides[axis] = stride;
      stride *= this.shape[axis] as number;
    }
    return strides;
  }

  #index(index: number, axis: number): number {
    const length = this.shape[axis] as number;
    if (Number.isInteger(index) && index >= -length && index < length) {
      return index < 0 ? index + length : index;
    }
    throw arrayError(
      `index ${index} is out of range for axis ${axis}, which has ${length} elements`,
    );
  }

  #element(position: number): ElementOf<D> {
    return readElement(this.#layout, this.data, position) as ElementOf<D>;
  }
}

/**
 * Makes an array of a typed array, which it shares: `ndarray(samples, { shape: [4, 256], unit: "V" })`; or of nested
 * values: `ndarray([[1, 2], [3, 4]])`, `ndarray([1, 2], { dtype: "int16" })`.
 * @throws BunsenError `ERR_NDARRAY` naming what does not fit: the shape, the dtype, or the value by its place.
 */
export function ndarray<A extends ArrayData>(
  data: A,
  options?: NdArrayOptions<never>,
): NdArray<DTypeOf<A>>;
export function ndarray<D extends DType>(
  data: DataOf<D> | Nested<ElementOf<D> | number>,
  options: NdArrayOptions<D> & { readonly dtype: D },
): NdArray<D>;
export function ndarray(data: Nested<number>, options?: NdArrayOptions<never>): NdArray<"float64">;
export function ndarray(data: Nested<bigint>, options?: NdArrayOptions<never>): NdArray<"int64">;
export function ndarray(data: Nested<boolean>, options?: NdArrayOptions<never>): NdArray<"bool">;
export function ndarray(data: Nested<unknown>, options?: NdArrayOptions): NdArray;
export function ndarray(data: unknown, options: NdArrayOptions = {}): NdArray {
  const { dtype } = options;
  if (ArrayBuffer.isView(data)) return new NdArray(data as ArrayData, options);
  const layout = dtype === undefined ? undefined : knownLayout(dtype);
  const made = dataFromNested(data as Nested<unknown>, layout, options.order ?? "C");
  const { shape = made.shape } = options;
  return new NdArray(made.data, { ...options, dtype: made.dtype, shape });
}

function layoutOf(data: unknown, dtype: string | undefined): Layout {
  if (!isArrayData(data)) {
    throw arrayError(
      `expected the data in a typed array, got ${data === null ? "null" : typeof data}; ndarray() takes nested arrays`,
    );
  }
  const layout = knownLayout(dtype ?? dtypeOf(data));
  if (data instanceof layout.data) return layout;
  throw arrayError(`${layout.dtype} lies in a ${layout.data.name}, got a ${data.constructor.name}`);
}

function isArrayData(data: unknown): data is ArrayData {
  return ArrayBuffer.isView(data) && !(data instanceof DataView) && "length" in data;
}

function knownLayout(dtype: string): Layout {
  const layout = layoutNamed(dtype);
  if (layout) return layout;
  throw arrayError(
    `${JSON.stringify(dtype)} is no dtype of fixed size; expected one such as "float64", "int16", "bool", "complex128", "datetime64[ns]", "S5" or "U3"`,
  );
}

function checkShape(shape: readonly number[]): void {
  if (shape.length > MAX_AXES)
    throw arrayError(`expected at most ${MAX_AXES} axes, got ${shape.length}`);
  const axis = shape.findIndex((length) => !Number.isSafeInteger(length) || length < 0);
  if (axis >= 0) {
    throw arrayError(
      `expected the lengths of the axes to be integers of at least 0, got ${shapeText(shape)}`,
    );
  }
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
