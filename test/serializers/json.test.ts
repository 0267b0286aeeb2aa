import { describe, expect, it } from "vitest";
import { json } from "../../src/serializers/json.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { type ClassHooks, MAX_DEPTH } from "../../src/serializers/serializer.ts";
import {
  Complex,
  Ellipsis,
  FrozenSet,
  float,
  PlainDate,
  Tuple,
  tuple,
} from "../../src/values/types.ts";
import { encoded } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { payloads } from "../support/payloads.ts";
import { difference, fromTagged } from "../support/tagged.ts";

const write = (value: unknown, hooks?: ClassHooks) => encoded(json, value, hooks).toString();
const read = (text: string, hooks?: ClassHooks) => decoded(json, text, hooks);
const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({
    name: "SerializeError",
    code,
    message: expect.stringMatching(message),
  });

/** Long documents go through the runtime's own parser if that reads them alike, so each test runs on both sides. */
const PADDING = " ".repeat(1000);

describe.each(["pyro5", "pyro4"] as const)("json payloads of %s", (file) => {
  const recorded = payloads(file, "json");

  it("reads every recorded message", () => {
    expect(recorded.length).toBeGreaterThan(20);
    for (const { vector, bytes } of recorded) {
      const expected = fromTagged(vector["payload"].value);
      expect(difference(decoded(json, bytes), expected, vector.name)).toBeUndefined();
    }
  });

  it("writes every recorded value as Python did", () => {
    for (const { vector, bytes } of recorded) {
      const written = encoded(json, fromTagged(vector["payload"].value));
      // Requests are written by json.dumps with its default layout, as everything Python sends.
      expect(written.toString(), vector.name).toBe(Buffer.from(bytes).toString());
    }
  });
});

