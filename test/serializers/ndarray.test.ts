import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import type { DType } from "../../src/index.ts";
import {
  type ClassHooks,
  type SerializerName,
  serializerNamed,
} from "../../src/serializers/index.ts";
import { msgpackRich } from "../../src/serializers/msgpack.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { ClassRegistry } from "../../src/values/classes.ts";
import { type Layout, layoutNamed } from "../../src/values/dtypes.ts";
import { NdArray, ndarray } from "../../src/values/ndarray.ts";
import { expectValueOrRefusal } from "../support/arbitraries.ts";
import { damaged } from "../support/binary-arbitraries.ts";
import { encoded, failure } from "../support/codec.ts";
import { fromHex, toHex } from "../support/vectors.ts";

const registry = new ClassRegistry();
const HOOKS: ClassHooks = {
  toWire: (value) => registry.toWire(value) ?? PLAIN_HOOKS.toWire(value),
  fromWire: (record) => registry.fromWire(record) ?? record,
};
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];
const KINDS = [
  ...SERIALIZERS.map((name) => [name, serializerNamed(name)] as const),
  ["the msgpack of Bunsen peers", msgpackRich] as const,
];
const DTYPES: readonly DType[] = [
  ..."bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split(" "),
  ..."complex64 complex128 datetime64 datetime64[ns] timedelta64[10s] S1 S7 U1 U3".split(" "),
] as DType[];

/** Any bytes as an array of any kind. */
const anyArray = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.nat(3), { maxLength: 4 }),
    order: fc.constantFrom("C" as const, "F" as const),
    byteOrder: fc.constantFrom("little" as const, "big" as const),
    unit: fc.option(fc.string(), { nil: undefined }),
    seed: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  })
  .map(({ dtype, seed, ...options }) => {
    const { data: Data, perElement } = layoutNamed(dtype) as Layout;
    const count = options.shape.reduce((product, length) => product * length, 1) * perElement;
    const bytes = Uint8Array.from(
      { length: count * Data.BYTES_PER_ELEMENT },
      (_, i) => seed[i % seed.length] as number,
    );
    return new NdArray<DType>(new Data(bytes.buffer, 0, count), { dtype, ...options });
  });

/** All that makes an array, its elements as bytes: NaN is to keep its bits. */
function facts({ dtype, shape, order, unit, byteOrder, data }: NdArray) {
  const isBytes = data.BYTES_PER_ELEMENT === 1;
  const bytes = toHex(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { dtype, shape, order, unit, byteOrder: isBytes ? "little" : byteOrder, bytes };
}

describe.each(KINDS)("%s", (_, serializer) => {
  const back = (value: unknown) =>
    serializer.decode(new Uint8Array(encoded(serializer, value, HOOKS)), HOOKS);

  it("carries any array without change", () => {
    const check = (array: NdArray) => {
      const [arrived] = back([array]) as [NdArray];
      expect(arrived).toBeInstanceOf(NdArray);
      expect(facts(arrived)).toEqual(facts(array));
    };
    fc.assert(fc.property(anyArray, check), { numRuns: 500 });
  });

  it.each([
    ["no array", { data: [1] }, "its data is 1, and no bytes"],
    ["too few bytes", { data: new Uint8Array(4) }, "its shape [2] of int16 takes 4 bytes, 5 came"],
    ["an unknown dtype", { dtype: "|O" }, 'its dtype is "|O"'],
    ["a dtype of this machine", { dtype: "=i2" }, 'its dtype is "=i2"'],
    ["a dtype of a structure", { dtype: "|V8" }, 'its dtype is "|V8"'],
    ["a dtype that is no text", { dtype: 5 }, "its dtype is 5"],
    ["a negative shape", { shape: [-2] }, "its shape is -2"],
    ["a shape that is none", { shape: "2" }, 'its shape is "2"'],
    ["a shape of too many axes", { shape: new Array(65).fill(1) }, "its shape is 1,1"],
    ["a shape beyond any memory", { shape: [2 ** 40, 2 ** 40] }, "more than any memory holds"],
    ["another order", { order: "K" }, 'its order is "K"'],
    ["another unit", { unit: 5 }, "its unit is 5"],
  ])("refuses %s", (what, changed, message) => {
    const record = {
      dtype: "<i2",
      shape: [2],
      order: "C",
      unit: null,
      data: new Uint8Array(what === "too few bytes" ? 5 : 4),
      __class__: "bunsen.NdArray",
    };
    const bad = what === "too few bytes" ? record : { ...record, ...changed };
    expect(failure(() => back([bad]))).toEqual([
      "ERR_BAD_PAYLOAD",
      expect.stringContaining(message),
    ]);
  });
});

describe("between Bunsen peers", () => {
  it("an array is a list of what it is, zeros up to a multiple of 8 bytes, and its elements", () => {
    const bytes = encoded(msgpackRich, ndarray(Int16Array.of(1, -2), { shape: [2, 1], unit: "V" }));
    const head = "94a33c6932920201a143a156"; // ["<i2", [2, 1], "C", "V"]
    expect(toHex(bytes)).toBe(`c900000016 47${head}000000000000 0100feff`.replaceAll(" ", ""));
  });

  it("a large array is read in place, however deep it stands and whatever was written before", () => {
    const array = ndarray(Float64Array.from({ length: 20_000 }, (_, i) => i));
    for (const before of ["", "x", "xy", "a longer text"]) {
      const out = new ByteWriter();
      out.latin1("123"); // the header of the message
      msgpackRich.encode({ before, array }, out, PLAIN_HOOKS);
      // As it arrives: in memory of its own.
      const payload = new Uint8Array(out.view().subarray(3));
      const { array: arrived } = msgpackRich.decode(payload, PLAIN_HOOKS) as {
        array: typeof array;
      };
      expect(arrived.data.buffer).toBe(payload.buffer);
      expect(arrived.data).toEqual(array.data);
    }
  });

  it("a small part of a large message has memory of its own", () => {
    const bytes = new Uint8Array(encoded(msgpackRich, [ndarray([1, 2]), "x".repeat(1000)]));
    const [array] = msgpackRich.decode(bytes, PLAIN_HOOKS) as [NdArray<"float64">];
    expect(array.data.buffer.byteLength).toBe(16);
  });

  it.each([
    ["nothing", "c70047"],
    ["no list", "c7014701"],
    ["a short list", "c7014790"],
    ["too few elements", `c70e4794a33c6932 9102 a143c0 010002`],
    [
      "more in front of its elements than zeros up to 8",
      `c7${"17"}4794a33c69329102a143c0${"00".repeat(9)}01000200`,
    ],
  ])("refuses an array of %s", (_, hex) => {
    const read = () => msgpackRich.decode(fromHex(hex.replaceAll(" ", "")), PLAIN_HOOKS);
    expect(failure(read)[0]).toBe("ERR_BAD_PAYLOAD");
  });

  it("any damaged array ends in a value or a SerializeError", () => {
    const document = anyArray.map((array) => new Uint8Array(encoded(msgpackRich, [array])));
    fc.assert(
      fc.property(damaged(document), (bytes) => expectValueOrRefusal(msgpackRich, bytes)),
      { numRuns: 2000 },
    );
  });
});
