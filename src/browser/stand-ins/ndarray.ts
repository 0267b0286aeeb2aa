import { type ArrayData, type DType, layoutNamed } from "../../values/dtypes.ts";
import type { NdArrayOptions } from "../../values/ndarray.ts";

/** An array as it travels: what it is of, and its elements in one typed array. */
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
}
