import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { inflate } from "../../src/pyro/compression.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import {
  Flag,
  type Generation,
  MessageType,
  type PyroMessage,
  RefusedFrame,
} from "../../src/pyro/header.ts";
import { fromHex, toHex, type Vector, vectors } from "../support/vectors.ts";

const LIMITS = { maxMessageBytes: 16 * 1024 * 1024, maxAnnotationsBytes: 1024 * 1024, inflate };
const decode = (bytes: Uint8Array, limits = LIMITS) => new PyroDecoder(limits).push(bytes);

const TYPES: Record<string, number> = {
  CONNECT: MessageType.Connect,
  CONNECTOK: MessageType.ConnectOk,
  CONNECTFAIL: MessageType.ConnectFail,
  INVOKE: MessageType.Invoke,
  RESULT: MessageType.Result,
  PING: MessageType.Ping,
};

/** Deliberately broken requests are in groups of their own; what becomes of them is in refusals.test.ts. */
const wellFormed = (vector: Vector) =>
  vector["header"] !== undefined &&
  vector["transport"] !== "udp" &&
  !vector["annotationsMalformed"] &&
  TYPES[vector["header"].type] !== undefined &&
  !(vector.name.startsWith("protocol-error") && vector["direction"] === "client-to-server");

describe.each([
  [5, "pyro5"],
  [4, "pyro4"],
] as const)("messages of Pyro%i", (generation: Generation, file) => {
  const messages = vectors(file).filter(wellFormed);

  it("are there", () => {
    expect(messages.length).toBeGreaterThan(500);
  });

  it.each(messages.map((vector) => [vector.name, vector] as const))("decodes %s", (_, vector) => {
    const { header, annotations } = vector;
    const [message, ...rest] = decode(fromHex(vector.hex)) as [PyroMessage];
    expect(rest).toEqual([]);
    expect(message).toMatchObject({
      generation,
      type: TYPES[header.type],
      seq: header.seq,
      serializerId: header.serializer,
      bunsen: false,
    });
    const decoded = Object.fromEntries(
      [...(message.annotations ?? [])].map(([id, data]) => [id, toHex(data)]),
    );
    expect(decoded).toEqual(annotations);
    if (generation === 5 && header.flags & 0x40) {
      expect(toHex(message.correlationId as Uint8Array)).toBe(header.correlationId);
    }
    if (vector["compressed"] && vector["decompressedHex"]) {
      expect(toHex(message.payload)).toBe(vector["decompressedHex"]);
    }
  });

  // Compression may differ from one zlib to the next; what is compressed is compared above.
  it.each(
    messages
      .filter((vector) => !vector["compressed"])
      .map((vector) => [vector.name, vector] as const),
  )("encodes %s to the same bytes", (_, vector) => {
    const [message] = decode(fromHex(vector.hex)) as [PyroMessage];
    const out = new ByteWriter();
    const annotations = new Map(message.annotations);
    // Our encoder writes CORR from its own field, in front; Pyro4 wherever its dict had it.
    const corrFirst = generation === 4 && [...annotations.keys()][0] === "CORR";
    if (corrFirst) annotations.delete("CORR");
    const correlationId = generation === 5 || corrFirst ? message.correlationId : undefined;
    const head = { ...message, annotations, correlationId };
    encodeMessage(out, head, (w) => w.bytes(message.payload), { maxMessageBytes: 2 ** 31 });
    expect(toHex(out.view())).toBe(vector.hex);
  });

  it("are read byte by byte, and several at once", () => {
    const some = messages.filter((vector) => vector.hex.length < 2000).slice(0, 60);
    const all = fromHex(some.map((vector) => vector.hex).join(""));
    const bytewise = new PyroDecoder(LIMITS);
    const one = [...all].flatMap((byte) => bytewise.push(Uint8Array.of(byte)));
    const plain = (message: PyroMessage) => ({ ...message, payload: toHex(message.payload) });
    expect(one.map(plain)).toEqual(decode(all).map(plain));
    expect(one).toHaveLength(some.length);
    expect(bytewise.midMessage).toBe(false);
  });
});

const CONNECT_5 = fromHex(
  (vectors("pyro5").find((v) => v.name === "serpent/handshake/0-request-connect") as Vector).hex,
);
const CONNECT_4 = fromHex(
  (vectors("pyro4").find((v) => v.name === "serpent/handshake/0-request-connect") as Vector).hex,
);

