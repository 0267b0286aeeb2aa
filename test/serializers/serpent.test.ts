import { describe, expect, it } from "vitest";
import { SerializeError } from "../../src/errors.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { type ClassHooks, MAX_DEPTH } from "../../src/serializers/serializer.ts";
import { serpent, serpentBytes, serpentWith } from "../../src/serializers/serpent.ts";
import { parseFloatText } from "../../src/values/python-text.ts";
import {
  Complex,
  Ellipsis,
  Float,
  FrozenSet,
  float,
  PlainDate,
  Tuple,
  tuple,
} from "../../src/values/types.ts";
import { encoded } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { payloads } from "../support/payloads.ts";
import { difference, fromTagged, hasCounterpart } from "../support/tagged.ts";
import { fromHex, vectors } from "../support/vectors.ts";

const HEADER = "# serpent utf-8 python3.2\n";
const write = (value: unknown, hooks?: ClassHooks) =>
  encoded(serpent, value, hooks).toString().slice(HEADER.length);
const read = (text: string, hooks?: ClassHooks) => decoded(serpent, HEADER + text, hooks);
const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({
    name: "SerializeError",
    code,
    message: expect.stringMatching(message),
  });

/** What Python writes and cannot read back: there we differ, for the reason given. */
const WRITTEN_OTHERWISE: Record<string, string> = {
  "complex/neg-zero-imag":
    "as (1.0-0.0j), which arrives as 1+0j; Python's (1.0+-0.0j) does not parse",
  "complex/nan": "refused; Python writes what does not parse",
  "complex/nan-imag": "refused; Python writes what does not parse",
  "set/bytes": "refused; Python writes a set of a dict, which does not parse",
  "dict/bytes-key": "refused; Python writes a dict as a key, which does not parse",
};
/** Values that no JavaScript value stands for; reading what Python wrote for them is tested all the same. */
const NO_INPUT = "has no counterpart in JavaScript";

const VECTORS = vectors("serpent");
const titled = (mode: (vector: (typeof VECTORS)[number]) => boolean) =>
  VECTORS.filter(mode).map((vector) => [vector.name, vector] as const);
const skipReason = (vector: (typeof VECTORS)[number]) =>
  WRITTEN_OTHERWISE[vector.name] ??
  ("input" in vector && hasCounterpart(fromTagged(vector["input"])) ? undefined : NO_INPUT);

/** What Bunsen makes of the value that Python's parser gives: bytes and NaN travel as dicts. */
function converted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(converted);
    return value instanceof Tuple ? Tuple.from(items) : items;
  }
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, converted(item)]));
  if (typeof value !== "object" || value === null || value.constructor !== Object) return value;
  const record = value as Record<string, unknown>;
  if (record["__class__"] === "float") return parseFloatText(record["value"] as string);
  if (record["encoding"] === "base64") return serpentBytes(record);
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, converted(item)]));
}

