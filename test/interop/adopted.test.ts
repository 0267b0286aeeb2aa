import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assign,
  batchSettled,
  connect,
  Daemon,
  describe as describeRemote,
  expose,
  type Remote,
  RemoteValueError,
  SILENT,
  signatureOf,
  withOptions,
} from "../../src/index.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const SERVER = new URL("peers/server.py", import.meta.url);

/** The part of peers/server.py that is called here. */
interface Thing {
  value: number;
  readonly readonly: string;
  add(a: number, b?: number): number;
  argsback(...args: unknown[]): unknown;
  fail(kind: string): void;
  gen(n: number): AsyncGenerator<number>;
  badgen(): AsyncGenerator<number>;
  annotations(): [string[], Record<string, string>];
  correlation(): string;
}

describeWithPython.each([[5], [4]] as const)(
  "a Python Pyro%i object that our daemon adopted",
  (generation) => {
    let peer: PythonPeer;
    let daemon: Daemon;
    let original: Remote<Thing>;
    let uri: string;

    beforeAll(async () => {
      peer = await spawnPython(SERVER, [`${generation}`], { ready: /READY/ });
      original = await connect<Thing>(peer.lines[0] as string);
      daemon = new Daemon({ logger: SILENT });
      daemon.register("adopted", original);
      await daemon.listen("pyro://localhost:0");
      uri = daemon.uriFor("adopted");
    });
    afterAll(async () => {
      await daemon.close();
      await original[Symbol.asyncDispose]();
      await peer[Symbol.asyncDispose]();
    });

    it("answers Bunsen as it would itself: calls, attributes, streams, batches", async () => {
      await using thing = await connect<Thing>(uri);
      expect(await thing.add(40, 2)).toBe(42);
      await assign(thing, { value: 7 });
      expect(await thing.value).toBe(7);
      await assign(thing, { value: 42 });
      expect(await Array.fromAsync(thing.gen(4))).toEqual([0, 1, 2, 3]);
      const [first, second] = await batchSettled(thing, (b) => [b.add(1, 2), b.fail("value")]);
      expect(first).toEqual({ status: "fulfilled", value: 3 });
      expect(second).toMatchObject({
        status: "rejected",
        reason: { remote: { type: "builtins.ValueError" } },
      });
    });

    it("fails as it would itself, with the Python traceback", async () => {
      await using thing = await connect<Thing>(uri);
      const error = await thing.fail("value").catch((e: unknown) => e);
      expect(error).toBeInstanceOf(RemoteValueError);
      expect((error as RemoteValueError).remote.traceback).toContain("server.py");
      await expect(Array.fromAsync(thing.badgen())).rejects.toBeInstanceOf(RemoteValueError);
    });

    it("sees the caller's annotations and correlation id", async () => {
      await using thing = await connect<Thing>(uri);
      const seen: string[] = [];
      const options = {
        annotations: new Map([["TEST", new TextEncoder().encode("hello")]]),
        correlationId: "11111111-2222-3333-4444-555555555555",
        onAnnotations: (annotations: ReadonlyMap<string, Uint8Array>) =>
          seen.push(...annotations.keys()),
      };
      expect((await withOptions(thing, options).annotations())[1]).toEqual({ TEST: "hello" });
      expect(seen).toEqual(["RESP"]);
      expect(await withOptions(thing, options).correlation()).toBe(options.correlationId);
    });

    it.each([["Pyro5.api"], ["Pyro4"]])("answers Python clients of %s", async (library) => {
      const said = await runPython(
        `
      import json, sys
      import ${library} as pyro
      p = pyro.Proxy(sys.argv[1])
      out = [p.add(1, b=2), p.readonly, list(p.gen(3)), p.argsback(1, k=2)]
      try:
          p.fail("key")
      except KeyError as e:
          out.append(list(e.args))
      print(json.dumps(out))
      `,
        [uri],
      );
      expect(JSON.parse(said)).toEqual([3, "ro", [0, 1, 2], [[1], { k: 2 }], ["k", 42]]);
    });
  },
);

describe("a Bunsen object that another daemon adopted", () => {
  class Meter {
    /** One channel, in volts. */
    read(channel: number, gain = 1) {
      return channel * gain;
    }
  }
  expose(Meter, { read: true });

  it("keeps its signatures and documentation", async () => {
    await using back = new Daemon({ logger: SILENT });
    back.register("meter", new Meter());
    await back.listen("pyro://localhost:0");
    await using direct = await connect<Meter>(back.uriFor("meter"));
    await using front = new Daemon({ logger: SILENT });
    front.register("front", direct);
    await front.listen("pyro://localhost:0");
    await using meter = await connect<Meter>(front.uriFor("front"));
    const member = describeRemote(meter).members.get("read");
    expect(member && signatureOf(member)).toBe("read(channel, gain=1)");
    expect(member?.doc).toBe("One channel, in volts.");
    expect(await meter.read(2, 3)).toBe(6);
  });

  it("is not there while its own daemon is gone, and there again when it is back", async () => {
    const back = new Daemon({ logger: SILENT });
    back.register("meter", new Meter());
    const { address } = await back.listen("pyro://localhost:0");
    await using direct = await connect<Meter>(back.uriFor("meter"));
    await using front = new Daemon({ logger: SILENT });
    front.register("front", direct);
    await front.listen("pyro://localhost:0");
    await using meter = await connect<Meter>(front.uriFor("front"));
    expect(await meter.read(1)).toBe(1);
    await back.close();
    await expect(meter.read(1)).rejects.toThrow();
    await using again = new Daemon({ logger: SILENT });
    again.register("meter", new Meter());
    await again.listen(`pyro://${address}`);
    expect(await meter.read(1)).toBe(1);
  });

  it("must have been connected: nothing is known of it before", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    expect(() => daemon.register("x", {} as Meter)).toThrow(/exposes nothing/);
  });
});
