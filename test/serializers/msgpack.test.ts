import { describe, expect, it } from "vitest";
import { SerializeError } from "../../src/errors.ts";
import { msgpack, msgpackRich } from "../../src/serializers/msgpack.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import type { ClassHooks } from "../../src/serializers/serializer.ts";
import {
  Complex,
  Ellipsis,
  Float,
  FrozenSet,
  PlainDate,
  Tuple,
  tuple,
} from "../../src/values/types.ts";
import { encoded, failure, recordedPayloads, withExtensions } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { difference, fromTagged, hasCounterpart } from "../support/tagged.ts";
import { fromHex, toHex, type Vector, vectors } from "../support/vectors.ts";

const ALL = vectors("msgpack");
const encode = (value: unknown) => toHex(encoded(msgpack, value));
const decode = (hex: string) => decoded(msgpack, fromHex(hex));
const refusal = (hex: string) => failure(() => decode(hex));
const rich = (value: unknown) => decoded(msgpackRich, encoded(msgpackRich, value));

/** What Python refuses and we read. */
const READ_BY_US: Record<string, string> = {
  "decode/int-key": "any scalar may be a key",
  "decode/bool-key": "any scalar may be a key",
  "decode/class-bytes-name": "only a `__class__` that is text names a class",
};

/** What Python refuses to write and we write. */
const WRITTEN_BY_US: Record<string, string> = {
  frozenset: "as a list, like a set",
};

describe("the vectors", () => {
  const isRead = (vector: Vector) =>
    "wire" in vector && (vector["mode"] !== "reject" || READ_BY_US[vector.name] !== undefined);

  it.each(ALL.filter(isRead))("reads $name", ({ hex, wire }) => {
    expect(difference(decode(hex), withExtensions(fromTagged(wire)))).toBeUndefined();
  });

  it.each(ALL.filter(({ mode }) => mode === "encode"))("writes $name", ({ hex, input, wire }) => {
    const value = withExtensions(fromTagged(input));
    // What Pyro makes of an instance, a Decimal or a UUID before msgpack sees it is in `wire`.
    expect(encode(hasCounterpart(value) ? value : withExtensions(fromTagged(wire)))).toBe(hex);
  });

  it.each(ALL.filter((vector) => !isRead(vector) && vector["mode"] !== "encode-error"))(
    "refuses $name",
    ({ hex }) => {
      expect(refusal(hex)).toEqual([
        "ERR_BAD_PAYLOAD",
        expect.stringMatching(/^msgpack, byte \d+: /),
      ]);
    },
  );

  it.each(ALL.filter(({ mode, input }) => mode === "encode-error" && input !== undefined))(
    "refuses to write $name, as far as JavaScript has it",
    ({ name, input }) => {
      const value = fromTagged(input);
      if (WRITTEN_BY_US[name]) expect(() => encode(value)).not.toThrow();
      // A Date is an instant without a zone of its own, so unlike Python's aware datetime it can be sent.
      else if (value instanceof Date) expect(decode(encode(value))).toEqual(value);
      // The rest are instances of Python classes.
      else if (hasCounterpart(value))
        expect(failure(() => encode(value))[0]).toBe("ERR_NOT_SERIALIZABLE");
    },
  );
});

describe.each(["pyro4", "pyro5"] as const)("the payloads recorded from %s", (file) => {
  it.each(recordedPayloads(file, "msgpack"))("reads and writes $name", ({ bytes, value }) => {
    const read = decoded(msgpack, bytes);
    expect(difference(read, withExtensions(fromTagged(value)))).toBeUndefined();
    expect(difference(decode(encode(read)), read)).toBeUndefined();
  });
});

