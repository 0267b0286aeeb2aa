import { describe, expect, it } from "vitest";
import { MslDecoder } from "../../src/msl/decoder.ts";
import { recordedLines } from "./wire.ts";

const decode = (text: string, maxMessageBytes?: number) => {
  const decoder = new MslDecoder(maxMessageBytes === undefined ? {} : { maxMessageBytes });
  return decoder.push(Buffer.from(text));
};
/** As the vectors show numbers: without large integers and minus zero. */
const plainNumbers = (args: readonly unknown[]) =>
  args.map((value) => (typeof value === "bigint" ? Number(value) : value === 0 ? 0 : value));
const REQUEST =
  '{"args": [1], "attribute": "echo", "error": false, "kwargs": {}, "service": "Echo", "uid": "7"}\r\n';

describe("the decoder, for each recorded line", () => {
  const lines = recordedLines().filter(({ message }) => message && "error" in message);

  it.each(lines)("$title", ({ raw, message = {}, release }) => {
    const [found, ...others] = decode(raw);
    expect(others).toEqual([]);
    const legacy = release === "0.5.0" && "uuid" in message;
    const uid = message["uid"] ?? message["uuid"];
    const requester = (message["requester"] as string | undefined) ?? null;
    if (message["error"]) {
      const { traceback } = message;
      expect(found).toEqual({
        kind: "error",
        message: message["message"],
        traceback,
        requester,
        uid,
        legacy,
      });
    } else if (uid === "notification") {
      const [args, kwargs] = message["result"] as [unknown, unknown];
      const { service } = message;
      expect(found).toEqual({ kind: "notification", service, args, kwargs, legacy });
    } else if ("result" in message) {
      expect(found).toMatchObject({ kind: "result", requester, uid, legacy });
    } else {
      const { args, attribute, kwargs, service } = message;
      expect(found).toMatchObject({ kind: "request", attribute, kwargs, service, uid, legacy });
      expect(found?.kind === "request" && plainNumbers(found.args)).toEqual(
        plainNumbers(args as unknown[]),
      );
    }
  });

  it("covers both releases and all kinds", () => {
    expect(lines.length).toBeGreaterThan(600);
    const kinds = new Set(lines.map(({ raw }) => decode(raw)[0]?.kind));
    expect(kinds).toEqual(new Set(["request", "result", "error", "notification"]));
    expect(new Set(lines.map(({ release }) => release))).toEqual(
      new Set(["1.1.0.dev0", "1.0.0", "0.5.0"]),
    );
  });
});

