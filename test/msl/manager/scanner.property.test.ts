import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLine } from "../../../src/msl/decoder.ts";
import { LineScanner } from "../../../src/msl/manager/scanner.ts";
import { json } from "../../../src/serializers/json.ts";
import { PLAIN_HOOKS } from "../../../src/serializers/plain-hooks.ts";
import { jsonValue } from "../../support/arbitraries.ts";
import { encoded } from "../../support/codec.ts";
import { recordedLines } from "../wire.ts";

const WANTED = ["uid", "result", "requester"];

/** What the scanner says of a line that arrives in pieces: the spelling of each wanted value, or the fault. */
function scanned(bytes: Uint8Array, sizes: readonly number[] = []) {
  const scanner = new LineScanner(WANTED);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes.length > 0 ? (sizes[turn % sizes.length] as number) : bytes.length;
    scanner.scan(bytes.subarray(at, at + size));
    at += size;
  }
  const found = scanner.finish();
  if ("fault" in found) return found;
  const cut = ({ start, end }: { start: number; end: number }) =>
    Buffer.from(bytes.subarray(start, end)).toString();
  return {
    object: cut(found.span),
    loneSurrogate: found.loneSurrogate,
    overLimit: found.overLimit,
    values: Object.fromEntries([...found.values].map(([key, span]) => [key, cut(span)])),
  };
}

/** What the parser of the codec says of it. */
function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = json.decode(bytes, PLAIN_HOOKS);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function agree(bytes: Uint8Array, sizes: readonly number[]): void {
  const found = scanned(bytes, sizes);
  const value = parsed(bytes);
  const readable = !("fault" in found) && found.overLimit === undefined;
  expect(readable, `${JSON.stringify(found)} ${Buffer.from(bytes)}`).toBe(value !== undefined);
  if ("fault" in found || value === undefined) return;
  const keys = Object.keys(value).filter((key) => WANTED.includes(key));
  expect(new Set(Object.keys(found.values))).toEqual(new Set(keys));
  for (const key of keys) {
    expect(json.decode(Buffer.from(found.values[key] as string), PLAIN_HOOKS)).toEqual(value[key]);
  }
  expect(parsed(Buffer.from(found.object))).toEqual(value);
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });
const key = fc.oneof(fc.constantFrom(...WANTED), fc.string({ unit: "binary" }));
const object = fc
  .dictionary(key, jsonValue, { maxKeys: 5 })
  .map((value) => Buffer.from(encoded(json, value)));

describe("the scanner", () => {
  it.each(recordedLines())("judges as the parser: $title", ({ raw }) => {
    const line = Buffer.from(raw.split("\n")[0] as string);
    agree(line, []);
    agree(line, [1]);
    const message = decodeLine(line);
    const found = scanned(line);
    if (message.kind === "malformed" || "fault" in found) return;
    expect("result" in found.values).toBe(
      message.kind === "result" || message.kind === "error" || message.kind === "notification",
    );
  });

  it("agrees with the parser on any object, in any pieces", () => {
    fc.assert(fc.property(object, sizes, agree), { numRuns: 10_000 });
  }, 120_000);

  it("agrees with the parser on any tokens, in any pieces", () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\ 0129-.eE\t',
      '{"uid":',
      '"result":',
      '"a"',
      "null",
      "true",
      "false",
      "NaN",
      "Infinity",
      "-Infinity",
      '"\\u00e9"',
      "é",
      "😀",
      "}",
    );
    const document = fc
      .array(token, { maxLength: 14 })
      .map((tokens) => Buffer.from(`{"uid":${tokens.join("")}}`));
    fc.assert(fc.property(document, sizes, agree), { numRuns: 30_000 });
  }, 120_000);

  it("agrees with the parser on any damaged object", () => {
    const damaged = fc
      .tuple(object, fc.nat(), fc.uint8Array({ maxLength: 3 }), fc.nat(3))
      .map(([bytes, place, insert, drop]) => {
        const at = place % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + drop)]);
      })
      .filter((bytes) => !bytes.includes(10));
    fc.assert(fc.property(damaged, sizes, agree), { numRuns: 20_000 });
  }, 120_000);

  it("agrees with the parser on any bytes inside a text", () => {
    const document = fc
      .uint8Array({ maxLength: 8 })
      .filter((bytes) => !bytes.includes(10))
      .map((bytes) => Buffer.concat([Buffer.from('{"uid":"'), bytes, Buffer.from('"}')]));
    fc.assert(fc.property(document, sizes, agree), { numRuns: 20_000 });
  }, 60_000);

  it.each([
    ['{"uid":"\\ud800"}', true],
    ['{"uid":"\\ud800\\ud800\\udc00"}', true],
    ['{"uid":"\\udc00"}', true],
    ['{"uid":"\\ud800x\\udc00"}', true],
    ['{"uid":"\\ud800","x":"\\udc00"}', true],
    ['{"uid":"\\ud83d\\ude00"}', false],
    ['{"uid":"\\u00e9😀"}', false],
  ])("tells halves of surrogate pairs: %s", (text, loneSurrogate) => {
    expect(scanned(Buffer.from(text), [1])).toMatchObject({ loneSurrogate });
  });

  it("takes the last of equal keys, and keys that are spelt with escapes", () => {
    const text = '{"uid":1,"\\u0075id" : "two" ,"UID":3,"x":{"uid":4}}';
    expect(scanned(Buffer.from(text))).toMatchObject({ values: { uid: '"two"' } });
  });

  it("tells what a peer could not read: too deep, or an integer too long", () => {
    const deep = (levels: number) => `{"uid":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(scanned(Buffer.from(deep(199)))).toMatchObject({ overLimit: undefined });
    expect(scanned(Buffer.from(deep(200)))).toMatchObject({ overLimit: expect.any(String) });
    expect(scanned(Buffer.from(deep(64 * 1024 - 1)))).toHaveProperty("object");
    expect(scanned(Buffer.from(deep(64 * 1024)))).toHaveProperty("fault");
    const long = (digits: number, after = "") => `{"uid":${"9".repeat(digits)}${after}}`;
    expect(scanned(Buffer.from(long(4300)))).toMatchObject({ overLimit: undefined });
    expect(scanned(Buffer.from(long(4301)))).toMatchObject({ overLimit: expect.any(String) });
    expect(scanned(Buffer.from(long(4301, ".0")))).toMatchObject({ overLimit: undefined });
  });
});