describe("json writes", () => {
  it.each<[string, unknown, string]>([
    ["null, undefined and booleans", [null, undefined, true, false], "[null, null, true, false]"],
    [
      "an integral number as int, -0 and a wrapped number as float",
      [2, -0, float(2)],
      "[2, -0.0, 2.0]",
    ],
    [
      "numbers beyond the safe integers as float, bigint as int",
      [2 ** 53, 2n ** 64n],
      "[9007199254740992.0, 18446744073709551616]",
    ],
    ["floats as Python's repr", [1e16, 1e-5, 1.5e300, 0.0001], "[1e+16, 1e-05, 1.5e+300, 0.0001]"],
    [
      "Python's own tokens",
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      "[NaN, Infinity, -Infinity]",
    ],
    [
      "text with the escapes that Python uses",
      'a"\\/\n\r\t\f\b\x01\x7f€😀\u2028',
      '"a\\"\\\\/\\n\\r\\t\\f\\b\\u0001\x7f€😀\u2028"',
    ],
    [
      "records, maps, and keys that are no text",
      [
        { a: 1, b: undefined },
        new Map<unknown, unknown>([
          ["x", 1],
          [1, 2],
          [1.5, 3],
          [float(2), 4],
          [true, 5],
          [null, 6],
          [10n, 7],
        ]),
      ],
      '[{"a": 1, "b": null}, {"x": 1, "1": 2, "1.5": 3, "2.0": 4, "true": 5, "null": 6, "10": 7}]',
    ],
    [
      "tuples and sets as arrays",
      [tuple<unknown>(1, tuple()), new Set(["a"]), new FrozenSet([2])],
      '[[1, []], ["a"], [2]]',
    ],
    [
      "dates as text",
      [new Date(Date.UTC(2024, 1, 29, 23, 59, 58, 5)), new PlainDate(2024, 2, 29)],
      '["2024-02-29T23:59:58.005000+00:00", "2024-02-29"]',
    ],
    [
      "bytes as serpent does",
      [Uint8Array.of(97, 98), new Uint8Array()],
      '[{"data": "YWI=", "encoding": "base64"}, {"data": "", "encoding": "base64"}]',
    ],
    [
      "typed arrays as lists, floats as floats",
      [Float64Array.of(1, Number.NaN), Int8Array.of(-1)],
      "[[1.0, NaN], [-1]]",
    ],
  ])("%s", (_, value, text) => {
    expect(write(value)).toBe(text);
  });

  it("asks the hooks about instances and functions, and writes the answer in their place", () => {
    const hooks: ClassHooks = {
      toWire: (value) => (typeof value === "function" ? "a function" : { __class__: "lab.Foo" }),
      fromWire: (record) => record,
    };
    expect(write([new (class Foo {})(), () => 1], hooks)).toBe(
      '[{"__class__": "lab.Foo"}, "a function"]',
    );
  });

  it.each([
    ["complex numbers", { z: new Complex(1, 2) }, /^\.z: a complex number cannot be sent by json$/],
    ["Ellipsis", Ellipsis.value, /^Ellipsis cannot be sent by json$/],
    ["a function", [() => 1], /^\[0\]: a function cannot be sent$/],
    ["a symbol", Symbol("s"), /^a symbol cannot be sent$/],
    ["text that Python could not encode", ["a\ud800"], /^\[0\]: text with a lone surrogate/],
    [
      "a tuple as a key",
      new Map([[tuple(1), 2]]),
      /^\.keys\(\)\[0\]: a tuple cannot be a dict key in json$/,
    ],
    [
      "an integer that Python does not read",
      [10n ** 4300n],
      /^\[0\]: an integer of more than 4300 digits/,
    ],
    ["an invalid date", { at: new Date(Number.NaN) }, /^\.at: a date that is invalid/],
  ])("no %s: the error names the path", (_, value, message) => {
    expect(() => write(value)).toThrow(refusal("ERR_NOT_SERIALIZABLE", message));
  });

  it(`nests ${MAX_DEPTH} levels and not one more`, () => {
    let value: unknown = [];
    for (let i = 1; i < MAX_DEPTH; i++) value = [value];
    expect(write(value)).toBe("[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH));
    expect(() => write({ value })).toThrow(refusal("ERR_TOO_DEEP", "deeper than 200 levels"));
  });

  it("says where a circular value closes its circle", () => {
    const value: { self?: unknown } = {};
    value.self = value;
    expect(() => write(value)).toThrow(
      refusal("ERR_TOO_DEEP", /^\.self: circular, leads back to the whole value$/),
    );
  });
});

describe.each([
  ["short", ""],
  ["long", PADDING],
])("json reads %s documents:", (_, padding) => {
  it.each<[string, string, unknown]>([
    [
      "every kind of value",
      ' [null,true,false,1,-2.5,"a",{"b":{}}] ',
      [null, true, false, 1, -2.5, "a", { b: {} }],
    ],
    [
      "integers beyond the safe ones as bigint",
      "[9007199254740991,-9007199254740993,1e3]",
      [9007199254740991, -9007199254740993n, 1000],
    ],
    [
      "floats of many digits",
      "[0.12345678901234567890,12345678901234567890.5,1E400,-0.0,1.0]",
      [0.12345678901234568, 12345678901234567000, Number.POSITIVE_INFINITY, -0, 1],
    ],
    ["-0 as the integer 0", "[-0,-0.0]", [0, -0]],
    [
      "Python's own tokens",
      "[NaN,Infinity,-Infinity]",
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
    [
      "escapes",
      '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u20ac\\ud83d\\ude00\\ud800"',
      '"\\/\b\f\n\r\t€😀\ud800',
    ],
    [
      "what looks like a token or a bracket within text",
      '["NaN [[[ 12345678901234567890 -0 \\" {"]',
      ['NaN [[[ 12345678901234567890 -0 " {'],
    ],
    [
      "bytes, from the dict that stands for them",
      '[{"data":"YWI=","encoding":"base64"},{"encoding":"base64","data":""},{"data":"\\u0059Q==","encoding":"\\u0062ase64"}]',
      [Uint8Array.of(97, 98), new Uint8Array(), Uint8Array.of(97)],
    ],
    [
      "what only looks like the dict of bytes",
      '[{"data":"YQ==","encoding":"base64","x":1},{"data":"Y-==","encoding":"base64"},{"data":1,"encoding":"base64"},{"data":"a","encoding":"hex"}]',
      [
        { data: "YQ==", encoding: "base64", x: 1 },
        { data: "Y-==", encoding: "base64" },
        { data: 1, encoding: "base64" },
        { data: "a", encoding: "hex" },
      ],
    ],
    ["the last of equal keys", '{"a":1,"b":2,"a":3}', { a: 3, b: 2 }],
  ])("%s", (_, text, value) => {
    expect(difference(read(text + padding), value)).toBeUndefined();
  });

  it("keys with escapes, which the runtime's parser mistakes for each other", () => {
    // From now on JSON.parse of Node 24 takes the key \" for \\ after this first key, which no other object has.
    JSON.parse('{"before the backslash":1,"\\\\":2}');
    const quoted = `{"before the backslash":1,"\\"":2}${padding}`;
    expect(read(quoted)).toEqual({ "before the backslash": 1, '"': 2 });
  });

  it("a key __proto__ as an ordinary key", () => {
    const record = read(`{"__proto__":{"polluted":1}}${padding}`) as object;
    expect(Object.keys(record)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });

  it("class dicts by the hooks, innermost first, however the key is written", () => {
    const hooks: ClassHooks = {
      toWire: PLAIN_HOOKS.toWire,
      fromWire: (record) => ({ was: record.__class__, inner: record["inner"] }),
    };
    const text = `{"__class__":"a","inner":[{"\\u005f_class__":"b","inner":1},{"__class__":1}]}`;
    expect(read(text + padding, hooks)).toEqual({
      was: "a",
      inner: [{ was: "b", inner: 1 }, { __class__: 1 }],
    });
  });

  it.each([
    ["a value that is none", "[1,nope]", /expected a value at character 3, found "nope/],
    ["a missing comma", "[1 2]", /expected "," or "]" at character 3/],
    ["a comma without a value", "[1,]", /expected a value at character 3/],
    ["a key that is no text", "{1:2}", /a key in double quotes at character 1/],
    ["a missing colon", '{"a" 1}', /expected ":" at character 5/],
    ["text without an end", '["abc', /a closing quote|an escape for a control character/],
    ["a control character in text", '"a\nb"', /an escape for a control character at character 2/],
    ["an unknown escape", '"\\x41"', /an escape: one of/],
    ["a short escape", '"\\u12G4"', /four hexadecimal digits/],
    ["leading zeros", "[01]", /a number without leading zeros/],
    ["a point without digits", "[1.]", /a digit at character 3/],
    ["a lone minus", "[-]", /a value at character 1/],
    ["a byte order mark", "\ufeff1", /a value at character 0/],
    ["more behind the value", "1 2", /the end of the document at character 2/],
    ["an integer of 4301 digits", "9".repeat(4301), /an integer of at most 4300 digits/],
  ])("no %s: the error says where, and what was expected", (_, text, message) => {
    expect(() => read(text + padding)).toThrow(refusal("ERR_BAD_PAYLOAD", message));
  });

  it("no more than 200 open brackets", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels) + padding;
    expect(read(nested(200))).toHaveLength(1);
    expect(() => read(nested(201))).toThrow(refusal("ERR_TOO_DEEP", "more than 200 open brackets"));
  });
});

it("json refuses what is not UTF-8", () => {
  expect(() => decoded(json, Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
    refusal("ERR_BAD_PAYLOAD", "UTF-8"),
  );
});

it("json gives no tuples", () => {
  expect(read("[1]")).not.toBeInstanceOf(Tuple);
});