describe("serpent vectors", () => {
  it.each(titled(({ mode, decodeError }) => mode !== "encode-error" && !decodeError))(
    "reads %s",
    (_, vector) => {
      const value = decoded(serpent, fromHex(vector.hex));
      expect(difference(value, converted(fromTagged(vector["wire"])))).toBeUndefined();
    },
  );

  it.each(titled(({ decodeError }) => decodeError))(
    "refuses to read %s, as Python does",
    (_, vector) => {
      expect(() => decoded(serpent, fromHex(vector.hex))).toThrow(SerializeError);
    },
  );

  it.each(titled((vector) => vector["mode"] === "encode" && !skipReason(vector)))(
    "writes %s as Python does",
    (_, vector) => {
      const bytesRepr = vector["options"]?.bytesRepr ?? false;
      const bytes = encoded(serpentWith({ bytesRepr }), fromTagged(vector["input"]));
      expect(bytes.toString()).toBe(fromHex(vector.hex).toString());
    },
  );

  it.each(titled((vector) => vector["mode"] === "encode-error" && !skipReason(vector)))(
    "refuses to write %s, as Python does",
    (_, vector) => {
      expect(() => encoded(serpent, fromTagged(vector["input"]))).toThrow(SerializeError);
    },
  );

  it("skips no vector without a reason", () => {
    const skipped = VECTORS.filter(({ mode }) => String(mode).startsWith("encode")).filter(
      skipReason,
    );
    const reasons = Object.groupBy(skipped, (vector) =>
      skipReason(vector) === NO_INPUT ? "none" : "otherwise",
    );
    expect(reasons.otherwise).toHaveLength(Object.keys(WRITTEN_OTHERWISE).length);
    // Instances of Python classes, exceptions, Decimals, UUIDs, naive datetimes, times, timedeltas, and the circular
    // and the deep value, which are tested below.
    const kinds = new Set(reasons.none?.map(({ name }) => name.replace(/\/.*/, "")));
    expect([...kinds].sort()).toEqual(["dict", "error", "exception", "object", "pyro", "rich"]);
  });

  it.each([["complex/neg-zero-imag", new Complex(1, -0), "(1.0-0.0j)"]])(
    "writes %s so that Python can read it",
    (_, value, text) => {
      expect(write(value)).toBe(text);
    },
  );

  it.each([
    ["complex/nan", new Complex(Number.NaN, 1), "a complex number with a NaN part cannot be sent"],
    [
      "complex/nan-imag",
      new Complex(1, Number.NaN),
      "a complex number with a NaN part cannot be sent",
    ],
    ["set/bytes", new Set([Uint8Array.of(97)]), "bytes cannot be a dict key or set member"],
    [
      "dict/bytes-key",
      new Map([[Uint8Array.of(97), 1]]),
      "bytes cannot be a dict key or set member",
    ],
  ])("refuses to write %s, which Python could not read", (_, value, message) => {
    expect(() => write(value)).toThrow(refusal("ERR_NOT_SERIALIZABLE", message));
  });
});

describe.each(["pyro5", "pyro4"] as const)("serpent payloads of %s", (file) => {
  it("reads every recorded message", () => {
    const recorded = payloads(file, "serpent");
    expect(recorded.length).toBeGreaterThan(100);
    for (const { vector, bytes } of recorded) {
      const expected = converted(fromTagged(vector["payload"].value));
      expect(difference(decoded(serpent, bytes), expected, vector.name)).toBeUndefined();
    }
  });
});

