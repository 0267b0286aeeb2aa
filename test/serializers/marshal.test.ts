import { describe, expect, it } from "vitest";
import { SerializeError } from "../../src/errors.ts";
import { marshal } from "../../src/serializers/marshal.ts";
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
import { encoded, failure, recordedPayloads } from "../support/codec.ts";
import { difference, fromTagged, hasCounterpart } from "../support/tagged.ts";
import { fromHex, toHex, type Vector, vectors } from "../support/vectors.ts";

const ALL = vectors("marshal");
const encode = (value: unknown) => toHex(encoded(marshal, value));
const decode = (hex: string, hooks: ClassHooks = PLAIN_HOOKS) =>
  marshal.decode(fromHex(hex), hooks);
const refusal = (hex: string) => failure(() => decode(hex));
const i32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString("hex");
};

/** What Python refuses to write and we write, since every Python reads it. */
const WRITTEN_BY_US: Record<string, string> = {
  "call/kwargs-none":
    "a call without keyword arguments: Pyro's Python fails before it reaches marshal",
};

describe("the vectors", () => {
  const isRead = (vector: Vector) => "wire" in vector && vector["decodeError"] === undefined;

  it.each(ALL.filter(isRead))("reads $name", (vector) => {
    const wire = fromTagged(vector["wire"]);
    expect(difference(decode(vector.hex), wire)).toBeUndefined();
    if (vector["hexVersion2"] === undefined) return;
    expect(difference(decode(vector["hexVersion2"]), wire)).toBeUndefined();
  });

  it.each(ALL.filter(({ mode }) => mode === "encode"))("writes $name", (vector) => {
    const input = fromTagged(vector["input"]);
    // What Pyro makes of an instance, a UUID or an array before marshal sees it is in `wire`. In a call it makes a
    // list of the tuple of arguments.
    const isMade = vector.name.startsWith("call/") || !hasCounterpart(input);
    const value = isMade ? fromTagged(vector["wire"]) : input;
    const hex = encode(value);
    if (hasUnorderedSet(vector["input"])) {
      expect(hex.length).toBe(vector["hexVersion2"].length);
      expect(difference(decode(hex), fromTagged(vector["wire"]))).toBeUndefined();
    } else expect(hex).toBe(vector["hexVersion2"]);
  });

  it.each(ALL.filter((vector) => !isRead(vector) && vector["mode"] !== "encode-error"))(
    "refuses $name",
    ({ hex }) =>
      expect(refusal(hex)).toEqual([
        "ERR_BAD_PAYLOAD",
        expect.stringMatching(/^marshal, byte \d+: /),
      ]),
  );

  it.each(ALL.filter(({ mode }) => mode === "encode-error"))(
    "refuses to write $name, as far as JavaScript has it",
    ({ name, input }) => {
      const value = fromTagged(input);
      if (WRITTEN_BY_US[name]) expect(decode(encode(value))).toEqual(value);
      else expect(hasCounterpart(value)).toBe(false); // a datetime without zone, a Decimal, a Python instance
    },
  );
});

describe.each(["pyro4", "pyro5"] as const)("the payloads recorded from %s", (file) => {
  it.each(recordedPayloads(file, "marshal"))("reads $name", ({ bytes, value }) => {
    const read = marshal.decode(bytes, PLAIN_HOOKS);
    expect(difference(read, fromTagged(value))).toBeUndefined();
    const again = marshal.decode(encoded(marshal, read), PLAIN_HOOKS);
    expect(difference(again, read)).toBeUndefined();
  });
});

