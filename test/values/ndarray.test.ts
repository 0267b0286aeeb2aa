import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { Complex, type DType, NdArray, ndarray } from "../../src/index.ts";
import { fromFloat16, toFloat16 } from "../../src/values/float16.ts";
import { failure } from "../support/codec.ts";

const COUNTED = Float64Array.from({ length: 24 }, (_, i) => i);

describe("ndarray", () => {
  it("takes a typed array as it is, along one axis unless told", () => {
    const array = ndarray(COUNTED);
    expect(array).toMatchObject({ dtype: "float64", shape: [24], order: "C", unit: undefined });
    expect(array.data).toBe(COUNTED);
    expect(array.size).toBe(24);
  });

  it.each([
    [new Int8Array(1), "int8"],
    [new Uint8Array(1), "uint8"],
    [Buffer.alloc(1), "uint8"],
    [new Int16Array(1), "int16"],
    [new Uint16Array(1), "uint16"],
    [new Int32Array(1), "int32"],
    [new Uint32Array(1), "uint32"],
    [new BigInt64Array(1), "int64"],
    [new BigUint64Array(1), "uint64"],
    [new Float32Array(1), "float32"],
    [new Float64Array(1), "float64"],
  ] as const)("knows the dtype of %o", (data, dtype) => {
    expect(ndarray(data).dtype).toBe(dtype);
  });

  it.each([
    [[1, 2.5], "float64", [2]],
    [[[1n], [2n]], "int64", [2, 1]],
    [[true, false], "bool", [2]],
    [[new Complex(1, 2), 3], "complex128", [2]],
    [["é😀", ""], "U2", [2]],
    [[Uint8Array.of(1), Uint8Array.of(1, 2, 3)], "S3", [2]],
    [7, "float64", []],
    ["text", "U4", []],
    [[], "float64", [0]],
    [[[], []], "float64", [2, 0]],
    [[""], "U1", [1]],
  ])("makes of %o the dtype %s and the shape %o", (nested, dtype, shape) => {
    const array = ndarray(nested);
    expect(array).toMatchObject({ dtype, shape });
    const wanted = dtype === "complex128" ? [new Complex(1, 2), new Complex(3, 0)] : nested;
    expect(array.toNested()).toEqual(wanted);
  });

  it("has types that follow the data and the dtype", () => {
    expectTypeOf(ndarray(COUNTED)).toEqualTypeOf<NdArray<"float64">>();
    expectTypeOf(ndarray(new BigInt64Array(1)).at(0)).toEqualTypeOf<bigint>();
    expectTypeOf(ndarray([1, 2], { dtype: "int16" }).data).toEqualTypeOf<Int16Array>();
    expectTypeOf(ndarray(["a"], { dtype: "U3" }).at(0)).toEqualTypeOf<string>();
    expectTypeOf(ndarray([true]).at(0)).toEqualTypeOf<boolean>();
    expectTypeOf(ndarray([1n], { dtype: "datetime64[ns]" }).at(0)).toEqualTypeOf<bigint>();
    expectTypeOf(ndarray([1], { dtype: "complex64" }).at(0)).toEqualTypeOf<Complex>();
    // @ts-expect-error: no such dtype
    expect(() => ndarray([1], { dtype: "float80" })).toThrow('"float80" is no dtype');
  });
});

describe("an element", () => {
  it("is found by its indices, the last varying fastest, or the first in Fortran order", () => {
    const c = ndarray(COUNTED, { shape: [2, 3, 4] });
    expect([c.at(0, 0, 0), c.at(0, 0, 1), c.at(1, 2, 3), c.at(-1, -1, -1)]).toEqual([0, 1, 23, 23]);
    const f = ndarray(COUNTED, { shape: [2, 3, 4], order: "F" });
    expect([f.at(0, 0, 0), f.at(1, 0, 0), f.at(0, 1, 0), f.at(0, 0, 1)]).toEqual([0, 1, 2, 6]);
  });

  it("is what its dtype says", () => {
    expect(ndarray(Uint8Array.of(0, 1, 2), { dtype: "bool" }).toNested()).toEqual([
      false,
      true,
      true,
    ]);
    const complex = ndarray(Float32Array.of(1, 2, 3, 4), { dtype: "complex64" });
    expect(complex.shape).toEqual([2]);
    expect(complex.at(1)).toEqual(new Complex(3, 4));
    const times = ndarray(BigInt64Array.of(-(2n ** 63n)), { dtype: "datetime64[us]" });
    expect(times.at(0)).toBe(-(2n ** 63n));
    const padded = ndarray(Uint8Array.of(97, 0, 98, 0, 0, 0), { dtype: "S3" });
    expect(padded.toNested()).toEqual([Uint8Array.of(97, 0, 98), new Uint8Array()]);
    const foreign = ndarray(Uint32Array.of(0x11_0000, 0xd800), { dtype: "U1" });
    expect(foreign.toNested()).toEqual(["\ufffd", "\ud800"]);
  });

  it("comes in its turn where all are listed, whatever the order in memory is", () => {
    const nested = [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]; // biome-ignore format: a cuboid
    for (const order of ["C", "F"] as const) {
      const array = ndarray(nested, { order });
      expect([...array]).toEqual(nested.flat(2));
      expect(array.toNested()).toEqual(nested);
      expect([array.at(1, 0, 1), array.at(0, 2, 0)]).toEqual([8, 5]);
    }
    expect(ndarray(nested, { order: "F" }).data[1]).toBe(7);
    expect([...ndarray(5)]).toEqual([5]);
    expect([...new NdArray(new Float64Array(), { shape: [2, 0], order: "F" })]).toEqual([]);
  });

  it("is the same in both orders, for any shape", () => {
    const shapes = fc.array(fc.nat(4), { maxLength: 5 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const size = shape.reduce((product, length) => product * length, 1);
        const c = ndarray(
          Int32Array.from({ length: size }, (_, i) => i),
          { shape },
        );
        const f = ndarray(c.toNested(), { dtype: "int32", order: "F", shape });
        expect([...f]).toEqual([...c]);
        expect(f.toNested()).toEqual(c.toNested());
      }),
    );
  });
});

