import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Annotations,
  callContext,
  connect,
  Daemon,
  expose,
  MessageTooLargeError,
  type Remote,
  withOptions,
} from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const PEER = new URL("peers/large.py", import.meta.url);
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];

/** As in peers/large.py. */
const piece = (i: number, size = 50_000) =>
  Uint8Array.from({ length: size }, (_, k) => (i + k) % 251);

/** What peers/large.py serves, and ours. */
class Files {
  async *annotation_stream(count: number): AsyncGenerator<[number, number]> {
    for (let i = 0; i < count; i++) {
      const chunk = piece(i);
      callContext().responseAnnotations.set("FDAT", chunk);
      yield [i, crc32(chunk)];
    }
  }
  annotation(size: number) {
    callContext().responseAnnotations.set("FDAT", new Uint8Array(size).fill(120));
    return size;
  }
  received() {
    const data = callContext().annotations.get("FDAT") ?? new Uint8Array();
    return [data.byteLength, crc32(data)];
  }
  *chunks(count: number, size: number) {
    for (let i = 0; i < count; i++) yield new Uint8Array(size);
  }
  size_of(data: Uint8Array) {
    return data.byteLength;
  }
  bytes(size: number) {
    return new Uint8Array(size);
  }
}
expose(Files, {
  annotation_stream: true,
  annotation: true,
  received: true,
  chunks: true,
  size_of: true,
  bytes: true,
});

/** Takes an annotation stream, and checks each piece. */
async function takePieces(files: Remote<Files>): Promise<unknown[]> {
  let chunk: Uint8Array | undefined;
  const onAnnotations = (annotations: Annotations) => {
    chunk = annotations.get("FDAT");
  };
  const taken: unknown[] = [];
  for await (const [i, crc] of withOptions(files, { onAnnotations }).annotation_stream(4)) {
    taken.push([
      i,
      crc32(chunk as Uint8Array) === crc,
      Buffer.compare(chunk as Uint8Array, piece(i)),
    ]);
  }
  return taken;
}

const TAKEN = [0, 1, 2, 3].map((i) => [i, true, 0]);

const daemon = new Daemon();
const small = new Daemon();
beforeAll(async () => {
  for (const each of [daemon, small]) {
    each.register("files", new Files());
    await each.listen("pyro://127.0.0.1:0", each === small ? { maxMessageBytes: 100_000 } : {});
  }
});
afterAll(async () => {
  await daemon.close();
  await small.close();
});

