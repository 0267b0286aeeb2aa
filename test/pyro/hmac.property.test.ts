import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { deflate, inflate } from "../../src/pyro/compression.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import {
  type Generation,
  HEADER_BYTES_4,
  HEADER_BYTES_5,
  RefusedFrame,
} from "../../src/pyro/header.ts";
import { MessageKey, Signing } from "../../src/pyro/hmac.ts";
import { toHex } from "../support/vectors.ts";

const LIMITS = { maxMessageBytes: 1e6, maxAnnotationsBytes: 1e5, inflate };

const bytes = fc.uint8Array({ maxLength: 400 });
const key = fc.uint8Array({ minLength: 1, maxLength: 80 });
const id = fc.stringMatching(/^[A-Z]{4}$/).filter((text) => text !== "HMAC" && text !== "CORR");
const messages = fc.record({
  generation: fc.constantFrom<Generation>(4, 5),
  type: fc.integer({ min: 1, max: 6 }) as fc.Arbitrary<1>,
  seq: fc.nat({ max: 0xffff }),
  annotations: fc.dictionary(id, bytes, { maxKeys: 4 }),
  correlationId: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined }),
  payload: bytes,
  compressed: fc.boolean(),
});
type Message = typeof messages extends fc.Arbitrary<infer T> ? T : never;

function signed(message: Message, secret: Uint8Array): Uint8Array {
  const { payload, compressed, annotations, ...head } = message;
  const out = new ByteWriter();
  encodeMessage(
    out,
    {
      ...head,
      flags: 0,
      serializerId: 1,
      bunsen: true,
      annotations: new Map(Object.entries(annotations)),
    },
    (w) => w.bytes(payload),
    {
      ...LIMITS,
      deflate: compressed ? deflate : undefined,
      signing: { key: new MessageKey(secret) },
    },
  );
  return out.take();
}

function read(frame: Uint8Array, secret: Uint8Array) {
  const signing = Signing.calling(new MessageKey(secret));
  return new PyroDecoder({ ...LIMITS, check: signing.check.bind(signing) }).push(frame);
}

describe("a signed message", () => {
  it("is read by whoever has the key, with all that it carries", () => {
    fc.assert(
      fc.property(messages, key, (message, secret) => {
        const [got] = read(signed(message, secret), secret);
        expect(hex(got?.payload)).toBe(hex(message.payload));
        for (const [name, data] of Object.entries(message.annotations)) {
          expect(hex(got?.annotations?.get(name))).toBe(hex(data));
        }
        expect(hex(got?.correlationId)).toBe(hex(message.correlationId));
      }),
    );
  });

  it("is refused by whoever has another key", () => {
    fc.assert(
      fc.property(messages, key, key, (message, secret, other) => {
        fc.pre(!Buffer.from(padded(secret)).equals(padded(other)));
        expect(() => read(signed(message, secret), other)).toThrow(
          expect.objectContaining({ code: "ERR_HMAC_MISMATCH" }),
        );
      }),
    );
  });

  it("is refused, or reads the same, after any bit of what it covers was flipped", () => {
    fc.assert(
      fc.property(messages, key, fc.nat(), fc.nat({ max: 7 }), (message, secret, where, bit) => {
        const frame = signed(message, secret);
        const start = message.generation === 5 ? HEADER_BYTES_5 : HEADER_BYTES_4;
        const at = start + (where % (frame.byteLength - start));
        frame[at] = (frame[at] as number) ^ (1 << bit);
        try {
          for (const got of read(frame, secret)) {
            // Ids are not covered, and their order hardly is: what they carry is.
            expect(hex(got.payload)).toBe(hex(message.payload));
          }
        } catch (error) {
          if (!(error instanceof RefusedFrame)) throw error;
        }
      }),
    );
  });
});

const hex = (data: Uint8Array | undefined) => data && toHex(data);

/** Keys that differ only in zeros behind them are the same to HMAC, up to a block. */
function padded(secret: Uint8Array): Uint8Array {
  const block = new Uint8Array(80);
  block.set(secret);
  return block;
}