describe("what does not fit is named", () => {
  const made = (data: unknown, options = {}) =>
    failure(() => ndarray(data as number[], options as { dtype: DType }));

  it.each([
    [
      COUNTED,
      { shape: [5, 5] },
      "shape [5, 5] of float64 takes 25 elements, got 24 in the Float64Array",
    ],
    [
      new Float32Array(4),
      { dtype: "complex64", shape: [3] },
      "shape [3] of complex64 takes 6 elements, got 4 in the Float32Array",
    ],
    [
      new Float32Array(3),
      { dtype: "complex64" },
      "complex64 takes 2 elements of a Float32Array each, got 3",
    ],
    [
      COUNTED,
      { shape: [-24] },
      "expected the lengths of the axes to be integers of at least 0, got [-24]",
    ],
    [COUNTED, { dtype: "int16" }, "int16 lies in a Int16Array, got a Float64Array"],
    [
      COUNTED,
      { dtype: "structure" },
      '"structure" is no dtype of fixed size; expected one such as "float64", "int16", "bool", "complex128", "datetime64[ns]", "S5" or "U3"',
    ],
    [COUNTED, { dtype: "datetime64[fortnight]" }, expect.stringContaining("is no dtype")],
    [COUNTED, { order: "K" }, 'expected the order to be "C" or "F", got "K"'],
    [COUNTED, { unit: 5 }, "expected the unit to be text, got a number"],
    [
      COUNTED,
      { byteOrder: "middle" },
      'expected the byteOrder to be "little" or "big", got "middle"',
    ],
    [
      new DataView(new ArrayBuffer(8)),
      {},
      "expected the data in a typed array, got object; ndarray() takes nested arrays",
    ],
    [[[1, 2], [3]], {}, "[1]: expected an array of 2, as the first is, got 1"],
    [[[1, 2], 3], {}, "[1]: expected an array of 2, as the first is"],
    [[1, [2]], {}, "[1]: expected an element, as the first is, got an array"],
    [
      [
        [1, 2],
        [3, 300],
      ],
      { dtype: "uint8" },
      "[1][1]: 300 is no uint8",
    ],
    [[1.5], { dtype: "int32" }, "[0]: 1.5 is no int32"],
    [[2n ** 63n], { dtype: "int64" }, "[0]: 9223372036854775808 is out of the range of int64"],
    [[0.5], { dtype: "int64" }, "[0]: expected a bigint or a safe integer"],
    [[1], { dtype: "bool" }, "[0]: expected true or false"],
    [["a"], { dtype: "float64" }, "[0]: expected a number"],
    [["a"], { dtype: "complex64" }, "[0]: expected a Complex"],
    [["abcd"], { dtype: "U3" }, "[0]: 4 characters are longer than U3 holds"],
    [[new Uint8Array(4)], { dtype: "S3" }, "[0]: 4 bytes are longer than S3 holds"],
    [
      [1, "a"],
      {},
      "the elements are of several kinds (float64, text); say which dtype they are to be",
    ],
    [[1, null], {}, "null is no element of an array"],
  ])("%o %o", (data, options, message) => {
    expect(made(data, options)).toEqual(["ERR_NDARRAY", message]);
  });

  it("also an index", () => {
    const array = ndarray(COUNTED, { shape: [4, 6] });
    expect(failure(() => array.at(1))).toEqual([
      "ERR_NDARRAY",
      "expected 2 indices, one for each axis of [4, 6], got 1",
    ]);
    for (const index of [6, -7, 0.5, Number.NaN]) {
      expect(failure(() => array.at(0, index))).toEqual([
        "ERR_NDARRAY",
        `index ${index} is out of range for axis 1, which has 6 elements`,
      ]);
    }
  });
});

describe("half precision", () => {
  it("gives every one of its numbers back", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (Number.isNaN(value)) expect(fromFloat16(toFloat16(value))).toBeNaN();
      else if (toFloat16(value) !== bits) expect([bits, toFloat16(value)]).toEqual([bits, bits]);
    }
  });

  it("takes the nearest number, of two the even one", () => {
    const near = (value: number) => fromFloat16(toFloat16(value));
    expect([near(1 + 2 ** -11), near(1 + 3 * 2 ** -11)]).toEqual([1, 1 + 2 ** -9]);
    expect([near(1 + 2 ** -11 + 2 ** -40), near(2 ** -25), near(3 * 2 ** -26)]).toEqual([
      1 + 2 ** -10,
      0,
      2 ** -24,
    ]);
    expect([near(65_519.99), near(65_520), near(2047.9999)]).toEqual([
      65_504,
      Number.POSITIVE_INFINITY,
      2048,
    ]);
  });
});
