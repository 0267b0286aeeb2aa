import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assign,
  BunsenError,
  batchSettled,
  type Callback,
  connect,
  Daemon,
  describe as describeRemote,
  expose,
  type Remote,
  RemoteValueError,
  SerializedBlob,
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

    it.each([["Pyro5.api"], ["Pyro4"]])(
      "lets clients of %s set attributes, batch, tell, and leave streams",
      async (library) => {
        const mark = `${library} ${Math.random()}`;
        const said = await runPython(
          `
      import json, sys, time
      import ${library} as pyro
      try:
          from Pyro5.api import BatchProxy as batch
          assert pyro.__name__ == "Pyro5.api"
      except AssertionError:
          batch = pyro.batch
      p = pyro.Proxy(sys.argv[1])
      out = []
      p.value = 7
      out.append(p.value)
      p.value = 42
      try:
          p.readonly = "x"
      except AttributeError:
          out.append("AttributeError")
      b = batch(p)
      b.add(1, 2)
      b.add(3, 4)
      out.append(list(b()))
      p.note(sys.argv[2])
      while sys.argv[2] not in p.notes():
          time.sleep(0.01)
      stream = p.closing()
      out.append([next(stream), next(stream)])
      stream.close()
      while "closed" not in p.notes():
          time.sleep(0.01)
      for kind in ["value", "attrs", "naming", "custom"]:
          try:
              p.fail(kind)
          except Exception as e:
              out.append([type(e).__name__, str(e.args[0]), getattr(e, "code", None)])
      bad = p.badgen()
      out.append(next(bad))
      try:
          next(bad)
      except ValueError as e:
          out.append(str(e))
      print(json.dumps(out))
      `,
          [uri, mark],
        );
        expect(JSON.parse(said)).toEqual([
          7,
          "AttributeError",
          [3, 7],
          [0, 1],
          ["ValueError", "golden value error", null],
          ["RuntimeError", "with attributes", 17],
          ["NamingError", "a pyro error", null],
          // As from its own daemon: Python takes no class of a module with underscores.
          ["SecurityError", expect.stringContaining("__main__.Unsendable"), null],
          1,
          "broken generator",
        ]);
      },
    );
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

  it("keeps class name, documentation, kinds of members, and errors by class, code and name", async () => {
    class Laser {
      power = 1;
      readonly serial = "L-1";
      fire(): void {
        throw new BunsenError("ERR_INTERLOCK", "the door is open", { retry: "later" });
      }
      aim(_angle: number): void {
        throw new RangeError("too far");
      }
      *pulses(n: number): Generator<number, string> {
        for (let i = 0; i < n; i++) yield i;
        return "done";
      }
      beep(): void {}
      async each(values: number[], f: Callback<(x: number) => number>): Promise<number[]> {
        return Promise.all(values.map((value) => f(value)));
      }
      info(blob: SerializedBlob): unknown {
        return [blob.info, blob.deserialized()];
      }
    }
    expose(
      Laser,
      {
        power: true,
        serial: { readonly: true },
        fire: true,
        aim: true,
        pulses: true,
        beep: { oneway: true, doc: "Makes a noise." },
        each: true,
        info: true,
      },
      { doc: "Burns." },
    );
    await using back = new Daemon({ logger: SILENT });
    back.register("laser", new Laser());
    await back.listen("pyro://localhost:0");
    await using direct = await connect<Laser>(back.uriFor("laser"));
    await using middle = new Daemon({ logger: SILENT });
    middle.register("middle", direct);
    await middle.listen("pyro://localhost:0");
    await using between = await connect<Laser>(middle.uriFor("middle"));
    await using front = new Daemon({ logger: SILENT });
    front.register("front", between);
    await front.listen("pyro://localhost:0");
    await using laser = await connect<Laser>(front.uriFor("front"));

    expect(describeRemote(laser)).toEqual(describeRemote(direct));
    expect(describeRemote(laser)).toMatchObject({ className: "Laser", doc: "Burns." });
    for (const proxy of [direct, laser]) {
      await expect(proxy.fire()).rejects.toMatchObject({
        code: "ERR_INTERLOCK",
        retry: "later",
        message: "the door is open",
      });
      await expect(proxy.aim(1)).rejects.toMatchObject({ message: "RangeError: too far" });
      await expect(proxy.aim(1)).rejects.toBeInstanceOf(RemoteValueError);
      const other = proxy as unknown as Remote<{ missing(): void }>;
      await expect(other.missing()).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
      await assign(proxy, { power: 3 });
      expect(await proxy.power).toBe(3);
      const refused = assign(proxy as unknown as Remote<{ serial: string }>, { serial: "x" });
      await expect(refused).rejects.toMatchObject({ code: "ERR_READONLY" });
      expect(await Array.fromAsync(proxy.pulses(100))).toEqual([...Array(100).keys()]);
      expect(await proxy.beep()).toBeUndefined();
      expect(await proxy.each([1, 2], (x) => x * 2)).toEqual([2, 4]);
      expect(await proxy.info(new SerializedBlob("topic", [1, "two"]))).toEqual([
        "topic",
        [1, "two"],
      ]);
    }
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
