import { expect, it } from "vitest";
import { Gathering } from "../../src/bytes/gathering.ts";

it("takes what belongs to the piece, and gives the rest back", () => {
  const gathering = new Gathering(5);
  expect(gathering.add(Buffer.from("abc"))).toHaveLength(0);
  expect(gathering.whole).toBeUndefined();
  const rest = gathering.add(Buffer.from("defg"));
  expect(Buffer.from(rest).toString()).toBe("fg");
  expect(Buffer.from(gathering.whole as Uint8Array).toString()).toBe("abcde");
});

it("holds a piece larger than the memory it begins with", () => {
  const part = Buffer.alloc(1_000_003, 7);
  const gathering = new Gathering(10 * part.byteLength);
  for (let i = 0; i < 10; i++) {
    part[0] = i;
    gathering.add(part);
  }
  const whole = gathering.whole as Uint8Array;
  expect(whole).toHaveLength(10 * part.byteLength);
  expect(whole[9 * part.byteLength]).toBe(9);
  expect(whole[whole.byteLength - 1]).toBe(7);
});

it("shows where its next bytes belong, and does not copy what was put there", () => {
  const gathering = new Gathering(10 * 1024 * 1024);
  gathering.add(Buffer.from("ab"));
  let pieces = 0;
  for (; gathering.whole === undefined; pieces++) {
    const part = gathering.place.subarray(0, 3_000_000);
    expect(part.byteLength).toBeGreaterThan(0);
    part.fill(pieces + 1);
    expect(gathering.add(part)).toHaveLength(0);
  }
  const whole = gathering.whole;
  expect(pieces).toBeGreaterThan(3);
  expect(whole).toHaveLength(10 * 1024 * 1024);
  expect(Buffer.from(whole.subarray(0, 4))).toEqual(Buffer.from([97, 98, 1, 1]));
  expect(whole[whole.byteLength - 1]).toBe(pieces);
});

it("takes little memory for what is only announced", () => {
  const before = process.memoryUsage().arrayBuffers;
  const pieces = Array.from({ length: 4 }, () => new Gathering(2 ** 30));
  for (const piece of pieces) piece.add(Buffer.from("x"));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
});
