import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteQueue } from "../../src/bytes/queue.ts";

type Step =
  | { readonly do: "push"; readonly bytes: Uint8Array }
  | { readonly do: "keep" }
  | { readonly do: "take" | "peek" | "skip"; readonly part: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("push" as const),
    bytes: fc.uint8Array({ maxLength: 12 }),
  }),
  fc.record({ do: fc.constant("keep" as const) }),
  fc.record({
    do: fc.constantFrom("take" as const, "peek" as const, "skip" as const),
    /** Of what is there: 0 is nothing, 1 is all. */
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

it("a queue of bytes does what one long array would, in whatever pieces bytes come and go", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new ByteQueue();
      let model: number[] = [];
      const given: { readonly bytes: Uint8Array; readonly expected: number[] }[] = [];
      let lent: Uint8Array | undefined;
      const useAgain = () => lent?.fill(0xff);
      for (const next of steps) {
        if (next.do === "push") {
          const chunk = Uint8Array.from(next.bytes);
          queue.push(chunk);
          useAgain();
          lent = chunk;
          model.push(...next.bytes);
        } else if (next.do === "keep") {
          queue.keep();
          useAgain();
        } else {
          const count = Math.round(next.part * model.length);
          if (next.do === "skip") queue.skip(count);
          else given.push({ bytes: queue[next.do](count), expected: model.slice(0, count) });
          if (next.do !== "peek") model = model.slice(count);
        }
        expect(queue.byteLength).toBe(model.length);
      }
      given.push({ bytes: queue.take(model.length), expected: model });
      useAgain();
      for (const { bytes, expected } of given) expect([...bytes]).toEqual(expected);
    }),
    { numRuns: 10_000 },
  );
});

it("gives the same pieces whether they were expected or not, in whatever chunks they come", () => {
  const length = fc.integer({ min: 0, max: 60_000 });
  fc.assert(
    fc.property(fc.array(length, { maxLength: 4 }), fc.array(length), (pieces, chunks) => {
      const bytes = Uint8Array.from(
        { length: pieces.reduce((sum, count) => sum + count, 0) },
        (_, i) => (i * 7 + (i >>> 8)) & 0xff,
      );
      const queue = new ByteQueue();
      const given: Uint8Array[] = [];
      let [at, piece] = [0, 0];
      while (piece < pieces.length) {
        const wanted = pieces[piece] as number;
        if (queue.byteLength >= wanted) {
          given.push(queue.take(wanted));
          piece += 1;
          continue;
        }
        queue.expect(wanted);
        const count = Math.max(1, chunks.shift() ?? 1000);
        queue.push(bytes.subarray(at, at + count));
        at += count;
      }
      expect(Buffer.concat(given).equals(bytes)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
