import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { decodeLine } from "../../src/msl/decoder.ts";
import { encodeMessage } from "../../src/msl/encoder.ts";
import type { MslMessage } from "../../src/msl/messages.ts";
import { Complex, float } from "../../src/values/types.ts";
import { line, recordedLines } from "./wire.ts";

/** JSON text without differences that mean nothing: order of keys, spelling of numbers and escapes. */
const canonical = (text: string): unknown =>
  JSON.parse(text.replaceAll(/(?<![\w"])(-?Infinity|NaN)/g, '"$1"'));

describe("the encoder, for each recorded line", () => {
  const lines = recordedLines().filter(
    ({ message, raw }) => (message && "error" in message) || raw.includes("Infinity"),
  );

  it.each(lines)("$title", ({ raw }) => {
    const found = decodeLine(Buffer.from(raw));
    expect(found.kind).not.toBe("malformed");
    const { uid, uuid, ...keys } = canonical(line(found as MslMessage)) as Record<string, unknown>;
    expect(uuid).toEqual(uid);
    const recorded = canonical(raw) as Record<string, unknown>;
    expect({ ...keys, [uidKey(recorded)]: uid }).toEqual({ ...recorded, ...missingIn(recorded) });
  });

  it("writes the bytes of 1.x, but for the second correlation key and numbers without a fraction", () => {
    const requests = recordedLines().filter(
      ({ release, direction, message, raw }) =>
        release === "1.0.0" &&
        direction === "client -> manager" &&
        message?.["service"] &&
        !raw.includes(".0"),
    );
    expect(requests.length).toBeGreaterThan(10);
    for (const { raw } of requests) {
      const found = decodeLine(Buffer.from(raw)) as MslMessage;
      expect(line(found).replace(/, "uuid": ".*?"/, "")).toBe(raw);
    }
  });
});

/** Minimal messages of foreign peers leave out what we always write. */
function missingIn(recorded: Record<string, unknown>): Record<string, unknown> {
  if ("result" in recorded) {
    const isNotification =
      recorded["uid"] === "notification" || recorded["uuid"] === "notification";
    if (isNotification) return {};
    return { requester: recorded["requester"] ?? null };
  }
  return { args: recorded["args"] ?? [], kwargs: recorded["kwargs"] ?? {} };
}

function uidKey(recorded: Record<string, unknown>): string {
  return "uuid" in recorded ? "uuid" : "uid";
}

describe("the encoder", () => {
  const request = {
    kind: "request",
    attribute: "add",
    args: [1, float(2)],
    kwargs: { y: "é" },
    service: "Calc",
    uid: "7",
  } as const;

  it("writes a request with the correlation keys of both releases, ended by CR LF", () => {
    expect(line(request)).toBe(
      '{"args": [1, 2.0], "attribute": "add", "error": false, "kwargs": {"y": "é"}, "service": "Calc", "uid": "7", "uuid": "7"}\r\n',
    );
  });

  it("writes every key that Python peers insist on", () => {
    expect(line({ kind: "result", result: null, requester: null, uid: "" })).toBe(
      '{"error": false, "requester": null, "result": null, "uid": "", "uuid": ""}\r\n',
    );
    expect(
      line({ kind: "error", message: "E: x", traceback: ["a"], requester: "A[b:1]", uid: "7" }),
    ).toBe(
      '{"error": true, "message": "E: x", "requester": "A[b:1]", "result": null, "traceback": ["a"], "uid": "7", "uuid": "7"}\r\n',
    );
    expect(line({ kind: "notification", service: "S", args: [1], kwargs: { a: 2 } })).toBe(
      '{"error": false, "result": [[1], {"a": 2}], "service": "S", "uid": "notification", "uuid": "notification"}\r\n',
    );
  });

  it("sends an object as what its toJSON() returns, at any depth", () => {
    class Point {
      toJSON() {
        return { x: 1, y: [new Unit()] };
      }
    }
    class Unit {
      toJSON = () => "mm";
    }
    const text = line({ kind: "result", result: [new Point()], requester: null, uid: "" });
    expect(text).toContain('"result": [{"x": 1, "y": ["mm"]}]');
  });

  it("sends bytes as base64, as json of Pyro does", () => {
    const text = line({ ...request, args: [Uint8Array.of(1, 2)], kwargs: {} });
    expect(text).toContain('"args": [{"data": "AQI=", "encoding": "base64"}]');
  });

  it.each([
    ["a function", { ...request, args: [0, { samples: [() => 1] }] }, "args[1].samples[0]: "],
    ["a complex number", { ...request, kwargs: { z: new Complex(1, 2) } }, "kwargs.z: a complex"],
    ["a lone surrogate", { ...request, args: ["\ud800"] }, "args[0]: text with a lone surrogate"],
    [
      "a class instance",
      { ...request, args: [new (class Box {})()] },
      "args[0]: an instance of Box",
    ],
  ] as const)("refuses %s, says where it is, and leaves nothing behind", (_, message, text) => {
    const out = new ByteWriter();
    out.latin1("before");
    expect(() => encodeMessage(out, message)).toThrow(
      expect.objectContaining({
        code: "ERR_NOT_SERIALIZABLE",
        message: expect.stringContaining(text),
      }),
    );
    expect(out.view().toString()).toBe("before");
  });
});
