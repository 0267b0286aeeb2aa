import { type ArrayData, type DType, layoutNamed } from "../../values/dtypes.ts";
import type { NdArrayOptions } from "../../values/ndarray.ts";

/** Whose elements are those of the typed array. */
const PLAIN = /^(u?int(8|16|32|64)|float(32|64)|bool)$/;

/** An array as it travels: what it is of, and its elements in one typed array. Numbers can be read one by one. */
export class NdArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ArrayData;
  readonly order: "C" | "F";
  readonly unit: string | undefined;
  readonly byteOrder: "little" | "big";

  constructor(data: ArrayData, options: NdArrayOptions = {}) {
    this.data = data;
    this.dtype =
      options.dtype ?? (data.constructor.name.replace("Array", "").toLowerCase() as DType);
    const perElement = layoutNamed(this.dtype)?.perElement ?? 1;
    this.shape = options.shape ?? [data.length / perElement];
    this.order = options.order ?? "C";
    this.unit = options.unit;
    this.byteOrder = options.byteOrder ?? "little";
  }

  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  at(...indices: readonly number[]): unknown {
    const strides = this.#strides();
    const wrapped = indices.map((index, axis) =>
      index < 0 ? index + (this.shape[axis] ?? 0) : index,
    );
    const isInside = wrapped.every((index, axis) => index >= 0 && index < (this.shape[axis] ?? 0));
    if (!isInside || indices.length !== this.shape.length) {
      throw new RangeError(`[${indices.join(", ")}] is no place in [${this.shape.join(", ")}]`);
    }
    return this.#element(wrapped.reduce((sum, i, axis) => sum + i * (strides[axis] ?? 0), 0));
  }

  toNested(): unknown {
    const strides = this.#strides();
    const from = (axis: number, start: number): unknown =>
      axis === this.shape.length
        ? this.#element(start)
        : Array.from({ length: this.shape[axis] ?? 0 }, (_, i) =>
            from(axis + 1, start + i * (strides[axis] ?? 0)),
          );
    return from(0, 0);
  }

  *[Symbol.iterator](): Generator<unknown, void, undefined> {
    const nested = this.toNested();
    if (Array.isArray(nested)) yield* nested.flat(Number.POSITIVE_INFINITY);
    else yield nested;
  }

  #strides(): number[] {
    const strides: number[] = [];
    let stride = 1;
    for (const axis of this.order === "C" ? [...this.shape.keys()].reverse() : this.shape.keys()) {
      strides[axis] = stride;
      stride *= this.shape[axis] ?? 0;
    }
    return strides;
  }

  #element(position: number): unknown {
    const { dtype } = this;
    if (!PLAIN.test(dtype)) throw new TypeError(`elements of ${dtype} are for Node: use data`);
    const value = this.data[position];
    return dtype === "bool" ? Boolean(value) : value;
  }
}
