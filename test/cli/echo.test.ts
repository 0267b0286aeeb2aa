import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/ports.ts";
import type { RunningProcess } from "../support/process.ts";
import { describeWithPython, runPython } from "../support/python.ts";
import { printed, run, serve } from "./bunsen.ts";

const READY = /^(PYRO:test\.echoserver@localhost:\d+)$/;

let server: RunningProcess;
beforeAll(async () => {
  server = await serve(["echo", "--host", "localhost", "--port", "0"], READY);
});
afterAll(() => server[Symbol.asyncDispose]());

describe("bunsen echo", () => {
  it("has the members of Pyro's test server", async () => {
    const { stdout } = await run(["describe", printed(server), "--json"]);
    const members = JSON.parse(stdout).members as { name: string }[];
    expect(members.map(({ name }) => name).sort()).toEqual([
      "__dunder__",
      "echo",
      "error",
      "error_with_text",
      "generator",
      "inf",
      "nan",
      "oneway_echo",
      "oneway_slow",
      "shutdown",
      "slow",
      "verbose",
    ]);
  });

  it("ends with shutdown(), which its caller sees succeed", async () => {
    await using other = await serve(["echo", "--port", "0"], READY);
    expect(await run(["call", printed(other), "shutdown"])).toMatchObject({ code: 0, stderr: "" });
    expect(await other.exit(2500)).toEqual({ code: 0, signal: null });
  });

  it("registers in the name server with --naming", async () => {
    await using names = await serve(["ns", "--port", "0"], /^PYRO:Pyro\.NameServer@(\S+)$/);
    await using named = await serve(["echo", "--naming", "--ns", printed(names)], READY);
    const found = await run(["names", "lookup", "test.echoserver", "--ns", printed(names)]);
    expect(found.stdout).toBe(`${printed(named)}\n`);
  });
});

describe("bunsen echo --nameserver", () => {
  it("runs a name server that knows it", async () => {
    const env = { BUNSEN_NS_PORT: `${await freePort()}` };
    await using named = await serve(["echo", "--nameserver"], READY, env);
    const called = await run(["call", "PYRONAME:test.echoserver", "echo", "hello"], "", env);
    expect(called).toMatchObject({ stdout: "hello\n", stderr: "" });
    named.kill("SIGTERM");
    expect(await named.exit(2500)).toEqual({ code: 0, signal: null });
  });
});

/** What Pyro's own tests of the echo server look at. */
const CHECK = (module: string, proxy: string) => `
  import math, sys, ${module}
  with ${proxy}(sys.argv[1]) as echo:
      print(echo.echo({"a": [1, 2.5, None, "text"]}))
      for name in ("error", "error_with_text"):
          try:
              getattr(echo, name)()
          except ValueError as error:
              print(error)
      print(echo.oneway_echo("x"), echo.oneway_slow())
      print(list(echo.generator()))
      print(math.isnan(echo.nan()), echo.inf())
      print(echo.__dunder__())
      print(echo.verbose)
      echo.verbose = True
      print(echo.verbose)
      echo.verbose = False
      for name in ("_private", "__private", "missing"):
          try:
              getattr(echo, name)()
          except AttributeError:
              print("no", name)
`;

const EXPECTED = `\
{'a': [1, 2.5, None, 'text']}
this is the generated error from echoserver echo() method
the message of the error
None None
['one', 'two', 'three']
True inf
should be allowed (dunder)
False
True
no _private
no __private
no missing
`;

describeWithPython("the members of bunsen echo, from Python", () => {
  it.each([
    ["Pyro5", "Pyro5.api", "Pyro5.api.Proxy"],
    ["Pyro4", "Pyro4", "Pyro4.Proxy"],
  ])("%s", async (_, module, proxy) => {
    expect(await runPython(CHECK(module, proxy), [printed(server)])).toBe(EXPECTED);
  });

  it("answers slowly when asked to, without holding others up", async () => {
    const slow = run(["call", printed(server), "slow"]);
    const start = performance.now();
    expect((await run(["call", printed(server), "echo", "hi"])).stdout).toBe("hi\n");
    expect(performance.now() - start).toBeLessThan(4500);
    expect((await slow).stdout).toBe("Finally, an answer!\n");
  });
});
