import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  callContext,
  connect,
  connectionState,
  Daemon,
  describe as describeRemote,
  expose,
  kwargs,
  type Remote,
  RemoteValueError,
  release,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const PEER = new URL("peers/callbacks.py", import.meta.url);
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];

/** What peers/callbacks.py serves. */
interface Caller {
  invoke(callback: unknown, name: string, ...args: unknown[]): unknown;
  nested(options: { on: unknown[] }): unknown[];
  attribute(callback: unknown, name: string): unknown;
  members(callback: unknown): [methods: string[], attributes: string[], oneway: string[]];
  total(callback: unknown, n: number): number;
  fails(callback: unknown): [type: string, text: string];
  keep(callback: unknown): void;
  kept_call(...args: unknown[]): unknown;
  address(callback: unknown): string;
  chain(callback: unknown): unknown;
}

class Counter {
  count = 0;
  add(by: number, { twice = false }: { twice?: boolean } = {}): number {
    this.count += twice ? 2 * by : by;
    return this.count;
  }
  reset(): void {
    this.count = 0;
  }
}
expose(Counter, { count: true, add: true, reset: { oneway: true } });

describeWithPython.each([[5], [4]] as const)("functions passed to Pyro%i", (generation) => {
  checkLeaks();
  let peer: PythonPeer;
  let uri: string;
  let caller: Remote<Caller>;

  beforeAll(async () => {
    peer = await spawnPython(PEER, [`${generation}`, "serve"], { ready: /READY/ });
    uri = peer.lines[0] as string;
  });
  afterAll(() => peer[Symbol.asyncDispose]());
  afterEach(() => release(caller));

  describe.each(SERIALIZERS)("in %s", (serializer) => {
    const open = async () => {
      caller = await connect<Caller>(uri, { serializer, timeout: 10_000 });
    };

    it("are called there, as `call` and by their own name", async () => {
      await open();
      const done = (a: number, b: number) => a + b;
      expect(await caller.invoke(done, "call", 1, 2)).toBe(3);
      expect(await caller.invoke(done, "done", 3, 4)).toBe(7);
      expect(await caller.invoke(done, "done", 3, kwargs({ b: 5 }))).toBe(8);
    });

    it("may be anywhere in the arguments", async () => {
      await open();
      const on = [(i: number) => i, (i: number) => i * 10];
      // Python's marshal and json leave what is inside a dict as it is.
      if (serializer === "marshal" || serializer === "json") return;
      expect(await caller.nested({ on })).toEqual([0, 10]);
    });

    it("may be objects with state", async () => {
      await open();
      const counter = new Counter();
      expect(await caller.invoke(counter, "add", 40)).toBe(40);
      expect(await caller.invoke(counter, "add", 1, kwargs({ twice: true }))).toBe(42);
      expect(await caller.attribute(counter, "count")).toBe(42);
      expect(await caller.members(counter)).toEqual([["add", "reset"], ["count"], ["reset"]]);
    });

    it("fail there with their error", async () => {
      await open();
      const failing = () => {
        throw new RangeError("too far");
      };
      expect(await caller.fails(failing)).toEqual(["ValueError", "too far"]);
      const passedOn = caller.invoke(failing, "call");
      await expect(passedOn).rejects.toBeInstanceOf(RemoteValueError);
    });

    it("may be generators", async () => {
      await open();
      function* upTo(n: number) {
        for (let i = 1; i <= n; i++) yield i;
      }
      expect(await caller.total(upTo, 4)).toBe(10);
    });
  });

  it("are called at the address that the connection uses", async () => {
    caller = await connect<Caller>(uri);
    expect(await caller.address(() => 1)).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("are one object there as long as they are passed by the same proxy", async () => {
    caller = await connect<Caller>(uri);
    const same = () => 1;
    expect(await caller.address(same)).toBe(await caller.address(same));
  });

  it("may be called after the call that passed them, and may call back", async () => {
    caller = await connect<Caller>(uri);
    await using second = await connect<Caller>(uri);
    // By a proxy of its own: Python's proxy is in use, and can do one thing at a time.
    await caller.keep((x: number) => second.invoke((y: number) => y + 1, "call", x));
    expect(await caller.kept_call(1)).toBe(2);
  });

  it("cannot be called any more when they were taken back, or the proxy was released", async () => {
    caller = await connect<Caller>(uri);
    const kept = () => 1;
    await caller.keep(kept);
    expect(await caller.kept_call()).toBe(1);
    await release(kept);
    await expect(caller.kept_call()).rejects.toThrow(/unknown object/);
    await caller.keep(kept);
    expect(await caller.kept_call()).toBe(1);
    await release(caller);
    await expect(caller.kept_call()).rejects.toThrow(/connect|closed|refused/i);
  });

  it("carry the correlation id of a call through Python, and know who calls", async () => {
    caller = await connect<Caller>(uri);
    const correlationId = crypto.randomUUID();
    const seen = vi.fn(() => {
      const { correlationId: id, caller: from } = callContext();
      return [id, from.dialect, from.address.split(":")[0]];
    });
    expect(await withOptions(caller, { correlationId }).chain(seen)).toEqual([
      correlationId,
      `pyro${generation}`,
      "127.0.0.1",
    ]);
  });

  it("may be registered on a daemon of one's own, and are called there", async () => {
    caller = await connect<Caller>(uri);
    await using daemon = new Daemon({ logger: SILENT });
    const hooked = vi.fn();
    daemon.use((call, _from, next) => {
      hooked(call.object, call.member);
      return next();
    });
    const done = (a: number) => a + 1;
    daemon.register("done", done);
    await daemon.listen("pyro://127.0.0.1:0");
    expect(await caller.invoke(done, "done", 1)).toBe(2);
    expect(hooked).toHaveBeenCalledWith("done", "done");
    expect(await caller.address(done)).toBe(daemon.uriFor("done").split("@")[1]);
  });
});

describeWithPython.each([[5], [4]] as const)("callbacks of Pyro%i clients", (generation) => {
  const heard: unknown[] = [];

  class Talker {
    async talk_to(
      listener: Remote<{ hear(text: string): string; fail(): void; note(text: string): void }>,
    ) {
      heard.push(describeRemote(listener).members.get("note")?.oneway);
      const answers = [await listener.hear("hello"), await listener.hear("again")];
      const error = await listener.fail().catch((reason: unknown) => reason);
      heard.push(error);
      // After the error of a method that is marked @callback, Python closes the connection.
      await vi.waitFor(() => expect(connectionState(listener).value.name).toBe("lost"));
      await listener.note("noted");
      await listener.hear("last");
      await release(listener);
      return answers;
    }
  }
  expose(Talker, { talk_to: true });

  it.each(["serpent", "json", "msgpack"])("are called by our daemon (%s)", async (serializer) => {
    heard.length = 0;
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("talker", new Talker());
    await daemon.listen("pyro://127.0.0.1:0");
    const args = [`${generation}`, "call", daemon.uriFor("talker"), serializer];
    const [answers, listened] = JSON.parse(await runPython(PEER, args));
    expect(answers).toEqual(["heard hello", "heard again"]);
    expect(listened.toSorted()).toEqual(["again", "hello", "last", "noted"]);
    expect(heard).toEqual([true, expect.any(RemoteValueError)]);
    expect(heard[1]).toMatchObject({ remote: { args: ["in a callback"] } });
  });
});

describe("a function on a daemon", () => {
  it("is called by Bunsen callers, too", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("add", (a: number, b: number) => a + b);
    await daemon.listen("pyro://127.0.0.1:0");
    await using add = await connect<{ call(a: number, b: number): number }>(daemon.uriFor("add"));
    expect(await add.call(1, 2)).toBe(3);
    expect(await add.call(1, kwargs({ b: 5 }))).toBe(6);
  });
});
