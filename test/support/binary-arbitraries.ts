import fc, { type Arbitrary } from "fast-check";
import {
  Complex,
  Ellipsis,
  Float,
  FrozenSet,
  PlainDate,
  Tuple,
  tuple,
} from "../../src/values/types.ts";

/** Values for the binary serializers, and damaged documents. */

const wellFormed = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "1", "\ufffd", "\ufeff"),
);
const anyText = fc.oneof(
  wellFormed,
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
);

const bigInteger = fc
  .oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }))
  .filter((big) => !Number.isSafeInteger(Number(big)));

const scalar = fc.oneof(
  fc.constantFrom(null, undefined, true, false),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -300, max: 300 }),
  bigInteger,
  fc.double(),
  fc.double().map((value) => new Float(value)),
  fc.tuple(fc.double(), fc.double()).map(([re, im]) => new Complex(re, im)),
  fc.uint8Array(),
);

/** Different keys whatever they are compared by; text is left to `dictionary`. */
const key = fc.oneof(fc.integer(), bigInteger, fc.double({ noInteger: true, noNaN: true }));
const date = fc.integer({ min: 0, max: 3_000_000 }).map((day) => {
  const utc = new Date(day * 86_400_000 - 60_000_000_000_000);
  return new PlainDate(utc.getUTCFullYear(), utc.getUTCMonth() + 1, utc.getUTCDate());
});

type Kinds = (value: Arbitrary<unknown>) => Arbitrary<unknown>[];

function valuesWith(text: Arbitrary<string>, kinds: Kinds): Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalar,
      text,
      fc.array(tie("value")),
      fc.dictionary(text, tie("value")),
      // Without text keys: with nothing else it would arrive as a record.
      fc.array(fc.tuple(key, tie("value")), { minLength: 1 }).map((entries) => new Map(entries)),
      ...kinds(tie("value")),
    ),
  })).value;
}

const typedArray = fc.oneof(
  fc.int8Array(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);

const hashable = fc.oneof(
  key,
  anyText,
  key.map((item) => tuple(item)),
  key.map((item) => new FrozenSet([item])),
);

/** Values that marshal carries without change. */
export const marshalValue: Arbitrary<unknown> = valuesWith(anyText, (value) => [
  fc.array(value).map((items) => Tuple.from(items)),
  fc.array(hashable).map((members) => new Set(members)),
  fc.array(hashable).map((members) => new FrozenSet(members)),
  fc.constant(Ellipsis.value),
]);

/** Values that msgpack carries without change to any peer. */
export const msgpackValue: Arbitrary<unknown> = valuesWith(wellFormed, () => [date]);

/** Values that msgpack carries without change between Bunsen peers. */
export const msgpackRichValue: Arbitrary<unknown> = valuesWith(wellFormed, (value) => [
  fc.array(value).map((items) => Tuple.from(items)),
  // In lists, since equal members would become one: null and undefined, Float(1) and 1.
  fc.array(value).map((members) => new Set(members.map((member) => [member]))),
  fc.array(key).map((members) => new FrozenSet(members)),
  fc.array(fc.tuple(wellFormed, value)).map((entries) => new Map(entries)),
  fc.array(fc.tuple(fc.array(value), value)).map((entries) => new Map(entries)),
  typedArray,
  fc.date({ noInvalidDate: true }),
  date,
  fc.constant(Ellipsis.value),
]);

/** Documents of which some bytes were changed, cut out, put in or repeated. */
export function damaged(document: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(),
    remove: fc.nat(3),
    insert: fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.constant("repeat" as const)),
  });
  return fc
    .tuple(document, fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([original, changes]) => {
      let bytes = Buffer.from(original);
      for (const { at, remove, insert } of changes) {
        const start = at % (bytes.length + 1);
        const added = insert === "repeat" ? bytes.subarray(start >> 1, start) : insert;
        bytes = Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + remove)]);
      }
      return bytes;
    });
}
