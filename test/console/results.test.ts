import { describe, expect, it } from "vitest";
import { hexLines, sizeText } from "../../src/console/results/hex.ts";
import { magnitudes, numericArray } from "../../src/console/results/numbers.ts";
import { renderingOf } from "../../src/console/results/rendering.ts";
import { sampledLine } from "../../src/console/results/sampling.ts";
import { tableOf } from "../../src/console/results/table.ts";
import { bytesLiteral, shortText, valueText } from "../../src/console/results/text.ts";
import { ticks } from "../../src/console/results/ticks.ts";
import { ndarray } from "../../src/index.ts";
import { toFloat16 } from "../../src/values/float16.ts";
import { Complex, FrozenSet, float, PlainDate, Tuple, tuple } from "../../src/values/types.ts";

const rendering = (value: unknown) => renderingOf(value, (object) => object === REMOTE);
const REMOTE = { a: 1 };

describe("a result", () => {
  it.each<[unknown, string]>([
    [null, "nothing"],
    [undefined, "nothing"],
    [1.5, "scalar"],
    [2n ** 70n, "scalar"],
    [false, "scalar"],
    [new Date(0), "scalar"],
    [new PlainDate(2026, 1, 2), "scalar"],
    [new Complex(1, 2), "scalar"],
    [float(2), "scalar"],
    ["text", "text"],
    [Uint8Array.of(1), "bytes"],
    [REMOTE, "object"],
    [[1, 2, 3], "array"],
    [Float32Array.of(1, 2), "array"],
    [ndarray([1, 2, 3]), "array"],
    [
      [
        [1, 2],
        [3, 4],
      ],
      "array",
    ],
    [[{ a: 1 }, { b: 2 }], "table"],
    [[[1, "a"], [2]], "table"],
    [{ a: 1 }, "table"],
    [new Map([[1, 2]]), "table"],
    [[], "value"],
    [{}, "value"],
    [["a", "b"], "value"],
    [[1, 2n ** 70n], "value"],
    [new Set([1]), "value"],
    [ndarray(["a", "b"], { dtype: "U1" }), "value"],
  ])("%o is shown as %s", (value, kind) => {
    expect(rendering(value).kind).toBe(kind);
  });

  it.each<[string, readonly number[], string]>([
    ["few numbers", [3], "numbers"],
    ["many numbers", [100], "line"],
    ["a few rows of many", [4, 100], "line"],
    ["a picture", [64, 48], "image"],
    ["pictures", [10, 64, 48], "image"],
    ["many rows of spectra", [20, 1000], "waterfall"],
    ["points", [500, 2], "numbers"],
    ["a small matrix", [2, 2], "numbers"],
    ["nothing", [0, 5], "numbers"],
  ])("of %s, shape %j, is shown as %s first", (_what, shape, view) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const shown = rendering(ndarray(new Float64Array(size), { shape }));
    expect(shown).toMatchObject({ kind: "array", views: expect.arrayContaining(["numbers"]) });
    expect(shown.kind === "array" && shown.views[0]).toBe(view);
  });
});

describe("the numbers of an array", () => {
  it("are those of nested lists of one shape", () => {
    expect(
      numericArray([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({ shape: [2, 3], values: Float64Array.of(1, 2, 3, 4, 5, 6) });
  });

  it.each([
    ["of several lengths", [[1, 2], [3]]],
    ["of several depths", [[1, 2], 3]],
    ["with something else in them", [[1, "2"]]],
    ["that are empty", [[], []]],
    // The shape that its beginning promises would not fit into any memory.
    ["that promise much", [Array(1e5).fill(Array(1e5).fill(Array(1e5))), 1]],
  ])("are not those of lists %s", (_what, lists) => {
    expect(numericArray(lists)).toBeUndefined();
  });

  it("come in the order of C, with what the array says of them", () => {
    const array = ndarray(Int16Array.of(1, 2, 3, 4, 5, 6), {
      shape: [2, 3],
      order: "F",
      unit: "V",
    });
    expect(numericArray(array)).toEqual({
      shape: [2, 3],
      dtype: "int16",
      unit: "V",
      values: Int16Array.of(1, 3, 5, 2, 4, 6),
    });
  });

  it("are doubles to be drawn, and keep all their digits; half a float has them too", () => {
    const large = 2n ** 62n + 1n;
    const long = ndarray(BigInt64Array.of(1n, large, 3n, 4n), { shape: [2, 2], order: "F" });
    expect(numericArray(long)).toMatchObject({
      values: Float64Array.of(1, 3, 2 ** 62, 4),
      exact: BigInt64Array.of(1n, 3n, large, 4n),
    });
    const half = ndarray(Uint16Array.of(toFloat16(1.5)), { dtype: "float16" });
    expect(numericArray(half)?.values).toEqual(Float32Array.of(1.5));
  });

  it("have two parts where they are complex", () => {
    const array = ndarray([new Complex(3, 4), new Complex(0, -1)], { dtype: "complex128" });
    const numbers = numericArray(array);
    expect(numbers).toMatchObject({
      values: Float64Array.of(3, 0),
      imaginary: Float64Array.of(4, -1),
    });
    expect(numbers && magnitudes(numbers)).toEqual(Float64Array.of(5, 1));
  });
});

describe("a long line", () => {
  it("keeps its peaks, in their places", () => {
    const values = new Float64Array(10_000);
    values[1234] = 7;
    values[8000] = -7;
    const { x, y } = sampledLine(values, 100);
    expect(x.length).toBe(100);
    expect(y[x.indexOf(1234)]).toBe(7);
    expect(y[x.indexOf(8000)]).toBe(-7);
    expect([...x]).toEqual([...x].sort((a, b) => a - b));
  });

  it("has gaps only where nothing is left", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) =>
      i >= 500 || i % 2 === 0 ? Number.NaN : i,
    );
    const { y } = sampledLine(values, 20);
    expect(y.subarray(0, 10).some(Number.isNaN)).toBe(false);
    expect(y.subarray(10).every(Number.isNaN)).toBe(true);
  });

  it("is itself where it is short", () => {
    expect(sampledLine([1, 2], 10)).toEqual({
      x: Float64Array.of(0, 1),
      y: Float64Array.of(1, 2),
    });
  });
});

