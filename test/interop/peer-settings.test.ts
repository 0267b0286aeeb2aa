import { expect, it } from "vitest";
import {
  assign,
  batch,
  connect,
  Daemon,
  expose,
  type Remote,
  RemoteValueError,
} from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

// What an installation may have set at the Python side: nothing has to be set at ours.

checkLeaks();

const SERVER = new URL("peers/server.py", import.meta.url);

/** A part of what peers/server.py serves. */
interface Thing {
  value: number;
  add(a: number, b?: number): number;
  echo(x: unknown): unknown;
  fail(kind: string): void;
  gen(n: number): AsyncGenerator<number>;
  note(text: string): void;
  notes(): string[];
}

const BYTES = Uint8Array.of(0, 39, 92, 200);

const DAEMON_SETTINGS: readonly (readonly [generation: 4 | 5, setting: string])[] = [
  ...([4, 5] as const).flatMap((generation) =>
    [
      "SERVERTYPE='multiplex'",
      "COMPRESSION=True",
      "DETAILED_TRACEBACK=True",
      "SOCK_NODELAY=True",
      "SOCK_REUSE=False",
      "COMMTIMEOUT=20.0",
      "LOGWIRE=True",
    ].map((setting) => [generation, setting] as const),
  ),
  [5, "SERPENT_BYTES_REPR=True"],
  [4, "ONEWAY_THREADED=False"],
  [4, "AUTOPROXY=False"],
  [4, "METADATA=False"],
  [4, "REQUIRE_EXPOSE=False"],
  [4, "USE_MSG_WAITALL=False"],
];

const daemonWith = (generation: number, setting: string) =>
  spawnPython(SERVER, [`${generation}`, setting], { ready: /READY/ });

describeWithPython("a Python daemon", () => {
  it.each(DAEMON_SETTINGS)("of Pyro%i with %s answers as ever", async (generation, setting) => {
    await using peer = await daemonWith(generation, setting);
    await using thing = await connect<Thing>(peer.lines[0] as string, { timeout: 10_000 });
    await converse(thing);
    const streamed = await Array.fromAsync(thing.gen(3));
    expect(streamed).toEqual([0, 1, 2]);
    const failure = await Promise.resolve(thing.fail("value")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteValueError);
    expect((failure as RemoteValueError).remote?.traceback).toContain("golden value error");
  });

  it.each([5, 4])("of Pyro%i that streams nothing says so, and goes on", async (generation) => {
    await using peer = await daemonWith(generation, "ITER_STREAMING=False");
    await using thing = await connect<Thing>(peer.lines[0] as string, { timeout: 10_000 });
    await expect(Array.fromAsync(thing.gen(3))).rejects.toThrow(/ITER_STREAMING/);
    expect(await thing.add(40, 2)).toBe(42);
  });
});

async function converse(thing: Remote<Thing>): Promise<void> {
  expect(await thing.add(40, 2)).toBe(42);
  await assign(thing, { value: 7 });
  expect(await thing.value).toBe(7);
  expect(await thing.echo({ bytes: BYTES, text: "x".repeat(1000) })).toEqual({
    bytes: BYTES,
    text: "x".repeat(1000),
  });
  expect(await batch(thing, (b) => [b.add(1, 2), b.add(3, 4)])).toEqual([3, 7]);
  await thing.note("here");
  await expect.poll(() => thing.notes()).toContain("here");
}

class Bench {
  value = 42;
  add(a: number, b = 1) {
    return a + b;
  }
  echo(x: unknown) {
    return x;
  }
  *gen(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  fail() {
    throw new RangeError("too much");
  }
}
expose(Bench, { value: true, add: true, echo: true, gen: true, fail: true });

const CLIENT = `
  import sys
  generation, uri = sys.argv[1:]
  if generation == "4": import Pyro4 as pyro; config = pyro.config
  else: import Pyro5.api as pyro; from Pyro5 import config
  with pyro.Proxy(uri) as bench:
      print(bench.add(40, b=2), list(bench.gen(3)), bench.echo("x" * 1000) == "x" * 1000)
      data = bench.echo(b"\\0'\\\\\\xc8")
      print(data if isinstance(data, bytes) else __import__("serpent").tobytes(data))
      try: bench.fail()
      except ValueError as error: print(error, bool(error._pyroTraceback))
      if getattr(config, "METADATA", True):
          bench.value = 7
          print(bench.value)
      else:
          print(7)
`;

const CLIENT_SETTINGS: readonly (readonly [generation: 4 | 5, variable: string, value: string])[] =
  [
    ...([4, 5] as const).flatMap((generation) => [
      [generation, "PYRO_COMPRESSION", "true"] as const,
      [generation, "PYRO_SOCK_NODELAY", "true"] as const,
      [generation, "PYRO_PREFER_IP_VERSION", "4"] as const,
      [generation, "PYRO_DETAILED_TRACEBACK", "true"] as const,
      [generation, "PYRO_COMMTIMEOUT", "20"] as const,
    ]),
    [5, "PYRO_SERPENT_BYTES_REPR", "true"],
    [4, "PYRO_METADATA", "false"],
    [4, "PYRO_AUTOPROXY", "false"],
    [4, "PYRO_USE_MSG_WAITALL", "false"],
  ];

describeWithPython("our daemon", () => {
  it.each(CLIENT_SETTINGS)(
    "answers a client of Pyro%i with %s=%s as ever",
    async (generation, variable, value) => {
      await using daemon = new Daemon();
      daemon.register("bench", new Bench());
      await daemon.listen("pyro://localhost:0");
      const args = [`${generation}`, daemon.uriFor("bench")];
      const said = await runPython(CLIENT, args, { env: { [variable]: value } });
      expect(said.trim().split(/\r?\n/)).toEqual([
        "42 [0, 1, 2] True",
        String.raw`b"\x00'\\\xc8"`,
        "too much True",
        "7",
      ]);
    },
  );
});
