import { describe, expect, it } from "vitest";
import { ByteWriter, WriterFull } from "../../src/bytes/writer.ts";
import { toHex } from "../support/vectors.ts";

const written = (write: (out: ByteWriter) => void): string => {
  const out = new ByteWriter(1); // has to grow with each write
  write(out);
  return toHex(out.view());
};

describe("ByteWriter", () => {
  it.each<[string, (out: ByteWriter) => void, string]>([
    ["u8 and i8", (out) => [out.u8(255), out.i8(-1)], "ffff"],
    ["u16 and i16", (out) => [out.u16(0x1234), out.i16(-2)], "1234fffe"],
    ["u32 and i32", (out) => [out.u32(0xfedcba98), out.i32(-2)], "fedcba98fffffffe"],
    ["u64 and i64", (out) => [out.u64(1n), out.i64(-2n)], "0000000000000001fffffffffffffffe"],
    [
      "safe64",
      (out) => [out.safe64(2 ** 53 - 1), out.safe64(-1)],
      "001fffffffffffffffffffffffffffff",
    ],
    ["safe64, the least", (out) => out.safe64(-(2 ** 53 - 1)), "ffe0000000000001"],
    ["f64", (out) => out.f64(1.5), "3ff8000000000000"],
    ["u8f64", (out) => out.u8f64(0xcb, 1.5), "cb3ff8000000000000"],
    [
      "little endian numbers",
      (out) => [out.u16LE(1), out.i32LE(-2), out.i64LE(-2n)],
      "0100fefffffffeffffffffffffff",
    ],
    ["f64LE", (out) => out.f64LE(1.5), "000000000000f83f"],
    ["bytes", (out) => out.bytes(Uint8Array.of(1, 2)), "0102"],
    ["text as UTF-8", (out) => out.utf8("a€😀"), "61e282acf09f9880"],
    ["a lone surrogate as U+FFFD", (out) => out.utf8("\ud800"), "efbfbd"],
    [
      "surrogates as their code points",
      (out) => out.wtf8("a\udc00😀\ud800"),
      "61edb080f09f9880eda080",
    ],
    ["text as Latin-1", (out) => out.latin1("aÿ"), "61ff"],
  ])("writes %s", (_, write, hex) => {
    expect(written(write)).toBe(hex);
  });

  it("writes floats into the memory it has grown to", () => {
    expect(written((out) => [out.f64(1.5), out.bytes(new Uint8Array(20)), out.f64(1.5)])).toMatch(
      /^3ff8000000000000.*3ff8000000000000$/,
    );
  });

  it("writes short ASCII, or nothing at all", () => {
    const out = new ByteWriter();
    expect([out.shortAscii("abc"), out.shortAscii("abé"), out.shortAscii("x".repeat(33))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(out.view().toString()).toBe("abc");
  });

  it("counts the bytes of text, long and short", () => {
    const out = new ByteWriter();
    expect([out.utf8("é"), out.utf8("é".repeat(100)), out.latin1("é".repeat(100))]).toEqual([
      2, 200, 100,
    ]);
  });

  it("hands its memory over and starts anew", () => {
    const out = new ByteWriter();
    out.f64(1);
    const taken = out.take();
    out.f64(2);
    expect([taken.readDoubleBE(0), out.view().readDoubleBE(0)]).toEqual([1, 2]);
  });

  it("forgets what was written by reset and truncate, and fills in what was reserved", () => {
    const out = new ByteWriter();
    out.u32(1);
    out.reset();
    const start = out.reserve(11);
    out.setU8(start, 1);
    out.setU16(start + 1, 2);
    out.setU32(start + 3, 3);
    out.setI32LE(start + 7, -2);
    out.u8(9);
    out.truncate(11);
    expect(toHex(out.view())).toBe("01000200000003feffffff");
  });
});

describe("a writer with a limit", () => {
  it("takes no memory beyond it, and keeps what was written", () => {
    const out = new ByteWriter(16);
    out.limit = 100;
    out.bytes(new Uint8Array(90));
    expect(() => out.bytes(new Uint8Array(1000))).toThrow(new WriterFull(1090));
    expect(out.length).toBe(90);
    out.limit = Number.POSITIVE_INFINITY;
    out.bytes(new Uint8Array(1000));
    expect(out.length).toBe(1090);
  });
});