function refusalOf(bytes: Uint8Array, limits = LIMITS): RefusedFrame {
  try {
    decode(bytes, limits);
  } catch (error) {
    if (error instanceof RefusedFrame) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("what no peer may send", () => {
  it.each([
    ["a wrong tag", 0, 0x58, "ERR_PYRO_TAG", "invalid data"],
    ["protocol version 501", 5, 0xf5, "ERR_PYRO_VERSION", "invalid protocol version: 501"],
    ["another magic", 39, 0, "ERR_PYRO_MAGIC", "invalid message or protocol version"],
    ["an unknown message type", 6, 9, "ERR_PYRO_TYPE", "invalid msg type 9 received"],
    [
      "a body over the limit, before it arrives",
      12,
      0xff,
      "ERR_MESSAGE_TOO_LARGE",
      expect.any(String),
    ],
    [
      "annotations over the limit, before they arrive",
      17,
      0xff,
      "ERR_ANNOTATIONS",
      expect.any(String),
    ],
  ])("is refused: %s", (_, offset, value, code, reply) => {
    const bytes = Uint8Array.from(CONNECT_5).with(offset, value).subarray(0, 40);
    const limits = { ...LIMITS, maxMessageBytes: 2 ** 31 };
    expect(refusalOf(bytes, offset === 12 ? LIMITS : limits)).toMatchObject({
      code,
      reply,
      generation: 5,
    });
  });

  it("is refused in Pyro4's shape when it comes in Pyro4's: a wrong checksum, protocol version 47", () => {
    expect(refusalOf(CONNECT_4.with(23, 0))).toMatchObject({
      code: "ERR_PYRO_CHECKSUM",
      generation: 4,
      reply: "header checksum mismatch",
    });
    expect(refusalOf(CONNECT_4.with(5, 47))).toMatchObject({
      code: "ERR_PYRO_VERSION",
      generation: 4,
    });
  });

  it("is refused with what it is: another protocol's first bytes", () => {
    expect(refusalOf(new TextEncoder().encode("GET / HTTP/1.1\r\n"))).toMatchObject({
      code: "ERR_PYRO_TAG",
      message: expect.stringContaining('"GET / "'),
    });
  });

  it("does not keep the good messages before it from being read", () => {
    const decoder = new PyroDecoder(LIMITS);
    const messages = decoder.push(Buffer.concat([CONNECT_5, new TextEncoder().encode("garbage")]));
    expect(messages).toHaveLength(1);
    expect(decoder.refused).toMatchObject({ code: "ERR_PYRO_TAG" });
  });

  it("is refused at one byte over the limit, and taken at the limit", () => {
    const body = CONNECT_5.byteLength - 40;
    expect(decode(CONNECT_5, { ...LIMITS, maxMessageBytes: body })).toHaveLength(1);
    expect(refusalOf(CONNECT_5, { ...LIMITS, maxMessageBytes: body - 1 })).toMatchObject({
      code: "ERR_MESSAGE_TOO_LARGE",
      reply: `message too large (${body}, max=${body - 1})`,
    });
  });

  it("is refused: a small message that inflates beyond the limit", () => {
    const bomb = Buffer.alloc(1024 * 1024);
    const out = new ByteWriter();
    encodeMessage(
      out,
      { generation: 5, type: MessageType.Invoke, flags: 0, seq: 1, serializerId: 1 },
      (w) => w.bytes(bomb),
      { maxMessageBytes: 2 ** 31, deflate: (bytes) => deflateSync(bytes) },
    );
    expect(out.length).toBeLessThan(5000);
    expect(refusalOf(out.view(), { ...LIMITS, maxMessageBytes: 1024 * 1024 - 1 })).toMatchObject({
      code: "ERR_COMPRESSED",
    });
    expect(decode(out.view())[0]?.flags).toBe(Flag.Compressed);
  });

  it("is refused: an annotation that runs past its area", () => {
    const malformed = vectors("pyro5").filter((vector) => vector["annotationsMalformed"]);
    expect(malformed.length).toBeGreaterThan(0);
    for (const vector of malformed) {
      expect(refusalOf(fromHex(vector.hex))).toMatchObject({ code: "ERR_ANNOTATIONS" });
    }
  });
});

describe("what we do not send", () => {
  const head = {
    generation: 5,
    type: MessageType.Invoke,
    flags: 0,
    seq: 1,
    serializerId: 1,
  } as const;
  const encode = (options: object, payload = new Uint8Array(10)) => {
    const out = new ByteWriter();
    out.u8(1);
    const attempt = () =>
      encodeMessage(out, { ...head, ...options } as never, (w) => w.bytes(payload), {
        maxMessageBytes: 20,
      });
    return { out, attempt };
  };

  it("is refused before anything is written: a message over the limit, an annotation id of another length", () => {
    for (const [options, payload, code] of [
      [{}, new Uint8Array(21), "ERR_MESSAGE_TOO_LARGE"],
      [
        { annotations: new Map([["ABC", new Uint8Array(1)]]) },
        new Uint8Array(1),
        "ERR_ANNOTATION_ID",
      ],
      [
        { annotations: new Map([["ABCÄ", new Uint8Array(1)]]) },
        new Uint8Array(1),
        "ERR_ANNOTATION_ID",
      ],
      [
        { generation: 4, annotations: new Map([["ABCD", new Uint8Array(70_000)]]) },
        new Uint8Array(1),
        "ERR_ANNOTATIONS",
      ],
    ] as const) {
      const { out, attempt } = encode(options, payload);
      expect(attempt).toThrow(expect.objectContaining({ code }));
      expect(out.length).toBe(1);
    }
  });
});
