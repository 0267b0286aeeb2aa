import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, Daemon, expose, type Remote, SerializedBlob } from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const PEER = new URL("peers/blobs.py", import.meta.url);
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];
const DATA = [1, "two", { three: [4.5, null] }];

/** What the Python taker, and ours, make of a blob: its info, and its data as JSON. */
interface Taker {
  take(blob: SerializedBlob): [info: unknown, data: string];
}

class JsonTaker implements Taker {
  take(blob: SerializedBlob): [unknown, string] {
    return [blob.info, JSON.stringify(blob.deserialized())];
  }
  add(a: number, b: number) {
    return a + b;
  }
}
expose(JsonTaker, { take: true, add: true });

/** Passes on what it gets, and looks at nothing but the info. */
class Broker {
  readonly #taker: Remote<Taker>;
  constructor(taker: Remote<Taker>) {
    this.#taker = taker;
  }
  take(blob: SerializedBlob) {
    return this.#taker.take(blob);
  }
  add(a: number, b: number) {
    return a + b;
  }
}
expose(Broker, { take: true, add: true });

describeWithPython.each([[5], [4]] as const)("blobs and Pyro%i", (generation) => {
  let python: PythonPeer;
  let uri: string;
  let daemon: Daemon;

  beforeAll(async () => {
    python = await spawnPython(PEER, [`${generation}`, "serve"], { ready: /READY/ });
    uri = python.lines[0] as string;
    daemon = new Daemon();
    daemon.register("taker", new JsonTaker());
    daemon.register("broker", new Broker(await connect<Taker>(uri)));
    await daemon.listen("pyro://127.0.0.1:0");
  });
  afterAll(async () => {
    await daemon.close();
    await python[Symbol.asyncDispose]();
  });

  const send = async (to: string, serializer: SerializerName) =>
    JSON.parse(await runPython(PEER, [`${generation}`, "send", daemon.uriFor(to), serializer]));

  it.each(SERIALIZERS)("arrive from Python in %s", async (serializer) => {
    expect(await send("taker", serializer)).toEqual([["from Python", JSON.stringify(DATA)], 3]);
  });

  it.each(SERIALIZERS)("are read by Python in %s", async (serializer) => {
    await using taker = await connect<Taker>(uri, { serializer });
    const [info, data] = await taker.take(new SerializedBlob({ topic: "a" }, DATA));
    expect([info, JSON.parse(data)]).toEqual([{ topic: "a" }, DATA]);
  });

  it.each(SERIALIZERS)("are passed on from Python to Python in %s", async (serializer) => {
    const [[info, data]] = await send("broker", serializer);
    expect([info, JSON.parse(data)]).toEqual(["from Python", DATA]);
  });

  it("are passed on from a Bunsen caller to Python", async () => {
    await using broker = await connect<Taker>(daemon.uriFor("broker"));
    const [info, data] = await broker.take(new SerializedBlob("from Bunsen", DATA));
    expect([info, JSON.parse(data)]).toEqual(["from Bunsen", DATA]);
  });
});