describeWithPython.each([[5], [4]] as const)("large data and Pyro%i", (generation) => {
  let peer: PythonPeer;
  beforeAll(async () => {
    peer = await spawnPython(PEER, [`${generation}`, "serve"], { ready: /READY/ });
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  const uri = () => peer.lines[0] as string;
  const run = async (task: string, serializer: SerializerName, at = daemon) =>
    JSON.parse(await runPython(PEER, [`${generation}`, task, at.uriFor("files"), serializer]));

  it.each(SERIALIZERS)(
    "annotations carry the data of a Python stream, in %s",
    async (serializer) => {
      await using files = await connect<Files>(uri(), { serializer });
      expect(await takePieces(files)).toEqual(TAKEN);
    },
  );

  it.each(SERIALIZERS)(
    "annotations carry the data of a stream to Python, in %s",
    async (serializer) => {
      const taken = [0, 1, 2, 3].map((i) => [i, true, true]);
      expect(await run("annotation_stream", serializer)).toEqual(taken);
    },
  );

  it("more than 2 GiB stream both ways", async () => {
    const [count, size] = [2049, 1024 * 1024];
    await using files = await connect<Files>(uri(), { serializer: "marshal" });
    let length = 0;
    for await (const { byteLength } of files.chunks(count, size)) length += byteLength;
    expect(length).toBeGreaterThan(2 ** 31);
    const args = [`${generation}`, "chunks", daemon.uriFor("files"), "marshal"];
    const seen = await runPython(PEER, [...args, `${count}`, `${size}`], { timeoutMs: 60_000 });
    expect(JSON.parse(seen)).toBe(count * size);
  }, 60_000);

  it("annotations pass an adopted object, those of its streams too", async () => {
    await using gateway = new Daemon();
    gateway.register("files", await connect<Files>(uri()));
    await gateway.listen("pyro://127.0.0.1:0");
    expect(await run("annotation_stream", "serpent", gateway)).toHaveLength(4);
    expect(await run("annotation", "serpent", gateway)).toHaveLength(2);
    await using files = await connect<Files>(gateway.uriFor("files"));
    expect(await takePieces(files)).toEqual(TAKEN);
  });

  it("annotations carry data beside a request and a result", async () => {
    const [received, sent] = await run("annotation", "serpent");
    expect(received).toEqual(sent);
    await using files = await connect<Files>(uri());
    let answered: Uint8Array | undefined;
    const annotated = withOptions(files, {
      annotations: new Map([["FDAT", piece(7)]]),
      onAnnotations: (annotations) => {
        answered = annotations.get("FDAT");
      },
    });
    expect(await annotated.received()).toEqual([50_000, crc32(piece(7))]);
    expect(await annotated.annotation(60_000)).toBe(60_000);
    expect(answered).toEqual(new Uint8Array(60_000).fill(120));
  });

  // Python's own json has no bytes.
  it.each(["serpent", "marshal", "msgpack"] as const)(
    "bytes stream both ways in %s",
    async (serializer) => {
      await using files = await connect<Files>(uri(), { serializer });
      let total = 0;
      for await (const chunk of files.chunks(40, 100_000)) total += chunk.byteLength;
      expect(total).toBe(4_000_000);
      expect(await files.size_of(new Uint8Array(3_000_000))).toBe(3_000_000);
      expect(await files.bytes(3_000_000)).toEqual(new Uint8Array(3_000_000).fill(122));
      expect(await run("chunks", serializer)).toBe(4_000_000);
    },
  );

  it("bytes reach Python in json as the dict that serpent.tobytes reads, and stream so", async () => {
    await using files = await connect<Files>(uri(), { serializer: "json" });
    expect(await files.size_of(new Uint8Array(3_000_000))).toBe(3_000_000);
    expect(await run("chunks", "json")).toBe(4_000_000);
  });

  it("what is over the limit is refused before it is sent, and the connection goes on", async () => {
    await using files = await connect<Files>(uri(), {
      serializer: "marshal",
      maxMessageBytes: 100_000,
    });
    const refused = files.size_of(new Uint8Array(100_000));
    await expect(refused).rejects.toThrow(MessageTooLargeError);
    await expect(refused).rejects.toThrow(
      /^a message of (at least )?100\d\d\d bytes is over maxMessageBytes \(100000\); raise it at both ends, or send the data as a stream$/,
    );
    expect(await files.size_of(new Uint8Array(90_000))).toBe(90_000);
  });

  it("a result over the limit is an error for Python, and the connection goes on", async () => {
    const [type, text, next] = await run("too_large", "marshal", small);
    expect([type, next]).toEqual(["MessageTooLargeError", 3]);
    expect(text).toMatch(
      /^a message of (at least )?200\d\d\d bytes is over maxMessageBytes \(100000\)/,
    );
  });
});

it("annotations carry the data of a stream between two Bunsen peers", async () => {
  await using files = await connect<Files>(daemon.uriFor("files"));
  expect(await takePieces(files)).toEqual(TAKEN);
});

it("what is over the limit is refused by a Bunsen peer before it is sent, and the connection goes on", async () => {
  await using files = await connect<Files>(small.uriFor("files"), { maxMessageBytes: 100_000 });
  for (const refused of [
    () => files.size_of(new Uint8Array(100_000)),
    () => files.bytes(100_000),
  ]) {
    await expect(refused()).rejects.toThrow(MessageTooLargeError);
  }
  const stream = files.chunks(3, 100_000)[Symbol.asyncIterator]();
  await expect(stream.next()).rejects.toThrow(MessageTooLargeError);
  expect(await files.size_of(new Uint8Array(99_000))).toBe(99_000);
});