describe("values that only JavaScript has", () => {
  it.each([
    ["undefined as None", undefined, null],
    ["an array hole as None", new Array(2), [null, null]],
    ["-0 as float", -0, -0],
    ["a bigint that fits as an ordinary int", 5n, 5],
    ["an integral Float as float", new Float(2), 2],
    ["a Date as ISO text", new Date(0), "1970-01-01T00:00:00+00:00"],
    ["a PlainDate as ISO text", new PlainDate(2024, 2, 29), "2024-02-29"],
    ["an ArrayBuffer as bytes", Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2)],
    ["a DataView as bytes", new DataView(Uint8Array.of(1, 2).buffer, 1), Uint8Array.of(2)],
    ["clamped bytes as bytes", Uint8ClampedArray.of(1, 2), Uint8Array.of(1, 2)],
    ["an Int16Array as list", Int16Array.of(-1, 2), [-1, 2]],
    ["a BigInt64Array as list", BigInt64Array.of(-1n, 2n ** 62n), [-1, 2n ** 62n]],
    ["a Map with text keys as dict", new Map([["a", 1]]), { a: 1 }],
    ["Ellipsis", Ellipsis.value, Ellipsis.value],
    ["a record without prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ["the key __proto__", JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  ])("writes %s", (_, value, read) => {
    expect(difference(decode(encode(value)), read)).toBeUndefined();
  });

  it("keeps the elements of float arrays floats", () => {
    expect(encode(Float32Array.of(1))).toBe(encode([new Float(1)]));
  });

  it.each([
    ["a function", { a: [1, () => 1] }, /^\.a\[1\]: a function cannot be sent/],
    ["a symbol", [Symbol("s")], /^\[0\]: a symbol cannot be sent/],
    ["an instance", [new (class Laser {})()], /^\[0\]: an instance of Laser cannot be sent/],
    ["an invalid Date", { at: new Date(Number.NaN) }, /^\.at: a date that is invalid/],
    ["a set of lists", new Set([[1]]), /^\.values\(\)\[0\]: in Python, a set cannot hold/],
    ["a Map with a record as key", new Map([[{}, 1]]), /the key of a dict cannot be/],
  ])("names the path to %s", (_, value, message) => {
    expect(failure(() => encode(value))).toEqual([
      "ERR_NOT_SERIALIZABLE",
      expect.stringMatching(message),
    ]);
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

describe("classes", () => {
  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  const hooks: ClassHooks = {
    toWire: (value) => ({ __class__: "m.Point", x: (value as Point).x }),
    fromWire: (record) => new Point((record["x"] as number) + 1),
  };

  it("sends instances and makes instances, at any depth", () => {
    const value = tuple<unknown>(new Point(1), { p: [new Point(5)] });
    const bytes = encoded(marshal, value, hooks);
    expect(marshal.decode(bytes, hooks)).toEqual(
      tuple<unknown>(new Point(2), { p: [new Point(6)] }),
    );
  });

  it("converts inner classes first", () => {
    const order: unknown[] = [];
    const bytes = encoded(marshal, { __class__: "outer", inner: { __class__: "inner" } });
    marshal.decode(bytes, { ...hooks, fromWire: (record) => order.push(record.__class__) });
    expect(order).toEqual(["inner", "outer"]);
  });

  it("converts a class dict once, however often it is referenced", () => {
    let calls = 0;
    const dict = `fb${"da09"}${toHex(Buffer.from("__class__"))}${"7a01"}61${"30"}`; // index 1; its key is index 2
    const read = decode(`db03000000${dict}${`72${i32(1)}`.repeat(2)}`, {
      ...hooks,
      fromWire: () => ({ calls: ++calls }),
    }) as unknown[];
    expect(calls).toBe(1);
    expect(read).toEqual([{ calls: 1 }, { calls: 1 }, { calls: 1 }]);
    expect(read[1]).toBe(read[0]);
  });

  it("does not ask again about what a converter returned", () => {
    const endless: ClassHooks = { ...hooks, toWire: (value) => new Point((value as Point).x) };
    expect(failure(() => encoded(marshal, [new Point(1)], endless))[1]).toMatch(
      /^\[0\]: an instance of Point/,
    );
  });

  it("reads the class StopIteration as the exception", () => {
    expect(decode("53")).toEqual(expect.objectContaining({ __class__: "builtins.StopIteration" }));
  });
});

describe("back references", () => {
  it("counts a frozenset before its members, as CPython does", () => {
    // [frozenset*([7*]), reference 1]: 0 is the frozenset, 1 its member.
    expect(decode(`5b02000000be01000000e90700000072${i32(1)}`)).toEqual([new FrozenSet([7]), 7]);
  });

  it("counts neither None nor booleans, flagged or not", () => {
    // [None*, True*, 3*, reference 0]: the flag on the first two means nothing.
    expect(decode(`5b04000000ced4e90300000072${i32(0)}`)).toEqual([null, true, 3, 3]);
  });

  it("gives the same object for a list that is referenced", () => {
    const [first, second] = decode(`5b02000000db0000000072${i32(0)}`) as [unknown, unknown];
    expect(second).toBe(first);
  });

  it.each([
    ["a list", `db0100000072${i32(0)}`],
    ["a tuple", `a90172${i32(0)}`],
    ["a dict", `fb7a016172${i32(0)}30`],
    ["a set", `bc0100000072${i32(0)}`],
    ["a frozenset", `be0100000072${i32(0)}`],
  ])("refuses %s that contains itself", (_, hex) => {
    expect(refusal(hex)).toEqual(["ERR_BAD_PAYLOAD", expect.stringMatching(/contains itself/)]);
  });

  it("refuses references that would unfold to more than 64 MiB", () => {
    // [[…], [0], [0]]: each list holds the one before twice, so 40 levels stand for 2^40 empty lists.
    let hex = "db00000000";
    let index = 0;
    for (let level = 0; level < 40; level++) {
      // The new list takes index 0 and moves the others up, hence the reference counts from the outside.
      index = 40 - level;
      hex = `db02000000${hex}72${i32(index)}`;
    }
    expect(refusal(hex)).toEqual([
      "ERR_BAD_PAYLOAD",
      expect.stringMatching(/back references repeat/),
    ]);
  });

  it("accepts a name that is repeated in each of 100,000 rows", () => {
    const rows = 100_000;
    const hex = `5b${i32(rows)}fa046e616d65${`72${i32(0)}`.repeat(rows - 1)}`;
    expect(new Set(decode(hex) as string[])).toEqual(new Set(["name"]));
  });
});

describe("hostile documents", () => {
  it.each([
    ["a list of 2^31-1 items", "5bffffff7f"],
    ["a tuple of 2^31-1 items", "28ffffff7f"],
    ["a set of 2^31-1 members", "3cffffff7f"],
    ["2^31-1 bytes", "73ffffff7f"],
    ["2^31-1 bytes of text", "75ffffff7f"],
    ["an integer of 2^31-1 digits", "6cffffff7f"],
    ["an integer of -2^31 digits", "6c00000080"],
    ["a negative length", "73ffffffff"],
    ["text that is no UTF-8", "7501000000ff"],
    ["an overlong encoding", "7502000000c0af"],
    ["a list as key", "7b5b000000004e30"],
    ["a list in a set", "3c010000005b00000000"],
    ["a key without value", "7b4e30"],
    ["a float that is no number", "660161"],
    ["a code object", "63"],
  ])("refuses %s", (_, hex) => {
    expect(refusal(hex)[0]).toBe("ERR_BAD_PAYLOAD");
  });

  it("says at which byte and what was expected", () => {
    expect(refusal("5b020000004e7305000000616263")).toEqual([
      "ERR_BAD_PAYLOAD",
      "marshal, byte 11: expected a byte string of 5 bytes, found 3",
    ]);
  });

  it("takes no memory for lists that each announce all the bytes that are left", () => {
    const size = 4_000_000;
    const bytes = Buffer.alloc(size, "N");
    for (let at = 0; at < 190 * 5; at += 5) {
      bytes[at] = 0x5b;
      bytes.writeInt32LE(size - at - 5, at + 1);
    }
    const before = process.memoryUsage().rss;
    expect(() => marshal.decode(bytes, PLAIN_HOOKS)).toThrow(SerializeError);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  it.each([
    ["lists", "5b01000000", "4e", ""],
    ["tuples", "2901", "4e", ""],
    ["dicts", "7b4e", "4e", "30"],
  ])("reads 200 nested %s and refuses 201", (_, open, middle, close) => {
    const nested = (levels: number) => open.repeat(levels) + middle + close.repeat(levels);
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

  it("converts integers of a million digits in linear time, both ways", () => {
    const value = -(1n << 15_000_000n) + 12345n;
    const started = performance.now();
    expect(decode(encode(value)) === value).toBe(true);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

it("returns a large byte string as a view of the message, and a small one as a copy", () => {
  const large = encoded(marshal, new Uint8Array(100_000));
  expect((marshal.decode(large, PLAIN_HOOKS) as Uint8Array).buffer).toBe(large.buffer);
  const small = encoded(marshal, [new Uint8Array(100), "x".repeat(1000)]);
  const [bytes] = marshal.decode(small, PLAIN_HOOKS) as [Uint8Array];
  expect(bytes.buffer.byteLength).toBe(100);
});

it("tells tuples, lists, sets and frozensets apart", () => {
  const value = [tuple(1), [1], new Set([1]), new FrozenSet([tuple(1)]), new Complex(1, -0)];
  const read = decode(encode(value)) as unknown[];
  expect(read[0]).toBeInstanceOf(Tuple);
  expect(read[1]).not.toBeInstanceOf(Tuple);
  expect(read[2]).not.toBeInstanceOf(FrozenSet);
  expect(difference(read, value)).toBeUndefined();
});

/** A set of several members has no order that Python would repeat. */
function hasUnorderedSet(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return false;
  return Object.entries(json).some(
    ([key, inner]) => (/^\$(frozen)?set$/.test(key) && inner.length > 1) || hasUnorderedSet(inner),
  );
}
