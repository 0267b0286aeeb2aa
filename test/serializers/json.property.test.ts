import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { json } from "../../src/serializers/json.ts";
import { expectValueOrRefusal, jsonValue, mutated } from "../support/arbitraries.ts";
import { encoded } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { difference } from "../support/tagged.ts";

/** Makes a document long, so that the runtime's own parser reads it where that is safe. */
const PADDING = " ".repeat(600);

describe("json, for any value", () => {
  it.each([
    ["short", ""],
    ["long", PADDING],
  ])(
    "reads what it wrote in %s documents",
    (_, padding) => {
      const check = (value: unknown) => {
        expect(difference(decoded(json, encoded(json, value) + padding), value)).toBeUndefined();
      };
      fc.assert(fc.property(jsonValue, check), { numRuns: 10_000 });
    },
    60_000,
  );

  it("ends in a value or a SerializeError for any bytes", () => {
    const check = (bytes: Uint8Array) => expectValueOrRefusal(json, bytes);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 10_000 });
  });

  it("reads any tokens alike in short and in long documents", () => {
    const token = fc.constantFrom(
      ...'[]{},:"\\ 0129-.eE\n',
      "null",
      "true",
      "NaN",
      "Infinity",
      "12345678901234567890",
      '"a"',
      '"__class__"',
    );
    const outcome = (document: string) => {
      try {
        return { value: decoded(json, document) };
      } catch (error) {
        return { refusal: (error as Error).name };
      }
    };
    const check = (tokens: string[]) => {
      const document = tokens.join("");
      expect(outcome(document + PADDING)).toEqual(outcome(document));
    };
    fc.assert(fc.property(fc.array(token, { maxLength: 12 }), check), { numRuns: 20_000 });
  }, 60_000);

  it("ends in a value or a SerializeError for any damaged document", () => {
    const check = (bytes: Uint8Array) => expectValueOrRefusal(json, bytes);
    fc.assert(fc.property(mutated(json, jsonValue), check), { numRuns: 10_000 });
  }, 60_000);
});

describe("json takes linear time for 2 MB of", () => {
  const SIZE = 2 ** 21;
  const many = (unit: string, size: number) => unit.repeat(Math.ceil(size / unit.length));

  it.each<[string, (size: number) => string]>([
    ["open brackets", (size) => many("[", size)],
    ["open braces", (size) => many('{"a":', size)],
    ["digits", (size) => many("9", size)],
    ["digits of a float", (size) => `${many("9", size)}.0`],
    ["integers of 4300 digits", (size) => `[${many(`${"9".repeat(4300)},`, size)}1]`],
    ["escapes", (size) => `"${many("\\n", size)}"`],
    ["backslashes without an end", (size) => `"${many("\\\\", size)}`],
    ["text without an end", (size) => many('"a', size)],
    ["blanks", (size) => `${many(" ", size)}1`],
    ["class dicts", (size) => `[${many('{"__class__":"a"},', size)}1]`],
    [
      "different keys",
      (size) => `{${Array.from({ length: size / 12 }, (_, i) => `"k${i}":1`).join()}}`,
    ],
  ])(
    "%s",
    (_, document) => {
      const bytes = Buffer.from(document(SIZE));
      const start = performance.now();
      expectValueOrRefusal(json, bytes);
      // Quadratic time would make minutes of this; a loaded machine makes no more than seconds of linear time.
      expect(performance.now() - start).toBeLessThan(5000);
    },
    60_000,
  );
});
