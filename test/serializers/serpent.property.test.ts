import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serpent, serpentWith } from "../../src/serializers/serpent.ts";
import { expectValueOrRefusal, mutated, serpentValue } from "../support/arbitraries.ts";
import { encoded } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { difference } from "../support/tagged.ts";

const HEADER = "# serpent utf-8 python3.2\n";

describe("serpent, for any value", () => {
  it.each([false, true])(
    "reads what it wrote (bytesRepr %s)",
    (bytesRepr) => {
      const serializer = serpentWith({ bytesRepr });
      const check = (value: unknown) => {
        expect(difference(decoded(serializer, encoded(serializer, value)), value)).toBeUndefined();
      };
      fc.assert(fc.property(serpentValue, check), { numRuns: bytesRepr ? 1000 : 10_000 });
    },
    60_000,
  );

  it("ends in a value or a SerializeError for any bytes", () => {
    const check = (bytes: Uint8Array) => expectValueOrRefusal(serpent, bytes);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 10_000 });
  });

  it("ends in a value or a SerializeError for any tokens", () => {
    const token = fc.constantFrom(
      ..."'\"[](){},:#\\\n\r -+.jbru_0129",
      "None",
      "True",
      "...",
      "set",
      "'a'",
      "1e5",
      "2j",
    );
    const check = (tokens: string[]) => expectValueOrRefusal(serpent, HEADER + tokens.join(""));
    fc.assert(fc.property(fc.array(token, { maxLength: 12 }), check), { numRuns: 20_000 });
  });

  it("ends in a value or a SerializeError for any damaged document", () => {
    const check = (bytes: Uint8Array) => expectValueOrRefusal(serpent, bytes);
    fc.assert(fc.property(mutated(serpent, serpentValue), check), { numRuns: 10_000 });
  }, 60_000);
});

describe("serpent takes linear time for 2 MB of", () => {
  const SIZE = 2 ** 21;
  const many = (unit: string, size: number) => unit.repeat(Math.ceil(size / unit.length));

  it.each<[string, (size: number) => string]>([
    ["open brackets", (size) => many("[", size)],
    ["open parentheses after a sign", (size) => `-${many("(", size)}`],
    ["adjacent text literals", (size) => many("'a'", size)],
    ["adjacent bytes literals", (size) => many("b'a' ", size)],
    [
      "adjacent long literals of both quotes",
      (size) => many(`'${"x".repeat(60)}'"${"y".repeat(60)}"`, size),
    ],
    [
      "long literals with a quote of the other kind",
      (size) => `[${many(`'${"x".repeat(60)}"',`, size)}]`,
    ],
    [
      "long literals before the only escape",
      (size) => `[${many(`'${"x".repeat(60)}',`, size)}'\\n']`,
    ],
    ["digits", (size) => many("9", size)],
    ["digits with underscores", (size) => many("9_", size)],
    ["digits of a float", (size) => `${many("9", size)}.0`],
    ["hexadecimal digits", (size) => `0x${many("f", size)}`],
    ["integers of 4300 digits", (size) => `[${many(`${"9".repeat(4300)},`, size)}]`],
    ["escapes", (size) => `'${many("\\n", size)}'`],
    ["named escapes", (size) => `'${many("\\N{EURO SIGN}", size)}'`],
    ["named escapes without an end", (size) => `'${many("\\N{", size)}`],
    ["names that match nothing", (size) => many("N", size)],
    ["triple quotes", (size) => many("'''", size)],
    ["carriage returns in text", (size) => `'''${many("\r", size)}'''`],
    ["comments", (size) => `[${many("#\n", size)}]`],
    ["empty lines before the value", (size) => `${many(" #\n\n", size)}1`],
    ["joined lines", (size) => `[${many("\\\n", size)}]`],
    ["dicts of one key", (size) => `[${many("{'a':1},", size)}]`],
    [
      "different keys",
      (size) => `{${Array.from({ length: size / 12 }, (_, i) => `'k${i}':1`).join()}}`,
    ],
    [
      "keys that are no text",
      (size) => `{${Array.from({ length: size / 12 }, (_, i) => `(${i},):1`).join()}}`,
    ],
    [
      "one key after the other, then another kind",
      (size) => `{${Array.from({ length: size / 12 }, (_, i) => `'${i}':1`).join()},1:1}`,
    ],
    ["equal members of a set", (size) => `{${many("1,True,", size)}}`],
    ["base64", (size) => `{'data':'${many("AAAA", size)}','encoding':'base64'}`],
  ])(
    "%s",
    (_, document) => {
      const bytes = Buffer.from(HEADER + document(SIZE));
      const start = performance.now();
      expectValueOrRefusal(serpent, bytes);
      // Quadratic time would make minutes of this; a loaded machine makes no more than seconds of linear time.
      expect(performance.now() - start).toBeLessThan(5000);
    },
    60_000,
  );
});
