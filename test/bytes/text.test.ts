import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLatin1, readUtf8, readWtf8 } from "../../src/bytes/text.ts";
import { ByteWriter } from "../../src/bytes/writer.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodedStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes around the borders of what UTF-8 allows. */
const nearlyUtf8 = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf),
      fc.constantFrom(0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0xbb, 0xbd),
      fc.nat(255),
    ),
    { maxLength: 8 },
  )
  .map((bytes) => Uint8Array.from(bytes));

describe("readUtf8", () => {
  it("accepts and reads exactly what a strict TextDecoder does", () => {
    const check = (bytes: Uint8Array) => {
      // The replacement character makes the slow path check everything.
      for (const tail of ["", "\ufffd"]) {
        const all = Buffer.concat([bytes, Buffer.from(tail)]);
        expect(readUtf8(all, 0, all.length)).toBe(decodedStrictly(all));
      }
    };
    fc.assert(fc.property(nearlyUtf8, check), { numRuns: 20_000 });
  });

  it("reads part of the bytes, and nothing", () => {
    expect(readUtf8(Buffer.from("xa€y"), 1, 5)).toBe("a€");
    expect(readUtf8(Buffer.from("xy"), 1, 1)).toBe("");
  });

  it("tells texts apart that share a slot of the cache", () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `channel.${i}`);
    for (const text of [...texts, ...texts]) {
      const bytes = Buffer.from(text);
      expect(readUtf8(bytes, 0, bytes.length)).toBe(text);
    }
  });

  it("reads long text with replacement characters of its own", () => {
    const text = "\ufffd€a".repeat(10_000);
    const bytes = Buffer.from(text);
    expect(readUtf8(bytes, 0, bytes.length)).toBe(text);
  });
});

it("readWtf8 reads what ByteWriter.wtf8 writes, for any code units", () => {
  const units = fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7ff, max: 0xe000 })));
  const check = (codes: number[]) => {
    const text = String.fromCharCode(...codes);
    const out = new ByteWriter();
    out.wtf8(text);
    expect(readWtf8(out.view(), 0, out.length)).toBe(text);
  };
  fc.assert(fc.property(units, check), { numRuns: 10_000 });
});

it("readLatin1 gives a character a byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(readLatin1(bytes, 0, 256)).toBe(String.fromCharCode(...bytes));
  expect(readLatin1(bytes, 250, 256)).toBe("úûüýþÿ");
});