describe("values that only JavaScript has", () => {
  it.each([
    ["undefined as None", undefined, null],
    ["an array hole as None", new Array(2), [null, null]],
    ["a property that is undefined as None", { a: undefined }, { a: null }],
    ["-0 as float", -0, -0],
    ["a bigint that fits as an ordinary int", 5n, 5],
    ["an integral Float as float", new Float(2), 2],
    ["a Date as datetime", new Date(1_700_000_000_123), new Date(1_700_000_000_123)],
    ["an ArrayBuffer as bytes", Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2)],
    ["a DataView as bytes", new DataView(Uint8Array.of(1, 2).buffer, 1), Uint8Array.of(2)],
    ["clamped bytes as bytes", Uint8ClampedArray.of(1, 2), Uint8Array.of(1, 2)],
    ["an Int16Array as list", Int16Array.of(-1, 2), [-1, 2]],
    ["a BigInt64Array as list", BigInt64Array.of(-1n, 2n ** 62n), [-1, 2n ** 62n]],
    ["a Tuple as list", tuple(1, 2), [1, 2]],
    ["a Set as list", new Set([1, 2]), [1, 2]],
    ["a Map with text keys as dict", new Map([["a", 1]]), { a: 1 }],
    ["the key __proto__", JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  ])("writes %s", (_, value, read) => {
    expect(difference(decode(encode(value)), read)).toBeUndefined();
  });

  it("keeps the elements of float arrays floats", () => {
    expect(encode(Float32Array.of(1))).toBe(encode([new Float(1)]));
  });

  it("does not touch a prototype when a peer sends the key __proto__", () => {
    const read = decode(encode(JSON.parse('{"__proto__": {"polluted": 1}}')));
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect((read as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["a function", { a: [1, () => 1] }, /^\.a\[1\]: a function cannot be sent/],
    ["a symbol", [Symbol("s")], /^\[0\]: a symbol cannot be sent/],
    ["an instance", [new (class Laser {})()], /^\[0\]: an instance of Laser cannot be sent/],
    ["an invalid Date", { at: new Date(Number.NaN) }, /^\.at: an invalid Date/],
    ["a date that is none", [new PlainDate(2023, 2, 29)], /^\[0\]: 2023-02-29 is no date/],
    ["the year 0", [new PlainDate(0, 1, 1)], /^\[0\]: 0000-01-01 is no date/],
    ["a lone surrogate", ["\ud800"], /^\[0\]: text with a lone surrogate/],
    ["Ellipsis", [Ellipsis.value], /^\[0\]: msgpack has no Ellipsis/],
    ["4301 digits", [10n ** 4300n], /^\[0\]: an integer of more than 4300 digits/],
  ])("names the path to %s", (_, value, message) => {
    expect(failure(() => encode(value))).toEqual([
      "ERR_NOT_SERIALIZABLE",
      expect.stringMatching(message),
    ]);
  });

  it("writes an integer of 4300 digits", () => {
    const value = -(10n ** 4300n) + 1n;
    expect(decode(encode(value))).toBe(value);
  });

  it("refuses circular values", () => {
    const circular: unknown[] = [];
    circular.push({ circular });
    expect(failure(() => encode(circular))).toEqual([
      "ERR_TOO_DEEP",
      expect.stringMatching(/circular/),
    ]);
  });
});

describe("between two Bunsen peers", () => {
  it.each([
    ["a Tuple", tuple<unknown>(1, [tuple()])],
    ["a Set", new Set<unknown>([1, [2]])],
    ["a FrozenSet", new FrozenSet([1])],
    ["a Map with text keys", new Map([["a", 1]])],
    ["a Map with lists as keys", new Map([[[1], { a: new Map() }]])],
    ["Ellipsis", [Ellipsis.value]],
    ["an instant", new Date(-1)],
    ["the last instant", new Date(8.64e15)],
    ["a PlainDate", new PlainDate(9999, 12, 31)],
    ["a Complex", new Complex(-0, 1)],
    ["a large integer", 10n ** 30n],
    ["a record", { a: [1, null] }],
    ["Int8Array", Int8Array.of(-1, 2)],
    ["Int16Array", Int16Array.of(-1, 2)],
    ["Uint16Array", Uint16Array.of(65535)],
    ["Int32Array", Int32Array.of(-1)],
    ["Uint32Array", Uint32Array.of(2 ** 32 - 1)],
    ["Float32Array", Float32Array.of(1.5, Number.NaN)],
    ["Float64Array", Float64Array.of(0.1, -0)],
    ["BigInt64Array", BigInt64Array.of(-(2n ** 63n))],
    ["BigUint64Array", BigUint64Array.of(2n ** 64n - 1n)],
    ["part of a typed array", ["x", Float64Array.of(1, 2, 3).subarray(1, 2)]],
    ["an empty typed array", new Float64Array(0)],
  ])("%s survives", (_, value) => {
    expect(difference(rich(value), value)).toBeUndefined();
  });

  it("gives a typed array memory of its own, aligned", () => {
    const bytes = encoded(msgpackRich, ["", Float64Array.of(1, 2)]);
    const [, array] = decoded(msgpackRich, bytes) as [string, Float64Array];
    expect(array).toBeInstanceOf(Float64Array);
    expect(array.buffer.byteLength).toBe(16);
  });

  it.each([
    ["Tuple", tuple(1), 64],
    ["Set", new Set([1]), 65],
    ["FrozenSet", new FrozenSet([1]), 66],
    ["Map", new Map([[1, 1]]), 67],
    ["Float64Array", Float64Array.of(1), 68],
    ["Date", new Date(0), 69],
    ["Ellipsis", Ellipsis.value, 70],
  ])("a plain peer refuses the ext code of %s", (_, value, code) => {
    const bytes = encoded(msgpackRich, value);
    expect(failure(() => decoded(msgpack, bytes))).toEqual([
      "ERR_BAD_PAYLOAD",
      expect.stringContaining(`ext code ${code} is not known`),
    ]);
  });

  it.each([
    ["a tuple that is no list", "c7014001"],
    ["a tuple that ends early", "c70340910102"],
    ["a tuple that goes on after its end", "92c70240920102"],
    ["a tuple without data", "c70040"],
    ["a Map that is a list", "c7014390"],
    ["a typed array without element type", "c70044"],
    ["an unknown element type", "c7024463ff"],
    ["half an element", "c702440200"],
    ["an instant of 4 bytes", "d64500000000"],
    ["an instant that is NaN", "d7457ff8000000000000"],
    ["an Ellipsis with data", "d44600"],
  ])("refuses %s", (_, hex) => {
    const read = () => decoded(msgpackRich, fromHex(hex));
    expect(failure(read)[0]).toBe("ERR_BAD_PAYLOAD");
  });

  it("reads what a plain peer writes", () => {
    expect(decoded(msgpackRich, fromHex("d732000000000018e5c0"))).toEqual(new Date(-43_200_000));
  });
});

describe("classes", () => {
  class Point {
    readonly x: unknown;
    constructor(x: unknown) {
      this.x = x;
    }
  }
  const hooks: ClassHooks = {
    toWire: (value) => ({ __class__: "m.Point", x: (value as Point).x }),
    fromWire: (record) => new Point(record["x"]),
  };

  it.each([
    ["msgpack", msgpack],
    ["msgpackRich", msgpackRich],
  ])("%s converts instances at any depth, inner ones first", (_, serializer) => {
    const value = [new Point({ p: [new Point(5)] })];
    expect(decoded(serializer, encoded(serializer, value, hooks), hooks)).toEqual(value);
  });

  it("does not ask again about what a converter returned", () => {
    const endless: ClassHooks = { ...hooks, toWire: (value) => new Point((value as Point).x) };
    expect(failure(() => encoded(msgpack, [new Point(1)], endless))).toEqual([
      "ERR_NOT_SERIALIZABLE",
      expect.stringMatching(/^\[0\]: an instance of Point/),
    ]);
  });

  it("passes on what a converter throws, unless it is a refusal", () => {
    const broken: ClassHooks = {
      ...hooks,
      toWire() {
        throw new RangeError("broken converter");
      },
    };
    expect(() => encoded(msgpack, new Point(1), broken)).toThrow(RangeError);
  });
});

describe("hostile documents", () => {
  it.each([
    ["a list of 2^32-1 items", "ddffffffff"],
    ["a map of 2^32-1 entries", "dfffffffff"],
    ["text of 2^32-1 bytes", "dbffffffff"],
    ["bytes of 2^32-1", "c6ffffffff"],
    ["an ext of 2^32-1 bytes", "c9ffffffff30"],
    ["a map of lists as keys", "819001"],
    ["a datetime that is NaN", "d732000000000000f87f"],
    ["the date of day 0", "d7330000000000000000"],
    ["a date of 3 bytes", "c70333010000"],
    ["a timestamp with too many nanoseconds", "d7ffffffffff00000000"],
    ["an integer with a blank", "c702312031"],
    ["an integer without digits", "d4312d"],
    ["an overlong encoding", "a2c0af"],
    ["a surrogate", "a3eda080"],
  ])("refuses %s", (_, hex) => {
    expect(refusal(hex)[0]).toBe("ERR_BAD_PAYLOAD");
  });

  it("refuses an integer of 4301 digits, and reads one of 4300 with its sign", () => {
    const ext = (digits: string) =>
      `c8${digits.length.toString(16).padStart(4, "0")}31${Buffer.from(digits).toString("hex")}`;
    expect(decode(ext(`-${"9".repeat(4300)}`))).toBe(-(10n ** 4300n) + 1n);
    expect(refusal(ext("9".repeat(4301)))[0]).toBe("ERR_BAD_PAYLOAD");
  });

  it("says at which byte and what was expected", () => {
    expect(refusal("9201a5616263")).toEqual([
      "ERR_BAD_PAYLOAD",
      "msgpack, byte 3: expected 5 bytes of text, found 3",
    ]);
  });

  it("takes no memory for lists that each announce all the bytes that are left", () => {
    const size = 4_000_000;
    const bytes = Buffer.alloc(size, 0xc0);
    for (let at = 0; at < 190 * 5; at += 5) {
      bytes[at] = 0xdd;
      bytes.writeUInt32BE(size - at - 5, at + 1);
    }
    const before = process.memoryUsage().rss;
    expect(() => msgpack.decode(bytes, PLAIN_HOOKS)).toThrow(SerializeError);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  it.each([
    ["lists", "91", "c0"],
    ["maps", "81a161", "c0"],
  ])("reads 200 nested %s and refuses 201", (_, open, middle) => {
    const nested = (levels: number) => open.repeat(levels) + middle;
    expect(() => decode(nested(200))).not.toThrow();
    expect(refusal(nested(201))[0]).toBe("ERR_TOO_DEEP");
    expect(refusal(nested(100_000))[0]).toBe("ERR_TOO_DEEP");
  });

  it("writes 200 nested lists and refuses 201", () => {
    const nested = (levels: number) => {
      let value: unknown = null;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    expect(() => encode(nested(200))).not.toThrow();
    expect(failure(() => encode(nested(201)))[0]).toBe("ERR_TOO_DEEP");
  });
});

it("returns a large byte string as a view of the message, and a small one as a copy", () => {
  const large = encoded(msgpack, new Uint8Array(100_000));
  expect((decoded(msgpack, large) as Uint8Array).buffer).toBe(large.buffer);
  const small = encoded(msgpack, [new Uint8Array(100), "x".repeat(1000)]);
  const [bytes] = decoded(msgpack, small) as [Uint8Array];
  expect(bytes.buffer.byteLength).toBe(100);
  expect(bytes.constructor).toBe(Uint8Array);
});

it("reads lists as arrays and never as tuples", () => {
  expect(decode(encode(tuple(1)))).not.toBeInstanceOf(Tuple);
});
