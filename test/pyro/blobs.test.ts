import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { batch, connect, Daemon, expose, kwargs, SerializedBlob, tuple } from "../../src/index.ts";
import { BlobCall, type BlobReceiver, readBlobCall } from "../../src/pyro/blob.ts";
import { Flag, MessageType, type PyroMessage } from "../../src/pyro/header.ts";
import {
  marshal,
  msgpack,
  msgpackRich,
  type Serializer,
  serpent,
} from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { encoded, failure } from "../support/codec.ts";

class Taker {
  take(blob: SerializedBlob) {
    return [blob.info, blob.deserialized()];
  }
  two(blob: SerializedBlob, _other: number) {
    return blob.info;
  }
}
expose(Taker, { take: true, two: true });

async function taker() {
  const daemon = new Daemon();
  daemon.register("taker", new Taker());
  await daemon.listen("pyro://127.0.0.1:0");
  const proxy = await connect<Taker>(daemon.uriFor("taker"));
  return { proxy, [Symbol.asyncDispose]: () => daemon.close() };
}

describe("a blob as the only argument", () => {
  it("arrives with its info and its data, whatever the data is", async () => {
    await using served = await taker();
    for (const data of [[1, 2], tuple<unknown>(1, "a"), { x: 1 }, "text", null, new Set([1])]) {
      expect(await served.proxy.take(new SerializedBlob("info", data))).toEqual(["info", data]);
    }
  });

  it("is refused anywhere else, and the connection stays", async () => {
    await using served = await taker();
    const { proxy } = served;
    const blob = new SerializedBlob("info", [1]);
    const refusal = /an instance of SerializedBlob cannot be sent; pass it as the only argument/;
    await expect(proxy.two(blob, 1)).rejects.toThrow(refusal);
    await expect(proxy.take([blob] as never)).rejects.toThrow(/^args\[0\]\[0\]: /);
    await expect(proxy.take(kwargs({ blob }) as never)).rejects.toThrow(refusal);
    await expect(batch(proxy, (calls) => [calls.take(blob)])).rejects.toThrow(refusal);
    expect(await proxy.take(blob)).toEqual(["info", [1]]);
  });

  it("says where its data cannot be sent", async () => {
    await using served = await taker();
    const cause = Symbol.iterator;
    await expect(served.proxy.take(new SerializedBlob("i", [{ cause }]))).rejects.toThrow(
      /^blob\[0\]\.cause: a symbol cannot be sent/,
    );
    await expect(served.proxy.take(new SerializedBlob({ cause }, []))).rejects.toThrow(
      /^blob\.info\.cause: a symbol cannot be sent/,
    );
  });
});

const NOTE = encoded(marshal, tuple<unknown>("topic", "obj", "take"));

function arriving(payload: Uint8Array, serializer: Serializer, notes: Uint8Array[] = [NOTE]) {
  const message: PyroMessage = {
    generation: 5,
    type: MessageType.Invoke,
    flags: Flag.KeepSerialized,
    seq: 1,
    serializerId: 1,
    payload,
    annotations: new Map(notes.map((note) => ["BLBI", note])),
    correlationId: undefined,
    bunsen: false,
  };
  return readBlobCall(message, serializer, PLAIN_HOOKS);
}

const blobIn = (payload: Uint8Array, serializer: Serializer) =>
  arriving(payload, serializer).args[0] as SerializedBlob;

describe("a blob that arrives", () => {
  it("is for the object and member of its annotation, not of its payload", () => {
    const stale = encoded(serpent, tuple<unknown>("other", "old", [1], {}));
    expect(arriving(stale, serpent)).toMatchObject({ object: "obj", member: "take", kwargs: null });
  });

  it("is not read before the method asks for its data", () => {
    const blob = blobIn(Buffer.from("no serpent at all {{{"), serpent);
    expect(blob.info).toBe("topic");
    expect(failure(() => blob.deserialized())[0]).toBe("ERR_BAD_PAYLOAD");
  });

  it("has no data where its payload is no call", () => {
    const blob = blobIn(encoded(serpent, [1, 2]), serpent);
    expect(failure(() => blob.deserialized())[0]).toBe("ERR_BAD_CALL");
  });

  it.each([
    ["no annotation", []],
    ["an annotation of another shape", [encoded(marshal, tuple<unknown>("topic", "obj"))]],
    [
      "an annotation that names no object",
      [encoded(marshal, tuple<unknown>("topic", null, "take"))],
    ],
  ])("is refused with %s", (_, notes) => {
    const payload = encoded(serpent, tuple<unknown>("obj", "take", [], {}));
    expect(failure(() => arriving(payload, serpent, notes))[0]).toBe("ERR_BAD_CALL");
  });

  it("does not keep the large buffer alive that it was a small part of", () => {
    const large = new Uint8Array(10_000);
    const payload = encoded(serpent, tuple<unknown>("obj", "take", [1], {}));
    large.set(payload, 100);
    const blob = blobIn(large.subarray(100, 100 + payload.length), serpent);
    large.fill(0);
    expect(blob.deserialized()).toEqual([1]);
  });
});

describe("a blob that is passed on", () => {
  const sent = (blob: SerializedBlob, receiver: BlobReceiver) => {
    const request = {
      member: "next",
      kind: "call",
      args: [blob],
      kwargs: null,
      options: {},
    } as const;
    const call = BlobCall.of(request, "other") as BlobCall;
    const out = new ByteWriter();
    call.writePayload(out, receiver);
    const note = call.annotations(undefined, receiver).get("BLBI") as Uint8Array;
    return {
      payload: out.take(),
      id: call.serializerId(receiver),
      note: marshal.decode(note, PLAIN_HOOKS),
    };
  };
  const python5 = {
    generation: 5,
    bunsen: false,
    serializer: serpent,
    hooks: PLAIN_HOOKS,
  } as const;

  it("is the same bytes in the same serializer, for another object and member", () => {
    // Not as we would write it.
    const payload = Buffer.from("# comment\n('obj' , 'take', [1,  2], {})");
    const { note, ...message } = sent(blobIn(payload, serpent), {
      ...python5,
      serializer: msgpack,
    });
    expect(message).toEqual({ payload, id: 1 });
    expect(note).toEqual(tuple<unknown>("topic", "other", "next"));
  });

  it("has the serializer's number of the generation that it goes to", () => {
    const blob = blobIn(encoded(msgpack, ["obj", "take", [1], {}]), msgpack);
    expect(sent(blob, python5).id).toBe(4);
    expect(sent(blob, { ...python5, generation: 4 }).id).toBe(6);
  });

  it("is written anew for a Python peer if it holds what only Bunsen peers read", () => {
    const data = [new Set([1]), new Map([[1, 2]])];
    const rich = encoded(msgpackRich, ["obj", "take", data, {}]);
    const blob = blobIn(rich, msgpackRich);
    expect(sent(blob, { ...python5, bunsen: true }).payload).toEqual(rich);
    const plain = encoded(msgpack, ["other", "next", data, {}]);
    expect(sent(blob, python5)).toMatchObject({ payload: plain, id: 4 });
  });
});
