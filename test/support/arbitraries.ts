import fc, { type Arbitrary } from "fast-check";
import { expect } from "vitest";
import { SerializeError } from "../../src/errors.ts";
import type { Serializer } from "../../src/serializers/serializer.ts";
import { Complex, Float, Tuple } from "../../src/values/types.ts";
import { encoded } from "./codec.ts";
import { decoded } from "./decoded.ts";

/** Text of every kind: with quotes and escapes, of all planes, and with lone surrogates where the format has them. */
function text(surrogates: boolean): Arbitrary<string> {
  const kinds = [
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("'", '"', "\\", "__proto__", "1"),
  ];
  const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
  return fc.oneof(...kinds, ...(surrogates ? [fc.string({ unit })] : []));
}

const bigInteger = fc
  .bigInt({ min: -(10n ** 80n), max: 10n ** 80n })
  .filter((big) => !Number.isSafeInteger(Number(big)));

/** What every serializer carries without change. */
function plainScalar(surrogates: boolean): Arbitrary<unknown> {
  const numbers = [
    fc.maxSafeInteger(),
    fc.integer(),
    fc.double(),
    fc.double().map((value) => new Float(value)),
  ];
  return fc.oneof(
    fc.constantFrom(null, undefined, true, false),
    ...numbers,
    bigInteger,
    text(surrogates),
  );
}

/** Values that JSON carries without change. */
export const jsonValue: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    plainScalar(false),
    fc.array(tie("value")),
    fc.dictionary(text(false), tie("value")),
  ),
})).value;

// An imaginary part of -0 and NaN parts do not survive Python's notation, and -0 as the real part only before a minus.
const complex = fc
  .tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true }))
  .map(([re, im]) => new Complex(re + 0, im + 0));

/** Keys that are different keys to Python, whatever their type: no booleans, which equal 0 and 1. */
const pythonKey = fc.oneof(
  fc.integer(),
  bigInteger,
  text(true),
  fc.double({ noNaN: true, noInteger: true }),
);

/** Values that serpent carries without change; at least one key of each `Map` is no text. */
export const serpentValue: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    plainScalar(true),
    fc.oneof(complex, fc.uint8Array()),
    fc.array(tie("value")),
    fc.array(tie("value")).map((items) => Tuple.from(items)),
    fc.dictionary(text(true), tie("value")),
    fc
      .tuple(fc.array(fc.tuple(pythonKey, tie("value"))), fc.integer(), tie("value"))
      .map(([entries, key, value]) => new Map<unknown, unknown>([...entries, [key, value]])),
    fc.array(pythonKey, { minLength: 1 }).map((members) => new Set(members)),
  ),
})).value;

/** Documents of which some part was cut, replaced or doubled. */
export function mutated(serializer: Serializer, value: Arbitrary<unknown>): Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(),
    remove: fc.nat(4),
    insert: fc.oneof(
      fc.constantFrom(..."'\"[](){},:#\\\n\r -+.jeEbrux0_N"),
      fc.constantFrom(
        "None",
        "...",
        "set()",
        "b'x'",
        "'''",
        "\\N{",
        "\\u",
        "NaN",
        "1e5",
        "\0",
        "\u00e9",
      ),
    ),
  });
  return fc
    .tuple(value, fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([original, changes]) => {
      let document = encoded(serializer, original).toString("latin1");
      for (const { at, remove, insert } of changes) {
        const start = at % (document.length + 1);
        document = document.slice(0, start) + insert + document.slice(start + remove);
      }
      return Buffer.from(document, "latin1");
    });
}

/** Decodes, and fails if that ends in anything but a value or a `SerializeError`. */
export function expectValueOrRefusal(serializer: Serializer, bytes: Uint8Array | string): void {
  try {
    decoded(serializer, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(SerializeError);
  }
}