describe("the decoder", () => {
  it("reads NaN, infinities, large integers and minus zero as Python writes them", () => {
    const [found] = decode(
      '{"error": false, "requester": "A", "result": [NaN, Infinity, -Infinity, 18446744073709551616, 1.0, -0.0], "uid": "1"}\n',
    );
    expect(found).toMatchObject({
      result: [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        18446744073709551616n,
        1,
        -0,
      ],
    });
  });

  it("reads several messages of one segment, in order", () => {
    const found = decode(REQUEST + REQUEST.replace('"7"', '"8"'));
    expect(found.map((message) => "uid" in message && message.uid)).toEqual(["7", "8"]);
  });

  it("reads a message that arrives one byte at a time", () => {
    const decoder = new MslDecoder();
    const found = [...Buffer.from(REQUEST)].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
    expect(found).toEqual(decode(REQUEST));
    expect(decoder.midMessage).toBe(false);
  });

  it("knows that it is in the middle of a message", () => {
    const decoder = new MslDecoder();
    decoder.push(Buffer.from(REQUEST.slice(0, 20)));
    expect(decoder.midMessage).toBe(true);
  });

  it("takes lines that end in LF alone, blanks around the object, and passes blank lines over", () => {
    expect(decode(`\r\n\n  \t${REQUEST.replace("\r", " \t")}\n`)).toEqual(decode(REQUEST));
  });

  it("takes the last of two equal keys, ignores unknown ones, and needs neither args, kwargs nor error", () => {
    expect(decode('{"attribute":"a","attribute":"b","uid":3,"extra":[]}\n')).toEqual([
      { kind: "request", attribute: "b", args: [], kwargs: {}, uid: 3, legacy: false },
    ]);
  });

  it("reads either correlation key, and `uid` where a line has both", () => {
    expect(decode('{"attribute":"a","uuid":"old"}\n')).toMatchObject([
      { uid: "old", legacy: true },
    ]);
    expect(decode('{"attribute":"a","uuid":"old","uid":"new"}\n')).toMatchObject([
      { uid: "new", legacy: false },
    ]);
  });

  it("keeps keys of the wire from being anything but data", () => {
    const [found] = decode('{"attribute":"a","kwargs":{"__proto__":{"polluted":1}},"uid":""}\n');
    const { kwargs } = found as { kwargs: object };
    expect(Object.keys(kwargs)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(kwargs)).toBe(Object.prototype);
    expect(decode('{"__proto__":{"attribute":"a"},"uid":"1"}\n')).toMatchObject([
      { kind: "malformed" },
    ]);
  });

  it("does not mix up keys with escapes in long lines", () => {
    // JSON.parse of V8 13.6 takes the key of the second object for that of the first.
    const padding = " ".repeat(600);
    const [found] = decode(
      `{"args": [{"\\\\": 1}, {"\\"": 2}], "attribute": "a", "uid": "1"}${padding}\n`,
    );
    expect(found).toMatchObject({ args: [{ "\\": 1 }, { '"': 2 }] });
  });

  it.each([
    ["no JSON", '{"a": ', "json: expected"],
    ["a scalar", "12", "a message is a JSON object"],
    ["an array", "[1]", "a message is a JSON object"],
    ["no attribute", '{"service":"Echo","uid":"1"}', 'a "result", or an "attribute"'],
    ["an attribute that is no text", '{"attribute":1,"uid":"1"}', '"attribute" that is text'],
    ["a service that is no text", '{"attribute":"a","service":[],"uid":"1"}', '"service"'],
    ["args that are no array", '{"attribute":"a","args":{},"uid":"1"}', '"args"'],
    ["kwargs that are no object", '{"attribute":"a","kwargs":[],"uid":"1"}', '"kwargs"'],
    [
      "a notification without arguments",
      '{"result":[1],"service":"A","uid":"notification"}',
      "[args, kwargs]",
    ],
    ["invalid UTF-8", Buffer.from('{"attribute":"\xff"}', "latin1"), "not valid UTF-8"],
    ["too many brackets", "[".repeat(300), "more than 200 open brackets"],
  ])("says what is wrong with a line that has %s, and reads on", (_, bad, reason) => {
    const decoder = new MslDecoder();
    const found = decoder.push(
      Buffer.concat([Buffer.from(bad as string), Buffer.from(`\n${REQUEST}`)]),
    );
    expect(found).toEqual([
      {
        kind: "malformed",
        requester: null,
        reason: expect.stringContaining(reason),
        uid: found[0] && "uid" in found[0] ? found[0].uid : undefined,
        legacy: false,
      },
      expect.objectContaining({ kind: "request", uid: "7" }),
    ]);
  });

  it("keeps the correlation id of a malformed message, so that whoever waits for it can be told", () => {
    expect(decode('{"attribute":"a","args":{},"uid":"1"}\n')).toMatchObject([{ uid: "1" }]);
  });

  it("refuses a line over maxMessageBytes, before it has ended, and nothing before it", () => {
    const decoder = new MslDecoder({ maxMessageBytes: REQUEST.length - 1 });
    expect(decoder.push(Buffer.from(REQUEST))).toHaveLength(1);
    expect(decoder.push(Buffer.from(REQUEST + "x".repeat(REQUEST.length)))).toHaveLength(1);
    expect(decoder.refused).toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
    expect(decoder.midMessage).toBe(false);
    expect(decoder.push(Buffer.from(`\n${REQUEST}`))).toEqual([]);
  });

  it("holds a message that comes in tiny segments in about its own size", () => {
    const decoder = new MslDecoder();
    const text = `{"attribute":"a","args":["${"x".repeat(50_000)}"],"uid":"1"}`;
    for (const byte of Buffer.from(text)) decoder.push(Uint8Array.of(byte));
    expect(decoder.push(Buffer.from("\n"))).toMatchObject([{ args: ["x".repeat(50_000)] }]);
  });
});
