import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { msgpack, msgpackRich } from "../../src/serializers/msgpack.ts";
import { expectValueOrRefusal } from "../support/arbitraries.ts";
import { damaged, msgpackRichValue, msgpackValue } from "../support/binary-arbitraries.ts";
import { encoded } from "../support/codec.ts";
import { decoded } from "../support/decoded.ts";
import { difference } from "../support/tagged.ts";

const KINDS = [
  { name: "msgpack", serializer: msgpack, values: msgpackValue },
  { name: "msgpackRich", serializer: msgpackRich, values: msgpackRichValue },
];

describe.each(KINDS)("$name, for any value", ({ serializer, values }) => {
  const check = (bytes: Uint8Array) => expectValueOrRefusal(serializer, bytes);

  it("reads what it wrote", () => {
    const roundTrip = (value: unknown) => {
      expect(difference(decoded(serializer, encoded(serializer, value)), value)).toBeUndefined();
    };
    fc.assert(fc.property(values, roundTrip), { numRuns: 10_000 });
  }, 60_000);

  it("ends in a value or a SerializeError for any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 20_000 });
  });

  it("ends in a value or a SerializeError for any codes and small numbers", () => {
    const code = fc.integer({ min: 0xc0, max: 0xdf });
    const ext = fc.constantFrom(0x30, 0x31, 0x32, 0x33, 0xff, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45);
    const byte = fc.oneof(code, ext, fc.nat(4), fc.integer({ min: 0x80, max: 0xa4 }));
    const document = fc.array(byte, { maxLength: 24 }).map((all) => Uint8Array.from(all));
    fc.assert(fc.property(document, check), { numRuns: 20_000 });
  });

  it("ends in a value or a SerializeError for any damaged document", () => {
    const document = values.map((value) => encoded(serializer, value));
    fc.assert(fc.property(damaged(document), check), { numRuns: 10_000 });
  }, 60_000);
});

it("sends any value to a plain peer that is sent to a Bunsen peer, save Ellipsis", () => {
  const check = (value: unknown) => {
    try {
      encoded(msgpack, value);
    } catch (error) {
      expect((error as Error).message).toMatch(/msgpack has no Ellipsis/);
    }
  };
  fc.assert(fc.property(msgpackRichValue, check), { numRuns: 5_000 });
}, 60_000);

describe.each(KINDS)("$name takes linear time for 2 MB of", ({ serializer }) => {
  const SIZE = 2 ** 21;
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes.toString("latin1");
  };
  const list = (unit: string) => {
    const count = Math.floor(SIZE / unit.length);
    return `\xdd${u32(count)}${unit.repeat(count)}`;
  };
  const map = (entry: (i: number) => string) => {
    const entries = Array.from({ length: SIZE / 16 }, (_, i) => entry(i));
    return `\xdf${u32(entries.length)}${entries.join("")}`;
  };

  it.each([
    ["nil", list("\xc0")],
    ["empty lists", list("\x90")],
    ["nested lists that never end", "\x91".repeat(SIZE)],
    ["lists that announce too much", list("\xdc\xff\xff")],
    ["different keys", map((i) => `\xa8${`${i}`.padStart(8, "k")}\xc0`)],
    ["integer-like keys", map((i) => `\xa8${`${i * 7919}`.padStart(8, "1")}\xc0`)],
    ["keys that are no text", map((i) => `\xce${u32(i)}\xc0`)],
    [
      "one text key after the other, then another kind",
      map((i) => (i % 9999 === 9998 ? "\xc0\xc0" : `\xa8${`${i}`.padStart(8, "k")}\xc0`)),
    ],
    ["integers of 4300 digits", list(`\xc8\x10\xcc\x31${"9".repeat(4300)}`)],
    ["replacement characters", `\xdb${u32(SIZE - (SIZE % 3))}${"\xef\xbf\xbd".repeat(SIZE / 3)}`],
    ["texts of 17 bytes", list(`\xb1${"x".repeat(17)}`)],
    ["texts that share a slot of the cache", list("\xa2ab\xa2ba")],
    ["floats", list("\xcb\0\0\0\0\0\0\0\0")],
    ["tuples of Bunsen", list("\xc7\x02\x40\x91\x01")],
    ["nested tuples of Bunsen with wrong lengths", "\xc9\0\0\0\xff\x40\x91".repeat(SIZE / 7)],
  ])(
    "%s",
    (_, document) => {
      const bytes = Buffer.from(document, "latin1");
      const start = performance.now();
      expectValueOrRefusal(serializer, bytes);
      // Quadratic time would make minutes of this; a loaded machine makes no more than seconds of linear time.
      expect(performance.now() - start).toBeLessThan(5000);
    },
    60_000,
  );
});