it("an axis has round numbers", () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(-3, 14, 4)).toEqual([-2, 0, 2, 4, 6, 8, 10, 12, 14]);
  expect(ticks(-47, 47, 4)).toEqual([-40, -20, 0, 20, 40]);
  expect(ticks(2, 2, 4)).toEqual([2]);
});

describe("a table", () => {
  it.each<[string, unknown, object]>([
    [
      "of records, with the columns of all",
      [
        { a: 1, b: 2 },
        { b: 3, c: 4 },
      ],
      {
        columns: ["a", "b", "c"],
        rows: [
          [1, 2, undefined],
          [undefined, 3, 4],
        ],
      },
    ],
    [
      "of rows",
      [[1, "a"], ["b"]],
      {
        columns: ["0", "1"],
        rows: [
          [1, "a"],
          ["b", undefined],
        ],
      },
    ],
    [
      "of a dict of columns",
      { t: [1, 2], v: ["a", "b"] },
      {
        columns: ["t", "v"],
        rows: [
          [1, "a"],
          [2, "b"],
        ],
      },
    ],
    ["of a dict", { a: 1 }, { columns: ["key", "value"], rows: [["a", 1]] }],
  ])("is made %s", (_what, value, table) => {
    expect(tableOf(value)).toEqual(table);
  });
});

describe("a value as text", () => {
  it.each<[unknown, string]>([
    [null, "None"],
    [true, "True"],
    [1, "1"],
    [-0, "-0.0"],
    [1e16, "1e+16"],
    [0.1, "0.1"],
    [float(2), "2.0"],
    [float(Number.NaN), "nan"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [12345678901234567890123n, "12345678901234567890123"],
    ['a"\n\u2028€', '"a\\"\\n\\u2028€"'],
    [new Complex(1, -2.5), "1-2.5j"],
    [new Date(Date.UTC(2026, 10, 21, 8, 30)), "2026-11-21T08:30:00+00:00"],
    [new PlainDate(2026, 11, 21), "2026-11-21"],
    [Uint8Array.of(0, 0x22, 0x5c, 0x41, 255), 'b"\\x00\\"\\\\A\\xff"'],
    [new Uint8Array(100), `${bytesLiteral(new Uint8Array(48))}… (100 bytes)`],
    [tuple(1), "(1,)"],
    [new Tuple(), "()"],
    [tuple<unknown>(1, [2]), "(1, [2])"],
    [new Set(), "set()"],
    [new Set([1]), "{1}"],
    [new FrozenSet([1]), "frozenset({1})"],
    [{ a: { b: [] } }, '{"a": {"b": []}}'],
    [new Map<unknown, unknown>([[1, "x"]]), '{1: "x"}'],
    [ndarray(new Float32Array(6), { shape: [2, 3], unit: "V" }), "<float32 array of 2 × 3 in V>"],
  ])("%o is written in full", (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  it("takes as many lines as it needs", () => {
    const text = valueText({ numbers: Array.from({ length: 40 }, (_, i) => i + 100), b: 1 });
    expect(text).toMatch(
      /^\{\n {4}"numbers": \[\n {8}100, 101, .*,\n {8}.*\n {4}\],\n {4}"b": 1\n\}$/s,
    );
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(90);
  });

  it("is cut where it is only looked at, without making all of it", () => {
    const long = Array.from({ length: 1e6 }, (_, i) => i);
    expect(valueText(long, { runs: false, atMost: 100 })).toHaveLength(101);
    expect(shortText({ a: "x".repeat(200) })).toHaveLength(80);
    expect(shortText([{ a: "x".repeat(60), b: ["y".repeat(30)] }], undefined, 200)).toBe(
      `[{"a": "${"x".repeat(60)}", "b": ["${"y".repeat(30)}"]}]`,
    );
    expect(shortText([[1], ["a\nb"]])).toBe('[[1], ["a\\nb"]]');
  });
});

describe("bytes", () => {
  it("are shown in hex, with the text in them", () => {
    expect(hexLines(Uint8Array.from({ length: 18 }, (_, i) => i + 0x3f))).toEqual([
      "000000  3f 40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e  ?@ABCDEFGHIJKLMN",
      `000010  4f 50${" ".repeat(42)}  OP`,
    ]);
    expect(hexLines(new Uint8Array(1000), 32)).toHaveLength(2);
  });

  it.each([
    [1, "1 byte"],
    [999, "999 bytes"],
    [1400, "1.4 kB"],
    [12_345_678, "12 MB"],
  ])("%d of them are %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});
