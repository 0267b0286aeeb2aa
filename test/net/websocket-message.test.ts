import type { EventEmitter } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as ws from "ws";
import { SHORT_BYTES, shortMessage } from "../../src/net/websocket-message.ts";

/** What ws reads frames with; its types leave it out. */
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: {
    readonly isServer: boolean;
    readonly maxPayload: number;
  }) => EventEmitter & { write(bytes: Uint8Array): void };
};

/** The messages that the other side of a WebSocket reads. */
function read(frames: readonly Uint8Array[], isServer: boolean): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const receiver = new Receiver({ isServer, maxPayload: SHORT_BYTES });
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    expect(isBinary).toBe(true);
    messages.push(new Uint8Array(data));
  });
  receiver.on("error", (error) => {
    throw error;
  });
  receiver.write(Buffer.concat(frames));
  return messages;
}

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7);

describe.each([
  ["a client", true],
  ["a server", false],
] as const)("messages of %s", (_, masked) => {
  it.each([0, 1, 125, 126, 127, 255, 256, SHORT_BYTES])("of %i bytes are read by ws", (length) => {
    const bytes = bytesOf(length);
    expect(read([shortMessage(bytes, masked)], masked)).toEqual([bytes]);
  });

  it("of any bytes are read by ws", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (all) => {
        const messages = read(
          all.map((bytes) => shortMessage(bytes, masked)),
          masked,
        );
        expect(messages).toEqual(all.map((bytes) => new Uint8Array(bytes)));
      }),
    );
  });

  it("are copies: what was sent may change at once", () => {
    const bytes = bytesOf(100);
    const message = shortMessage(bytes, masked);
    bytes.fill(0);
    expect(read([message], masked)).toEqual([bytesOf(100)]);
  });
});

it("has a mask of its own for each message of a client", () => {
  const bytes = new Uint8Array(100);
  const masks = Array.from({ length: 2000 }, () =>
    shortMessage(bytes, true).subarray(2, 6).toString("hex"),
  );
  // Two of two thousand are alike once in two thousand times, three never.
  expect(new Set(masks).size).toBeGreaterThan(1990);
});
