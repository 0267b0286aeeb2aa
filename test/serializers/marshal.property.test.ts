import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { marshal } from "../../src/serializers/marshal.ts";
import { expectValueOrRefusal } from "../support/arbitraries.ts";
import { damaged, marshalValue } from "../support/binary-arbitraries.ts";
import { encoded } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { difference } from "../support/tagged.ts";

const check = (bytes: Uint8Array) => expectValueOrRefusal(marshal, bytes);

describe("marshal, for any value", () => {
  it("reads what it wrote", () => {
    const roundTrip = (value: unknown) => {
      expect(difference(decoded(marshal, encoded(marshal, value)), value)).toBeUndefined();
    };
    fc.assert(fc.property(marshalValue, roundTrip), { numRuns: 10_000 });
  }, 60_000);

  it("ends in a value or a SerializeError for any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 20_000 });
  });

  it("ends in a value or a SerializeError for any type codes and small numbers", () => {
    const codes = [..."NTF.SiIlgfyxsutaAzZ)([<>{0rRc"].map((code) => code.charCodeAt(0));
    const int32 = [0, 1, 2, 5, -1].map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      return [...bytes];
    });
    const flagged = codes.map((code) => code | 0x80);
    const piece = fc.oneof(fc.constantFrom(...codes, ...flagged), fc.constantFrom(...int32));
    const document = fc.array(piece, { maxLength: 24 }).map((all) => Uint8Array.from(all.flat()));
    fc.assert(fc.property(document, check), { numRuns: 20_000 });
  });

  it("ends in a value or a SerializeError for any damaged document", () => {
    const document = marshalValue.map((value) => encoded(marshal, value));
    fc.assert(fc.property(damaged(document), check), { numRuns: 10_000 });
  }, 60_000);
});

describe("marshal takes linear time for 2 MB of", () => {
  const SIZE = 2 ** 21;
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes.toString("latin1");
  };
  const list = (unit: string) => {
    const count = Math.floor(SIZE / unit.length);
    return `[${int32(count)}${unit.repeat(count)}`;
  };
  const distinct = (piece: (i: number) => string) =>
    Array.from({ length: SIZE / 16 }, (_, i) => piece(i)).join("");

  it.each([
    ["None", list("N")],
    ["empty lists", list("[\0\0\0\0")],
    ["nested lists that never end", "[\x01\0\0\0".repeat(SIZE / 5)],
    ["lists that announce too much", list(`[${int32(1000)}`)],
    ["remembered values", list("\xe9\x01\0\0\0")],
    [
      "back references to a large list",
      `[${int32(SIZE / 5)}\xdb${int32(3)}NNN${"r\0\0\0\0".repeat(SIZE / 5)}`,
    ],
    ["different keys", `{${distinct((i) => `z\x08${`${i}`.padStart(8, "k")}N`)}0`],
    ["integer-like keys", `{${distinct((i) => `z\x08${`${i * 7919}`.padStart(8, "1")}N`)}0`],
    ["keys that are no text", `{${distinct((i) => `i${int32(i)}N`)}0`],
    [
      "text keys, then one of another kind",
      `{${distinct((i) => `z\x08${`${i}`.padStart(8, "k")}N`)}NN0`,
    ],
    ["set members", `<${int32(SIZE / 16)}${distinct((i) => `i${int32(i)}`)}`],
    ["one integer", `l${int32(SIZE / 2)}${"\xff\x7f".repeat(SIZE / 2)}`],
    ["integers of three digits", list(`l${int32(3)}\xff\x7f\xff\x7f\xff\x7f`)],
    ["replacement characters", `u${int32(SIZE - 1)}${"\xef\xbf\xbd".repeat((SIZE - 1) / 3)}`],
    ["lone surrogates", `u${int32(SIZE - 1 - ((SIZE - 1) % 3))}${"\xed\xa0\x80".repeat(SIZE / 3)}`],
    ["floats as text", list("f\x041e-5")],
  ])(
    "%s",
    (_, document) => {
      const bytes = Buffer.from(document, "latin1");
      const start = performance.now();
      expectValueOrRefusal(marshal, bytes);
      // Quadratic time would make minutes of this; a loaded machine makes no more than seconds of linear time.
      expect(performance.now() - start).toBeLessThan(5000);
    },
    60_000,
  );
});
