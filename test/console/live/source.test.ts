import { describe, expect, it } from "vitest";
import {
  drawableIn,
  nameOf,
  numberIn,
  rowIn,
  unitOf,
  valueIn,
} from "../../../src/console/live/source.ts";
import { NdArray } from "../../../src/values/ndarray.ts";
import { float, tuple } from "../../../src/values/types.ts";

describe("a source", () => {
  it.each([
    [{ object: "lab.t", kind: "attribute", member: "celsius" }, "lab.t.celsius"],
    [{ object: "t", kind: "stream", member: "s", args: [1, "x"] }, 't.s(1, "x")'],
    [{ object: "stage", kind: "model", path: ["axes", "0"] }, "stage.axes.0"],
  ] as const)("is called as people call it: %j", (source, name) => {
    expect(nameOf(source)).toBe(name);
  });

  it("is a part of what its object gives: by keys and indices, of a model of its state", () => {
    const at = (path: string[], value: unknown) =>
      valueIn({ object: "o", kind: "attribute", member: "m", path }, value);
    expect(at([], 5)).toBe(5);
    expect(at(["a", "1"], { a: [3, 4] })).toBe(4);
    expect(at(["a"], new Map([["a", 7]]))).toBe(7);
    expect(at(["toString"], {})).toBeUndefined();
    expect(at(["a", "b"], { a: null })).toBeUndefined();
    const model = { object: "o", kind: "model", path: ["x"] } as const;
    expect(valueIn(model, { version: 3, state: { x: 1 } })).toBe(1);
  });
});

describe("numberIn", () => {
  it.each([
    [1.5, 1.5],
    [12n, 12],
    [true, 1],
    [float(2), 2],
    [new NdArray(new Float32Array([2.5]), { shape: [] }), 2.5],
    ["12", undefined],
    [null, undefined],
    [new Date(0), undefined],
  ])("%s", (value, number) => {
    expect(numberIn(value)).toBe(number);
  });
});

describe("rowIn", () => {
  it.each([
    ["a list", [1, 2n, true], [1, 2, 1]],
    ["a tuple", tuple(1, 2), [1, 2]],
    ["a typed array", new Int16Array([1, 2]), [1, 2]],
    ["large integers", new BigInt64Array([1n, 2n]), [1, 2]],
    ["an array of one dimension", new NdArray(new Float64Array([1, 2])), [1, 2]],
    ["a list with a text", [1, "x"], undefined],
    ["an empty list", [], undefined],
    ["a table", new NdArray(new Float64Array(4), { shape: [2, 2] }), undefined],
    ["complex numbers", new NdArray(new Float64Array(4), { dtype: "complex128" }), undefined],
    ["a number", 1, undefined],
  ])("%s", (_, value, row) => {
    const got = rowIn(value);
    expect(got && Array.from(got)).toEqual(row);
  });

  it("knows the unit of an array", () => {
    expect(unitOf(new NdArray(new Float64Array(1), { unit: "V" }))).toBe("V");
    expect(unitOf(1)).toBeUndefined();
  });
});

describe("drawableIn", () => {
  it("finds numbers and rows of numbers in records, by their paths", () => {
    expect(drawableIn(3)).toEqual([[]]);
    expect(drawableIn("x")).toEqual([]);
    expect(drawableIn({ a: 1, b: "x", c: { d: [1, 2], e: new Map([["f", 2n]]) } })).toEqual([
      ["a"],
      ["c", "d"],
      ["c", "e", "f"],
    ]);
  });
});