describe("serpent writes", () => {
  it.each([
    [
      "undefined and holes as None",
      Object.assign(new Array(3), { 0: undefined, 2: null }),
      "[None,None,None]",
    ],
    [
      "an integral number as int, -0 and a wrapped number as float",
      [2, -0, float(2)],
      "[2,-0.0,2.0]",
    ],
    [
      "numbers beyond the safe integers as float, bigint as int",
      [2 ** 53, 2n ** 53n],
      "[9007199254740992.0,9007199254740992]",
    ],
    ["infinities", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], "[1e30000,-1e30000]"],
    [
      "records in the order of their properties, symbols left out",
      { b: 1, a: undefined, [Symbol("s")]: 2 },
      "{'b':1,'a':None}",
    ],
    ["records without a prototype", Object.assign(Object.create(null), { a: 1 }), "{'a':1}"],
    [
      "maps",
      new Map<unknown, unknown>([
        [1, "a"],
        [tuple(1, null), true],
      ]),
      "{1:'a',(1,None):True}",
    ],
    ["frozen sets as sets", new FrozenSet([7]), "{7}"],
    [
      "dates in UTC",
      new Date(Date.UTC(2024, 1, 29, 23, 59, 58, 123)),
      "'2024-02-29T23:59:58.123000+00:00'",
    ],
    ["dates without milliseconds", new Date(0), "'1970-01-01T00:00:00+00:00'"],
    ["calendar dates", new PlainDate(31, 1, 2), "'0031-01-02'"],
    [
      "typed arrays as lists, floats as floats",
      [Float32Array.of(1, 0.5), Int16Array.of(-1), BigInt64Array.of(5n)],
      "[[1.0,0.5],[-1],[5]]",
    ],
    [
      "every kind of byte array as bytes",
      [Buffer.from("a"), new Uint8ClampedArray([98]), new DataView(new ArrayBuffer(1))],
      "[{'data': 'YQ==', 'encoding': 'base64'},{'data': 'Yg==', 'encoding': 'base64'},{'data': 'AA==', 'encoding': 'base64'}]",
    ],
    ["long text with escapes", `${"x".repeat(50)}'\n`, `"${"x".repeat(50)}'\\n"`],
  ])("%s", (_, value, text) => {
    expect(write(value)).toBe(text);
  });

  it("asks the hooks about instances and functions, and writes the answer in their place", () => {
    class Reading {
      volts = 3;
    }
    const hooks: ClassHooks = {
      toWire: (value) =>
        value instanceof Reading
          ? { ...value, __class__: "lab.Reading" }
          : tuple<unknown>("fn", [new Reading()]),
      fromWire: (record) => record,
    };
    expect(write([new Reading(), () => 1], hooks)).toBe(
      "[{'volts':3,'__class__':'lab.Reading'},('fn',[{'volts':3,'__class__':'lab.Reading'}])]",
    );
  });

  it.each([
    [
      "a function",
      [0, { samples: [1, () => 1] }],
      /^\[1\]\.samples\[1\]: a function cannot be sent$/,
    ],
    ["a symbol", { "not a name": Symbol("s") }, /^\["not a name"\]: a symbol cannot be sent$/],
    [
      "an instance",
      new Map([[2, new (class Foo {})()]]),
      /^\.get\(2\): an instance of Foo cannot be sent$/,
    ],
    ["Ellipsis", [Ellipsis.value], /^\[0\]: Ellipsis cannot be sent by serpent$/],
    ["None as a key", new Map([[null, 1]]), /^\.keys\(\)\[0\]: None cannot be a dict key/],
    ["NaN as a key", new Map([[Number.NaN, 1]]), /NaN cannot be a dict key/],
    ["an array in a set", new Set([[1]]), /^\.values\(\)\[0\]: a list cannot be a dict key/],
    [
      "an array in a tuple as a key",
      new Map([[tuple<unknown>(1, [2]), 1]]),
      /a tuple with a list cannot be a dict key/,
    ],
    [
      "an integer that Python does not read",
      [10n ** 4300n],
      /^\[0\]: an integer of more than 4300 digits/,
    ],
    ["an invalid date", { at: new Date(Number.NaN) }, /^\.at: a date that is invalid/],
    ["a date after the year 9999", new Date(Date.UTC(10000, 0)), /not in the years 1 to 9999/],
  ])("no %s: the error names the path", (_, value, message) => {
    expect(() => write(value)).toThrow(refusal("ERR_NOT_SERIALIZABLE", message));
  });

  it("takes an integer of 4300 digits", () => {
    expect(write(-(10n ** 4299n))).toHaveLength(4301);
  });

  it("hands on what a converter throws besides a refusal", () => {
    const broken = new TypeError("broken converter");
    const hooks: ClassHooks = {
      toWire() {
        throw broken;
      },
      fromWire: (record) => record,
    };
    expect(() => write(new (class Foo {})(), hooks)).toThrow(broken);
  });

  it(`nests ${MAX_DEPTH} levels and not one more`, () => {
    const nested = (levels: number) => {
      let value: unknown = 0;
      for (let i = 0; i < levels; i++) value = i % 2 ? { a: value } : [value];
      return value;
    };
    expect(
      difference(decoded(serpent, encoded(serpent, nested(MAX_DEPTH))), nested(MAX_DEPTH)),
    ).toBeUndefined();
    expect(() => write(nested(MAX_DEPTH + 1))).toThrow(
      refusal("ERR_TOO_DEEP", "deeper than 200 levels"),
    );
  });

  it("says where a circular value closes its circle", () => {
    const value: { list: unknown[] } = { list: [1] };
    value.list.push(value);
    expect(() => write([value])).toThrow(
      refusal("ERR_TOO_DEEP", /^\[0\]\.list\[1\]: circular, leads back to \[0\]$/),
    );
  });
});

