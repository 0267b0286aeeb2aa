import fc from "fast-check";
import { expect, it } from "vitest";
import { ProtocolError, SerializeError } from "../../src/errors.ts";
import { SILENT } from "../../src/index.ts";
import { Dispatcher } from "../../src/objects/dispatcher.ts";
import { Registry } from "../../src/objects/registry.ts";
import { Answering } from "../../src/proximity/answering.ts";
import { describePublished, publish } from "../../src/proximity/interface.ts";
import { answerFrom, requestFrom, wrapException } from "../../src/proximity/messages.ts";
import {
  decodePayload,
  type Encoding,
  encodePayload,
  encodingOf,
} from "../../src/proximity/payload.ts";
import { classes } from "../../src/values/classes.ts";
import { fromHex, vectors } from "../support/vectors.ts";

const ENCODINGS: readonly Encoding[] = ["msgpack", "json"];
const form = (encoding: Encoding) => ({ encoding, classes, binary: false });

/** What was recorded, with some of its bytes changed, dropped or doubled. */
const recorded = vectors("pyproximity").flatMap(({ frames }) =>
  (frames as string[]).map((frame) => fromHex(frame)),
);
const spoiled = fc
  .tuple(
    fc.constantFrom(...recorded),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))),
    fc.nat(),
  )
  .map(([bytes, changes, cut]) => {
    const copy = Uint8Array.from(bytes);
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return cut % 3 === 0 ? copy.subarray(0, cut % (copy.length + 1)) : copy;
  });
const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), spoiled, fc.json().map(Buffer.from));

const serving = () => {
  const registry = new Registry();
  registry.register(
    "maths",
    { add_two: (x: number, y: number) => x + y, scale: 2 },
    { expose: /./ },
  );
  const counters = { calls: 0, errors: 0 };
  const dispatcher = new Dispatcher(registry);
  return { dispatcher, logger: SILENT, counters, classes, offers: () => true };
};

it("whatever bytes come, a payload is a value or one of two errors", () => {
  fc.assert(
    fc.property(anything, fc.constantFrom(...ENCODINGS), (bytes, encoding) => {
      try {
        const value = decodePayload(bytes, { encoding, classes });
        requestFrom(value);
      } catch (error) {
        const isOurs = error instanceof SerializeError || error instanceof ProtocolError;
        if (!isOurs) throw error;
      }
    }),
    { numRuns: 10_000 },
  );
});

it("whatever a server answers, a caller has a value or an error, and a list or none", () => {
  const request = { name: "maths", proc: "add_two", args: [], kwargs: {} };
  fc.assert(
    fc.property(
      fc.oneof(anything, fc.anything().map(asPayload)),
      fc.constantFrom(...ENCODINGS),
      (bytes, encoding) => {
        let value: unknown;
        try {
          value = decodePayload(bytes, { encoding, classes });
        } catch {
          return;
        }
        expect(["result", "error"]).toContain(answerFrom(value, request, "maths").kind);
        const description = describePublished(value);
        if (description) publish(description);
      },
    ),
    { numRuns: 10_000 },
  );
});

it("whatever a client sends, it is answered with something that it can read", async () => {
  const answering = new Answering(serving(), {
    maxRunning: 4,
    binary: false,
    result: (value) => value,
    exception: (exception) => wrapException(exception, "map"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 3 }), async (frames) => {
      const answer = await new Promise<Uint8Array>((resolve) =>
        answering.add("caller", frames, resolve, true),
      );
      const encoding = encodingOf(frames[0] ?? new Uint8Array(0));
      decodePayload(answer, { encoding, classes });
    }),
    { numRuns: 10_000 },
  );
  answering.close();
});

it("a caller that floods is told so, and others are served", async () => {
  const registry = new Registry();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  registry.register("gate", { wait: () => opened }, { expose: /./ });
  const answering = new Answering(
    { ...serving(), dispatcher: new Dispatcher(registry) },
    {
      maxRunning: 2,
      binary: false,
      result: (value) => value,
      exception: (exception) => wrapException(exception, "map"),
    },
  );
  const request = encodePayload(
    { name: "gate", proc: "wait", args: [], kwargs: {} },
    form("msgpack"),
  );
  const answers: unknown[] = [];
  const read = (bytes: Uint8Array) => answers.push(decodePayload(bytes, form("msgpack")));
  for (let i = 0; i < 1003; i++) answering.add("flood", [request], read, false);
  expect(answers).toEqual([
    { EXCEPTION: ["RuntimeError", expect.stringContaining("try again later"), expect.anything()] },
  ]);
  open();
  await expect.poll(() => answers.length).toBe(1003);
  expect(answers.slice(1).every((answer) => answer === null)).toBe(true);
  answering.close();
});

function asPayload(value: unknown): Uint8Array {
  try {
    return encodePayload(value, form("msgpack"));
  } catch {
    return new Uint8Array(0);
  }
}
