import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { deflate, inflate } from "../../src/pyro/compression.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import { Flag, type MessageType, type PyroMessage, RefusedFrame } from "../../src/pyro/header.ts";
import { toHex } from "../support/vectors.ts";

const LIMITS = { maxMessageBytes: 1024 * 1024, maxAnnotationsBytes: 100_000, inflate };
const RUNS = { numRuns: 10_000 };

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const annotationId = fc.string({
  minLength: 4,
  maxLength: 4,
  unit: fc.constantFrom(..."ABCXYZ09"),
});

const message = fc.record({
  generation: fc.constantFrom(4 as const, 5 as const),
  type: fc.integer({ min: 1, max: 6 }) as fc.Arbitrary<MessageType>,
  flags: fc.constantFrom(
    0,
    Flag.Exception,
    Flag.Oneway,
    Flag.Batch | Flag.Oneway,
    Flag.ItemStream,
    Flag.KeepSerialized,
  ),
  seq: fc.integer({ min: 0, max: 0xffff }),
  serializerId: fc.integer({ min: 0, max: 255 }),
  annotations: fc
    .uniqueArray(fc.tuple(annotationId, bytes(20)), { maxLength: 4, selector: ([id]) => id })
    .map((pairs) => new Map(pairs)),
  correlationId: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined }),
  payload: bytes(300),
  compressed: fc.boolean(),
});

it("what is encoded is decoded to the same, however it is cut", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(400), { maxLength: 5 }),
      (sent, cuts) => {
        const out = new ByteWriter();
        for (const { payload, compressed, ...head } of sent) {
          encodeMessage(out, head, (w) => w.bytes(payload), {
            maxMessageBytes: 1e6,
            deflate: compressed ? deflate : undefined,
          });
        }
        const all = out.take();
        const decoder = new PyroDecoder(LIMITS);
        const received: PyroMessage[] = [];
        let at = 0;
        for (const cut of [...cuts, all.byteLength]) {
          received.push(...decoder.push(all.subarray(at, Math.min(at + cut, all.byteLength))));
          at = Math.min(at + cut, all.byteLength);
        }
        expect(received).toHaveLength(sent.length);
        sent.forEach((expected, i) => {
          const got = received[i] as PyroMessage;
          expect(got).toMatchObject({
            generation: expected.generation,
            type: expected.type,
            seq: expected.seq,
            serializerId: expected.serializerId,
          });
          expect(got.flags & ~(Flag.Compressed | Flag.CorrelationId)).toBe(expected.flags);
          expect(toHex(got.payload)).toBe(toHex(expected.payload));
          expect(got.correlationId && toHex(got.correlationId)).toBe(
            expected.correlationId && toHex(expected.correlationId),
          );
          for (const [id, data] of expected.annotations)
            expect(toHex(got.annotations?.get(id) as Uint8Array)).toBe(toHex(data));
        });
      },
    ),
    RUNS,
  );
});

/** Messages, or a refusal: nothing else may come of bytes. */
function survives(input: Uint8Array): void {
  const decoder = new PyroDecoder(LIMITS);
  try {
    decoder.push(input);
  } catch (error) {
    expect(error).toBeInstanceOf(RefusedFrame);
  }
}

it("any bytes at all end in messages or a refusal", () => {
  fc.assert(fc.property(bytes(200), survives), RUNS);
});

it("so do good messages with any of their bytes changed", () => {
  const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(message, changes, ({ payload, compressed, ...head }, changed) => {
      const out = new ByteWriter();
      encodeMessage(out, head, (w) => w.bytes(payload), {
        maxMessageBytes: 1e6,
        deflate: compressed ? deflate : undefined,
      });
      const damaged = out.take();
      for (const [at, value] of changed) if (at < damaged.byteLength) damaged[at] = value;
      survives(damaged);
    }),
    RUNS,
  );
});
