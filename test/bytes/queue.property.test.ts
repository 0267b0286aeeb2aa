import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteQueue } from "../../src/bytes/queue.ts";

type Step =
  | { readonly do: "push"; readonly bytes: Uint8Array }
  | { readonly do: "take" | "peek" | "skip"; readonly part: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("push" as const),
    bytes: fc.uint8Array({ maxLength: 12 }),
  }),
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
      for (const next of steps) {
        if (next.do === "push") {
          queue.push(next.bytes);
          model.push(...next.bytes);
        } else {
          const count = Math.round(next.part * model.length);
          if (next.do === "skip") queue.skip(count);
          else expect([...queue[next.do](count)]).toEqual(model.slice(0, count));
          if (next.do !== "peek") model = model.slice(count);
        }
        expect(queue.byteLength).toBe(model.length);
      }
      expect([...queue.take(model.length)]).toEqual(model);
    }),
    { numRuns: 10_000 },
  );
});