describe("serpent reads", () => {
  it.each<[string, string, unknown]>([
    [
      "integers beyond the safe ones as bigint",
      "[9007199254740991,-9007199254740992]",
      [9007199254740991, -9007199254740992n],
    ],
    ["floats that look integral as numbers", "[1.0,-0.0,1e3]", [1, -0, 1000]],
    ["-0 as the integer 0", "-0", 0],
    [
      "floats to the last digit",
      "[0.1234567890123456,123456789.123456,5e-324,1.7976931348623157e+308]",
      [0.1234567890123456, 123456789.123456, 5e-324, Number.MAX_VALUE],
    ],
    [
      "dicts of text keys as records, of others as maps",
      "{'a':{1:2,'b':3}}",
      {
        a: new Map<unknown, unknown>([
          [1, 2],
          ["b", 3],
        ]),
      },
    ],
    [
      "a dict whose first key only is text as a map",
      "{'b':1,'a':2,3:4}",
      new Map<unknown, unknown>([
        ["b", 1],
        ["a", 2],
        [3, 4],
      ]),
    ],
    [
      "equal keys as one, the first key with the last value",
      "{(1,):1,(True,):2,(1.0,):3}",
      new Map([[tuple(1), 3]]),
    ],
    [
      "an integral float and the same bigint as one key",
      "{1e17:1,100000000000000000:2}",
      new Map([[1e17, 2]]),
    ],
    [
      "rows of one shape",
      "[{'a':1,'b':{'a':3}},{'a':2,'b':{'a':4}}]",
      [
        { a: 1, b: { a: 3 } },
        { a: 2, b: { a: 4 } },
      ],
    ],
    [
      "rows whose keys are written otherwise",
      "[{'a\\n':1},{'a\\n':2},{'''a\n''':3},{\"a\\n\":4}]",
      [{ "a\n": 1 }, { "a\n": 2 }, { "a\n": 3 }, { "a\n": 4 }],
    ],
    [
      "a signed number in parentheses as a part of a complex one",
      "( -1 ) + ( 2j )",
      new Complex(-1, 2),
    ],
    ["an imaginary number with a sign", "-2j", new Complex(-0, -2)],
    ["line ends in long text as they are", "'''\r\n\r'''", "\n\n"],
    ["a raw bytes literal", "rb'\\n' b'\\x00\\400'", Uint8Array.of(0x5c, 0x6e, 0, 0)],
    ["long text with a quote of the other kind", `'${"x".repeat(60)}"'`, `${"x".repeat(60)}"`],
    ["names of characters in any case", "'\\N{degree sign}\\N{Greek Small Letter Mu}'", "°μ"],
    ["digits in other bases", "[0xff_ff,0O17,0B1]", [0xffff, 15, 1]],
    ["leading zeros of a float", "[01.5,00.5,0e1,00]", [1.5, 0.5, 0, 0]],
    ["a backslash that joins lines", "[1,\\\n2]", [1, 2]],
  ])("%s", (_, text, value) => {
    expect(difference(read(text), value)).toBeUndefined();
  });

  it("a dict key __proto__ as an ordinary key", () => {
    const record = read("{'__proto__':{'polluted':1}}") as Record<string, unknown>;
    expect(Object.keys(record)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });

  it("class dicts by the hooks, innermost first", () => {
    const seen: string[] = [];
    const hooks: ClassHooks = {
      toWire: PLAIN_HOOKS.toWire,
      fromWire(record) {
        seen.push(record.__class__);
        return { was: record.__class__, inner: record["inner"] };
      },
    };
    expect(read("[{'__class__':'a','inner':{'inner':1,'__class__':'b'}}]", hooks)).toEqual([
      { was: "a", inner: { was: "b", inner: 1 } },
    ]);
    expect(seen).toEqual(["b", "a"]);
  });

  it("a class dict whose class is no text as a dict", () => {
    expect(read("{'__class__':1}")).toEqual({ __class__: 1 });
  });

  it.each([
    ["with another encoding", "{'data': 'YQ==', 'encoding': 'hex'}"],
    ["with a third key", "{'data': 'YQ==', 'encoding': 'base64', 'x': 1}"],
    ["whose data is no base64", "{'data': 'Y-==', 'encoding': 'base64'}"],
    ["whose data is no text", "{'data': 1, 'encoding': 'base64'}"],
  ])("a bytes dict %s as a dict", (_, text) => {
    expect(read(text)).toBeTypeOf("object");
    expect(read(text)).not.toBeInstanceOf(Uint8Array);
  });

  it("text that does not keep a large document alive, unchanged", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `a name of some length, °C ${i}`);
    expect(read(write(names))).toEqual(names);
  });

  it("long text quickly, whatever stands behind it", () => {
    const names = Array.from({ length: 500 }, (_, i) => `${"x".repeat(60)}${i % 3 ? "\n" : ""}`);
    expect(read(write(names))).toEqual(names);
  });

  it.each([
    ["a name", "[1,nope]", /expected a value at character 29, found "nope\]"/],
    ["a missing comma", "[1 2]", /expected "," or "]" at character 29/],
    ["a missing colon", "{'a':1,'b'}", /expected ":" at character 36/],
    ["a list as a key", "{[1]:2}", /a dict key or set member, which no list can be/],
    ["a set as a set member", "{set()}", /which no set can be/],
    ["a list in a tuple as a key", "{(1,[2]):3}", /which no list can be/],
    [
      "text without an end",
      "['abc",
      /expected a closing ' of the text that starts there at character 27/,
    ],
    ["an integer of 4301 digits", "9".repeat(4301), /an integer of at most 4300 digits/],
    ["the same with underscores", `${"9_".repeat(4300)}9`, /an integer of at most 4300 digits/],
    ["an unknown character name", "'\\N{NO SUCH NAME}'", /a character name that Bunsen knows/],
    [
      "a float dict without a number",
      "{'__class__':'float','value':'x'}",
      /a float dict with the text of a number/,
    ],
    ["a mix of bytes and text", "b'a' 'b'", /text or bytes, not both/],
    ["a NUL", "'\0'", /no NUL character/],
    ["more behind the value", "1\n2", /the end of the document/],
    ["an indented value", " 1", /no indentation/],
    ["an empty document", "", /a value at character 26, found the end/],
    ["a complex number from a huge integer", `${"9".repeat(400)}+1j`, /a smaller integer/],
    ["a sum of integers", "1+1", /an imaginary number/],
  ])("no %s: the error says where, and what was expected", (_, text, message) => {
    expect(() => read(text)).toThrow(refusal("ERR_BAD_PAYLOAD", message));
  });

  it("no more than 200 open brackets", () => {
    expect(() => read("[".repeat(201))).toThrow(
      refusal("ERR_TOO_DEEP", "more than 200 open brackets"),
    );
    expect(() => read("[".repeat(200))).toThrow(refusal("ERR_BAD_PAYLOAD", "a value"));
  });
});

describe("serpentBytes", () => {
  it("gives the bytes of a bytes dict, and bytes as they are", () => {
    expect(serpentBytes({ data: "YWJj", encoding: "base64" })).toEqual(Uint8Array.of(97, 98, 99));
    const bytes = Uint8Array.of(1);
    expect(serpentBytes(bytes)).toBe(bytes);
  });

  it.each([
    ["text"],
    [null],
    [{ data: "YWJj" }],
    [{ data: "?", encoding: "base64" }],
    [new Float(1)],
  ])("refuses %j", (value) => {
    expect(() => serpentBytes(value)).toThrow(refusal("ERR_BAD_PAYLOAD", "expected bytes"));
  });
});
