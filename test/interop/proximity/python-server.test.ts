import { afterEach, beforeEach, expect, it } from "vitest";
import {
  connect,
  connectionState,
  Daemon,
  describe as describeRemote,
  float,
  kwargs,
  type Remote,
  RemoteArithmeticError,
  RemoteTypeError,
  SILENT,
  signatureOf,
  withOptions,
} from "../../../src/index.ts";
import { TimeDelta } from "../../../src/proximity/index.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { freePort } from "../../support/ports.ts";
import {
  describeWithPython,
  type PythonPeer,
  runPython,
  spawnPython,
} from "../../support/python.ts";

checkLeaks();

const SERVER = new URL("../peers/proximity_server.py", import.meta.url);

interface Maths {
  add_two(x: number, y: number): number;
  div_two(x: unknown, y: unknown): number;
  greet(name: string, greeting?: string, ...rest: unknown[]): unknown;
  echo(v: unknown): unknown;
  nothing(): void;
  pair(): unknown[];
  now(): Date;
  span(): TimeDelta;
  slow(seconds: number): number;
  count(): number;
  unpackable(): unknown;
}

describeWithPython.each(["msgpack", "json"] as const)("a Python server, in %s", (encoding) => {
  let server: PythonPeer;
  let port: number;
  const serve = (...more: string[]) =>
    spawnPython(SERVER, [String(port), encoding, ...more], { ready: /READY/ });
  const uri = (name: string) => `proximity://127.0.0.1:${port}/${name}`;
  const open = <T = Maths>(name = "maths", options = {}) =>
    connect<T>(uri(name), { proximity: { encoding, ...options } });

  beforeEach(async () => {
    port = await freePort();
    server = await serve();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it("tells what it offers, and is called with all that Python takes", async () => {
    await using maths = await open();
    const { members } = describeRemote(maths);
    expect([...members.keys()].sort()).toContain("add_two");
    expect(signatureOf(members.get("greet") as never)).toBe("greet(name, greeting)");
    expect(members.get("add_two")?.doc).toBe(
      "Sum of two values.\n\nx: first\n    y: second, indented four more",
    );
    expect(members.get("div_two")?.doc).toBeUndefined();
    expect(await maths.add_two(2, 3)).toBe(5);
    expect(await maths.add_two(2, kwargs({ y: 3 }) as never)).toBe(5);
    expect(await maths.greet("bob", "hi", 1, 2, kwargs({ extra: true }))).toEqual([
      "hi",
      "bob",
      [1, 2],
      { extra: true },
    ]);
    expect(await maths.nothing()).toBeNull();
    expect(await maths.pair()).toEqual([1, "two"]);
    expect(await maths.div_two(7, 2)).toBe(3);
    expect(await maths.div_two(float(7), float(2))).toBe(3);
    const value = [
      0,
      -1,
      65536,
      2 ** 40,
      1.5,
      "h\u00e9llo",
      "y".repeat(300),
      null,
      true,
      { k: [1] },
    ];
    expect(await maths.echo(value)).toEqual(value);
  });

  it("raises errors as what they are", async () => {
    await using maths = await open();
    await expect(maths.div_two(1, 0)).rejects.toBeInstanceOf(RemoteArithmeticError);
    await expect(maths.div_two(1, 0)).rejects.toMatchObject({
      remote: { traceback: expect.stringContaining("in div_two") },
    });
    await expect(
      (maths as unknown as Remote<{ add_two(x: number): void }>).add_two(1),
    ).rejects.toBeInstanceOf(RemoteTypeError);
    const other = maths as unknown as Remote<{ no_such(): void }>;
    await expect(other.no_such()).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
    await expect(open("nobody")).rejects.toMatchObject({ code: "ERR_UNKNOWN_OBJECT" });
    await expect(open("animals", { parts: ["calm"] })).rejects.toMatchObject({
      code: "ERR_UNKNOWN_OBJECT",
      message: expect.stringContaining("animals.calm"),
    });
  });

  it("has parts, where their names are told", async () => {
    await using animals = await open<{ cat(): string; angry: { cat(): string } }>("animals", {
      parts: ["angry"],
    });
    expect(await animals.cat()).toBe("meow");
    expect(await (animals.angry as unknown as Remote<{ cat(): string }>).cat()).toBe("hiss");
  });

  it("answers many calls over one socket, each caller its own", async () => {
    await using one = await open();
    await using two = await open();
    const calls = Array.from({ length: 100 }, (_, i) => (i % 2 ? one : two).add_two(i, 1));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it("is waited for, and its late answers reach nobody", async () => {
    await using maths = await open();
    const hurried = await connect<Maths>(uri("maths"), { timeout: 100, proximity: { encoding } });
    await expect(hurried.slow(1)).rejects.toMatchObject({ code: "ERR_TIMEOUT", retry: "unknown" });
    expect(await maths.add_two(20, 22)).toBe(42);
    await (hurried as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    const given = new AbortController();
    const slow = withOptions(maths, { signal: given.signal }).slow(0.5);
    given.abort(new Error("no longer wanted"));
    await expect(slow).rejects.toThrow("no longer wanted");
    expect(await maths.add_two(1, 1)).toBe(2);
  });

  it("may come after its clients, even while one is called", async () => {
    await server[Symbol.asyncDispose]();
    await using maths = await open("maths", { patience: 50 });
    expect(connectionState(maths).value.name).toBe("connecting");
    const early = maths.add_two(1, 2);
    server = await serve();
    expect(await early).toBe(3);
    await expect.poll(() => describeRemote(maths).members.has("add_two")).toBe(true);
  });

  it("may be killed and come again; what was given up is not carried out then", async () => {
    await using maths = await open();
    expect(await maths.count()).toBe(1);
    const running = maths.slow(30);
    await server.nextLine(/slow/);
    server.kill("SIGKILL");
    await expect(running).rejects.toMatchObject({ code: "ERR_CONNECTION_LOST", retry: "unknown" });
    await server.exited;
    const given = withOptions(maths, { timeout: 100 }).count();
    await expect(given).rejects.toMatchObject({ code: "ERR_TIMEOUT", retry: "later" });
    const waiting = maths.add_two(20, 22);
    server = await serve();
    expect(await waiting).toBe(42);
    expect(await maths.count()).toBe(1);
  });

  it("is served on to Pyro clients, of Python too", async () => {
    await using maths = await open();
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("maths", maths);
    await daemon.listen("pyro://localhost:0");
    const printed = await runPython(
      `
      import sys, Pyro5.api
      with Pyro5.api.Proxy(sys.argv[1]) as maths:
          print(maths.add_two(40, y=2), maths.greet("bob", "hi", 1, extra=2))
          try:
              maths.div_two(1, 0)
          except ZeroDivisionError as error:
              print("ZeroDivisionError", error)
      `,
      [daemon.uriFor("maths")],
    );
    expect(printed).toMatch(/^42 \['hi', 'bob', \[1\], \{'extra': 2\}\]\nZeroDivisionError/);
  });

  it("that is of 2013 is not asked what would end it", async () => {
    await server[Symbol.asyncDispose]();
    server = await serve("old");
    await using maths = await open();
    expect(describeRemote(maths).members.get("add_two")?.doc).toMatch(/^Sum of two values/);
    expect(await maths.add_two(1, 1)).toBe(2);
  });

  if (encoding === "msgpack") {
    it("sends and takes dates and durations", async () => {
      await using maths = await open();
      const when = new Date("2014-10-02T11:47:05.250Z");
      expect(await maths.now()).toEqual(when);
      expect(await maths.span()).toEqual(new TimeDelta(3600.5));
      expect(await maths.echo([when, new TimeDelta(-1.5)])).toEqual([when, new TimeDelta(-1.5)]);
    });

    it("dies of a result that it cannot write, and its callers are told", async () => {
      await using maths = await open();
      await expect(maths.unpackable()).rejects.toMatchObject({ code: "ERR_CONNECTION_LOST" });
    });
  }
});
