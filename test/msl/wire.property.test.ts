import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MslDecoder } from "../../src/msl/decoder.ts";
import type { MslMessage, ReceivedMessage } from "../../src/msl/messages.ts";
import { jsonValue } from "../support/arbitraries.ts";
import { difference } from "../support/tagged.ts";
import { line } from "./wire.ts";

const text = fc.string({ unit: "binary" });
const values = fc.array(jsonValue, { maxLength: 4 });
const record = fc.dictionary(text, jsonValue, { maxKeys: 4 });
const uid = fc.oneof(
  fc.uuid(),
  text.filter((id) => id !== "notification"),
  fc.integer(),
);
const requester = fc.option(text);

const message: fc.Arbitrary<MslMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("request" as const),
    service: fc.option(text, { nil: undefined }),
    attribute: text,
    args: values,
    kwargs: record,
    requester: fc.option(text, { nil: undefined }),
    uid,
  }),
  fc.record({ kind: fc.constant("result" as const), result: jsonValue, requester, uid }),
  fc.record({
    kind: fc.constant("error" as const),
    message: text,
    traceback: fc.array(text),
    requester,
    uid,
  }),
  fc.record({
    kind: fc.constant("notification" as const),
    service: text,
    args: values,
    kwargs: record,
  }),
);

/** Hands `bytes` over in pieces of the given sizes, again and again. */
function inPieces(bytes: Uint8Array, sizes: readonly number[]): ReceivedMessage[] {
  const decoder = new MslDecoder();
  const found: ReceivedMessage[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    found.push(...decoder.push(bytes.subarray(at, at + size)));
    at += size;
  }
  expect(decoder.midMessage).toBe(false);
  return found;
}

/** Without the names that a request does not have. */
const present = (one: object) =>
  Object.fromEntries(
    Object.entries(one).filter(
      ([key, value]) => value !== undefined || !["service", "requester"].includes(key),
    ),
  );

describe("the wire, for any messages", () => {
  it("brings them back as they were, whatever the segments", () => {
    const check = (messages: readonly MslMessage[], sizes: readonly number[]) => {
      const bytes = Buffer.from(messages.map(line).join(""));
      const found = inPieces(bytes, sizes);
      expect(found).toHaveLength(messages.length);
      for (const [at, { legacy, ...received }] of found.entries()) {
        expect(legacy).toBe(false);
        expect(difference(present(received), present(messages[at] as MslMessage))).toBeUndefined();
      }
    };
    const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 4 });
    fc.assert(fc.property(fc.array(message, { maxLength: 3 }), sizes, check), { numRuns: 10_000 });
  }, 120_000);

  it("writes one line a message, without a lone line feed or control character in it", () => {
    const check = (one: MslMessage) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(line(one)).toMatch(/^\{[^\x00-\x1f]*\}\r\n$/);
    };
    fc.assert(fc.property(message, check), { numRuns: 10_000 });
  }, 60_000);

  it("gives one message for each line of any bytes, and never throws", () => {
    const token = fc.constantFrom(
      ...'{}[]:, \r\n"',
      '"uid"',
      '"uuid"',
      '"result"',
      '"attribute"',
      '"error"',
      '"notification"',
      "true",
      "1",
      "NaN",
      "{}",
    );
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(token, { maxLength: 14 }).map((tokens) => Buffer.from(tokens.join(""))),
    );
    const check = (bytes: Uint8Array) => {
      const lines = Buffer.from(bytes).toString("latin1").split("\n").slice(0, -1);
      const found = new MslDecoder().push(bytes);
      expect(found).toHaveLength(lines.filter((one) => /[^ \t\r]/.test(one)).length);
    };
    fc.assert(fc.property(noise, check), { numRuns: 20_000 });
  }, 60_000);
});
