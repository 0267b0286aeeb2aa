import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import { serializerName } from "../../src/pyro/header.ts";
import { serializerNamed } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { type RecordedMessage, recordBunsen, spokenByBunsen } from "../support/bunsen-recording.ts";
import { checkLeaks } from "../support/leaks.ts";
import { fromHex, toHex, vectors } from "../support/vectors.ts";

checkLeaks();

const LIMITS = { maxMessageBytes: 1e6, maxAnnotationsBytes: 1e6 };
const recorded = vectors("bunsen") as unknown as RecordedMessage[];

const decoded = (hex: string) => {
  const [message] = new PyroDecoder({ ...LIMITS, inflate: (bytes) => bytes }).push(fromHex(hex));
  if (message === undefined) throw new Error("no whole message");
  return message;
};

describe("messages between Bunsen peers", () => {
  it.each(recorded.map((entry) => [entry.name, entry] as const))("%s", (_, entry) => {
    const message = decoded(entry.hex);
    const { generation, type, flags, seq, serializerId, annotations, payload, bunsen } = message;
    expect(message).toMatchObject({
      bunsen: true,
      generation: 5,
      flags: entry.header["flags"],
      seq: entry.header["seq"],
    });

    // Written again from what was read, both the frame and the value in it: the same bytes.
    const name = serializerName(5, serializerId);
    const writePayload = (out: ByteWriter) => {
      if (entry.payload.form === "raw" || name === undefined) return out.bytes(payload);
      const serializer = serializerNamed(name, spokenByBunsen(message));
      serializer.encode(serializer.decode(payload, PLAIN_HOOKS), out, PLAIN_HOOKS);
    };
    const head = { generation, type, flags, seq, serializerId, annotations, bunsen };
    const out = new ByteWriter();
    encodeMessage(out, head, writePayload, LIMITS);
    expect(toHex(out.take())).toBe(entry.hex);
  });

  it("are today as they were recorded; node test/vectors/record-bunsen.ts records them anew", async () => {
    expect(await recordBunsen()).toEqual(recorded);
  });
});
