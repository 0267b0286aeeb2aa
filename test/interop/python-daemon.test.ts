import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assign,
  batch,
  batchOneway,
  batchSettled,
  connect,
  connectionState,
  describe as describeRemote,
  kwargs,
  NamingError,
  type PyroUri,
  parseUri,
  type Remote,
  RemoteArithmeticError,
  RemoteAttributeError,
  RemoteKeyError,
  RemoteOSError,
  RemoteValueError,
  release,
  TimeoutError,
  tuple,
  uriOf,
  withOptions,
} from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { describeWithPython, type PythonPeer, spawnPython } from "../support/python.ts";

const SERVER = new URL("peers/server.py", import.meta.url);

/** What peers/server.py serves. */
interface Thing {
  value: number;
  readonly readonly: string;
  add(a: number, b?: number): number;
  echo(x: unknown): unknown;
  nothing(): null;
  argsback(...args: unknown[]): unknown;
  fail(kind: string): void;
  gen(n: number): AsyncGenerator<number>;
  badgen(): AsyncGenerator<number>;
  closing(): AsyncGenerator<number>;
  slow(seconds: number): number;
  note(text: string): void;
  notes(): string[];
  annotations(): [string[], Record<string, string>];
  correlation(): string;
  uri(): PyroUri;
  proxy(): Remote<Thing>;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describeWithPython.each([[5], [4]] as const)("a Pyro%i daemon of Python", (generation) => {
  let peer: PythonPeer;
  let uri: string;

  beforeAll(async () => {
    peer = await spawnPython(SERVER, [`${generation}`], { ready: /READY/ });
    uri = peer.lines[0] as string;
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  describe.each<SerializerName>(["serpent", "json", "marshal", "msgpack"])(
    "spoken to in %s",
    (serializer) => {
      const open = () => connect<Thing>(uri, { serializer, timeout: 10_000 });

      it("answers calls, positional and by keyword", async () => {
        await using thing = await open();
        expect(await thing.add(40, 2)).toBe(42);
        expect(await thing.add(1)).toBe(2);
        expect(await thing.add(kwargs({ a: 5, b: 6 }))).toBe(11);
        expect(await thing.argsback(1, "x", kwargs({ k: [1] }))).toEqual([[1, "x"], { k: [1] }]);
        expect(await thing.nothing()).toBeNull();
      });

      it("lets attributes be read and set", async () => {
        await using thing = await open();
        await assign(thing, { value: 7 });
        expect(await thing.value).toBe(7);
        expect(await thing.readonly).toBe("ro");
        // @ts-expect-error: the compiler knows, too
        const refused = assign(thing, { readonly: "x" });
        await expect(refused).rejects.toBeInstanceOf(RemoteAttributeError);
        await assign(thing, { value: 42 });
      });

      it("tells which members it has", async () => {
        await using thing = await open();
        const { members } = describeRemote(thing);
        expect(members.get("value")).toMatchObject({ kind: "attribute" });
        expect(members.get("note")).toMatchObject({ kind: "method", oneway: true });
        expect(members.get("add")).toMatchObject({ kind: "method", oneway: false });
      });

      it.each([
        ["value", RemoteValueError, "builtins.ValueError", ["golden value error"]],
        ["key", RemoteKeyError, "builtins.KeyError", ["k", 42]],
        ["zero", RemoteArithmeticError, "builtins.ZeroDivisionError", [expect.any(String)]],
        ["os", RemoteOSError, "builtins.FileNotFoundError", [2, "No such file or directory"]],
      ])(
        "raises a %s error as the class that can be caught",
        async (kind, errorClass, type, args) => {
          await using thing = await open();
          const error = await thing.fail(kind).catch((e: unknown) => e);
          expect(error).toBeInstanceOf(errorClass);
          const { remote } = error as RemoteValueError;
          expect(remote.type.replace("exceptions.", "builtins.")).toBe(type);
          expect(remote.args).toEqual(args);
          expect(remote.traceback).toContain("server.py");
          expect((error as Error).stack).toContain("+--- remote traceback");
        },
      );

      it("shows an error of the system as Python does", async () => {
        await using thing = await open();
        await expect(thing.fail("os")).rejects.toThrow(
          /^FileNotFoundError: \[Errno 2\] No such file or directory$/,
        );
      });

      it("raises Pyro's own errors as ours, and keeps attributes of an exception", async () => {
        await using thing = await open();
        await expect(thing.fail("naming")).rejects.toBeInstanceOf(NamingError);
        await expect(thing.fail("attrs")).rejects.toMatchObject({
          remote: { attributes: { code: 17 } },
        });
      });

      it("names a class that only the Python side knows", async () => {
        await using thing = await open();
        await expect(thing.fail("custom")).rejects.toMatchObject({
          remote: { type: expect.stringContaining("Unsendable"), args: ["custom class error"] },
        });
      });

      it("streams items, with or without waiting for the stream first", async () => {
        await using thing = await open();
        expect(await Array.fromAsync(thing.gen(5))).toEqual([0, 1, 2, 3, 4]);
        const stream = (await thing.gen(3)) as unknown as AsyncIterable<number>;
        expect(await Array.fromAsync(stream)).toEqual([0, 1, 2]);
      });

      it("passes on the error of a generator after its items", async () => {
        await using thing = await open();
        const seen: number[] = [];
        const all = (async () => {
          for await (const item of thing.badgen()) seen.push(item);
        })();
        await expect(all).rejects.toBeInstanceOf(RemoteValueError);
        expect(seen).toEqual([1]);
      });

      it("ends a generator whose loop is left early", async () => {
        await using thing = await open();
        for await (const item of thing.closing()) if (item === 2) break;
        await expect.poll(async () => (await thing.notes()).includes("closed")).toBe(true);
      });

      it("takes one-way calls", async () => {
        await using thing = await open();
        const mark = `${serializer} ${Math.random()}`;
        await thing.note(mark);
        await expect.poll(async () => (await thing.notes()).includes(mark)).toBe(true);
      });

      it("runs a batch in one go", async () => {
        await using thing = await open();
        expect(await batch(thing, (b) => [b.add(1, 2), b.add(3, 4), b.echo("x")])).toEqual([
          3,
          7,
          "x",
        ]);
        const mark = `batch ${serializer} ${Math.random()}`;
        await batchOneway(thing, (b) => [b.note(mark)]);
        await expect.poll(async () => (await thing.notes()).includes(mark)).toBe(true);
      });

      it("stops a batch at the first error", async () => {
        await using thing = await open();
        const [before, failed, after] = await batchSettled(thing, (b) => [
          b.add(1, 2),
          b.fail("value"),
          b.add(3, 4),
        ]);
        if (serializer === "marshal") {
          // Python's marshal cannot send an exception inside a list, so the whole batch fails.
          const reason = {
            remote: { type: "builtins.ValueError", args: ["unmarshallable object"] },
          };
          for (const outcome of [before, failed, after]) {
            expect(outcome).toMatchObject({ status: "rejected", reason });
          }
          return;
        }
        expect(before).toEqual({ status: "fulfilled", value: 3 });
        expect(failed).toMatchObject({
          status: "rejected",
          reason: { remote: { args: ["golden value error"] } },
        });
        expect(after).toMatchObject({ status: "rejected", reason: { code: "ERR_BATCH_STOPPED" } });
      });

      it("carries annotations and correlation ids", async () => {
        await using thing = await open();
        let answered: ReadonlyMap<string, Uint8Array> | undefined;
        const options = {
          annotations: new Map([["TEST", new TextEncoder().encode("hello")]]),
          correlationId: "11111111-2222-3333-4444-555555555555",
          onAnnotations: (annotations: ReadonlyMap<string, Uint8Array>) => {
            answered = annotations;
          },
        };
        const [ids, values] = await withOptions(thing, options).annotations();
        expect(ids).toContain("TEST");
        expect(values["TEST"]).toBe("hello");
        expect(text(answered?.get("RESP") as Uint8Array)).toBe("reply annotation");
        expect(await withOptions(thing, options).correlation()).toBe(options.correlationId);
      });

      it("sends URIs and proxies", async () => {
        await using thing = await open();
        expect(`${await thing.uri()}`).toBe("PYRO:some.object@example.com:4444");
        // Python's marshal sends the object itself instead of a proxy, and by that breaks it for the other serializers.
        if (serializer === "marshal") return;
        const other = await thing.proxy();
        if (generation === 5) {
          expect(uriOf(other)).toBe(uri);
          expect(await other.add(1, 2)).toBe(3);
          await release(other);
        } else expect(uriOf(other)).toBe("PYRO:some.object@example.com:4444");
      });

      it("keeps a tuple a tuple where the serializer can", async () => {
        await using thing = await open();
        const value = await thing.echo(tuple<unknown>(1, tuple(2)));
        if (serializer === "json" || serializer === "msgpack") expect(value).toEqual([1, [2]]);
        else expect(value).toEqual(tuple<unknown>(1, tuple(2)));
      });
    },
  );

  it("says that a call which timed out may have run, and answers the next one", async () => {
    await using thing = await connect<Thing>(uri);
    const late = withOptions(thing, { timeout: 100 }).slow(0.5);
    await expect(late).rejects.toBeInstanceOf(TimeoutError);
    await expect(late).rejects.toMatchObject({
      retry: "unknown",
      message: expect.stringContaining("may have run"),
    });
    expect(await thing.add(1, 2)).toBe(3);
  });

  it("gives 10,000 interleaved calls of two proxies each their own answer", async () => {
    await using one = await connect<Thing>(uri);
    await using two = await connect<Thing>(uri);
    const numbers = Array.from({ length: 5000 }, (_, i) => i);
    const answers = await Promise.all(
      numbers.flatMap((i) => [one.add(i, 100_000), two.add(i, 200_000)]),
    );
    expect(answers).toEqual(numbers.flatMap((i) => [i + 100_000, i + 200_000]));
  });

  it("is found by the state of its proxy: connected, then lost, then connected again", async () => {
    await using thing = await connect<Thing>(uri);
    expect(connectionState(thing).value).toMatchObject({
      name: "connected",
      peer: `Pyro${generation}`,
    });
    await release(thing);
    expect(connectionState(thing).value).toMatchObject({ name: "idle" });
    expect(await thing.add(1, 1)).toBe(2);
  });

  it("refuses an unknown object with the daemon's own words", async () => {
    const wrong = parseUri(uri).toString().replace("thing", "nothing");
    await expect(connect(wrong)).rejects.toMatchObject({
      code: "ERR_HANDSHAKE_REFUSED",
      message: expect.stringMatching(
        /rejected: unknown object "nothing"; "bunsen call PYRO:Pyro.Daemon@/,
      ),
    });
  });
});

describeWithPython("a daemon that is restarted", () => {
  it("is connected again by the next call", async () => {
    const first = await spawnPython(SERVER, ["5"], { ready: /READY/ });
    const uri = first.lines[0] as string;
    await using thing = await connect<Thing>(uri);
    expect(await thing.add(1, 2)).toBe(3);
    first.kill("SIGKILL");
    await first.exited;
    await expect.poll(() => connectionState(thing).value.name).toBe("lost");
    await expect(thing.add(1, 2)).rejects.toMatchObject({ code: "ERR_CONNECT", retry: "later" });
  });

  it("fails the calls that were under way, and says that they may have run", async () => {
    const peer = await spawnPython(SERVER, ["5"], { ready: /READY/ });
    await using thing = await connect<Thing>(peer.lines[0] as string);
    const calls = Array.from({ length: 20 }, () => thing.slow(60));
    await new Promise((resolve) => setTimeout(resolve, 100));
    peer.kill("SIGKILL");
    const outcomes = await Promise.allSettled(calls);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { retry: "unknown" } });
    }
  });
});
