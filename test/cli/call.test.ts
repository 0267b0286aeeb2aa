import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningProcess } from "../support/process.ts";
import { printed, run, serve } from "./bunsen.ts";

let demo: RunningProcess;
let at: string;
beforeAll(async () => {
  demo = await serve(
    ["demo", "--port", "0", "--no-gateway"],
    /^ +name server +PYRO:Pyro\.NameServer@(\S+)$/,
  );
  at = printed(demo);
  await demo.nextLine(/^ready/);
});
afterAll(() => demo[Symbol.asyncDispose]());

const call = (object: string, ...args: string[]) =>
  run(["call", `PYRONAME:demo.${object}`, ...args, "--ns", at]);
const ok = (stdout: string) => ({ code: 0, stdout, stderr: "" });

describe("bunsen call", () => {
  it("calls a method and prints the result", async () => {
    const { code, stdout } = await call("thermostat", "read", "1");
    expect(code).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  it("reads an attribute, and sets it", async () => {
    expect(await call("thermostat", "unit")).toEqual(ok("degC\n"));
    expect(await call("thermostat", "unit", "--json")).toEqual(ok('"degC"\n'));
    expect(await call("thermostat", "setpoint", "--set", "25.5")).toEqual(ok(""));
    expect(await call("thermostat", "setpoint")).toEqual(ok("25.5\n"));
  });

  it("prints nothing for a one-way call", async () => {
    expect(await call("thermostat", "reset")).toEqual(ok(""));
  });

  it("prints a stream item by item, with --json one line each", async () => {
    const { code, stdout } = await call("thermostat", "samples", "count=3", "--json");
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => typeof JSON.parse(line)),
    ).toEqual(["number", "number", "number"]);
  });

  it("takes arguments as JSON where they parse, else as text, and keywords", async () => {
    const echoed = async (...args: string[]) =>
      (await call("echo", "echo", "--json", ...args)).stdout.trim();
    expect(await echoed('{"a": [1, null, true]}')).toBe('{"a":[1,null,true]}');
    expect(await echoed("plain text")).toBe('"plain text"');
    expect(await echoed('"42"')).toBe('"42"');
    expect(await echoed("-1")).toBe("-1");
    expect(await echoed("12345678901234567890")).toBe("12345678901234567890");
    expect(await echoed("value=1")).toBe("1");
    expect(await echoed('"value=1"')).toBe('"value=1"');
  });

  it("takes nothing behind -- for a keyword argument", async () => {
    expect(await run(["call", `PYRONAME:demo.echo@${at}`, "echo", "--", "a=b"])).toEqual(
      ok("a=b\n"),
    );
    expect(await run(["call", `PYRONAME:demo.echo@${at}`, "echo", "--", "--json"])).toEqual(
      ok("--json\n"),
    );
  });

  it("shows bytes as hexadecimal digits, and writes them as they are with --raw", async () => {
    expect((await call("scope", "raw", "70")).stdout).toMatch(/^<70 bytes> ([0-9a-f]{2} ){64}…\n$/);
    expect(JSON.parse((await call("scope", "raw", "3", "--json")).stdout)).toEqual({
      data: expect.stringMatching(/^[\w+/]{4}$/),
      encoding: "base64",
    });
    expect(await call("thermostat", "unit", "--raw")).toEqual(ok("degC"));
    expect((await call("thermostat", "read", "0", "--raw")).code).toBe(2);
  });

  it("shows arrays with their dtype, shape and unit", async () => {
    expect((await call("scope", "trace", "3")).stdout).toMatch(/dtype: 'float32'[\s\S]*unit: 'V'/);
    expect(JSON.parse((await call("scope", "trace", "3", "--json")).stdout)).toEqual({
      dtype: "float32",
      shape: [3],
      unit: "V",
      data: [expect.any(Number), expect.any(Number), expect.any(Number)],
    });
  });

  it.each(["serpent", "json", "marshal", "msgpack"])("speaks %s when told", async (serializer) => {
    expect(await call("echo", "echo", "[1, 2]", "--json", "--serializer", serializer)).toEqual(
      ok("[1,2]\n"),
    );
  });
});

describe("its exit codes", () => {
  it("1: the remote code threw, with the remote traceback", async () => {
    const { code, stdout, stderr } = await call("thermostat", "read", "-1");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const [first, ...traceback] = stderr.split("\n");
    expect(first).toBe("bunsen: RangeError: no channel -1: channels are 0 to 3");
    expect(traceback.join("\n")).toMatch(/^ {2}\| Traceback[\s\S]*Thermostat\.read/);
  });

  it.each([
    ["no member", ["call", "PYRO:a@localhost:1"], /^bunsen: missing required argument 'member'/],
    ["no such option", ["call", "--fast"], /^bunsen: unknown option '--fast'/],
    ["no such command", ["cal"], /^bunsen: unknown command 'cal'\n\(Did you mean call\?\)/],
    ["no command", [], /^Usage: bunsen/],
    [
      "a bad URI",
      ["call", "PYRO:a", "b"],
      /^bunsen: invalid uri: "PYRO:a"; it has no location; expected PYRO:object@host:port/,
    ],
    [
      "a bad timeout",
      ["call", "PYRO:a@b:1", "c", "--timeout", "soon"],
      /Expected an integer of at least 0/,
    ],
    [
      "a serializer that is none",
      ["call", "PYRO:a@b:1", "c", "--serializer", "pickle"],
      /^bunsen: expected the serializer to be serpent, /,
    ],
  ])("2: %s", async (_, args, message) => {
    expect(await run(args)).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(message),
    });
  });

  it("2: a member that is not there, an attribute that is called, a method that is set", async () => {
    const missing = await call("thermostat", "reed", "1");
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has no member "reed"; it has setpoint, /),
    });
    expect((await call("thermostat", "setpoint", "21")).stderr).toContain("set it with --set");
    expect((await call("thermostat", "read", "--set", "1")).code).toBe(2);
  });

  it("3: nothing listens, no name server, no such name, no such object", async () => {
    const refused = await run(["call", "PYRO:a@localhost:1", "b"]);
    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("nothing listens there (ECONNREFUSED)"),
    });
    const nowhere = await run(["call", "PYRONAME:a", "b", "--ns", "localhost:1"]);
    expect(nowhere).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^bunsen: no name server answers at .*"bunsen ns"/),
    });
    const unnamed = await call("nothing", "read");
    expect(unnamed).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/unknown name: demo\.nothing.*bunsen names list/),
    });
    expect((await run(["call", `PYRO:nothing@${at}`, "read"])).code).toBe(3);
  });

  it("4: no answer in time", async () => {
    const { code, stderr } = await call("echo", "later", "1", "10", "--timeout", "500");
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/did not answer within 500 ms/),
    });
  });
});

describe("bunsen describe", () => {
  it("shows members with signature, kind and documentation", async () => {
    const { code, stdout } = await run(["describe", `PYRONAME:demo.thermostat@${at}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^setpoint +attribute +The temperature to hold/m);
    expect(stdout).toMatch(/^unit +attribute, read only /m);
    expect(stdout).toMatch(/^samples\(count=10, interval=0.05\) +method, streams /m);
    expect(stdout).toMatch(/^reset\(\) +method, one-way /m);
  });

  it("gives the same as JSON", async () => {
    const { stdout } = await run(["describe", `PYRONAME:demo.thermostat@${at}`, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      uri: `PYRONAME:demo.thermostat@${at}`,
      className: "Thermostat",
      members: expect.arrayContaining([expect.objectContaining({ name: "read", kind: "method" })]),
    });
  });
});

describe("bunsen repl", () => {
  const repl = (...lines: string[]) =>
    run(["repl", `PYRONAME:demo.thermostat@${at}`], `${lines.join("\n")}\n`);

  it("runs lines one after the other, and awaits what they give", async () => {
    expect(
      await repl(
        "thermostat.unit",
        "await assign(thermostat, { setpoint: 30 })",
        "await proxy.setpoint",
        "thermostat",
        "const two = {",
        "  n: 2 }",
        "two.n",
      ),
    ).toEqual(
      ok(`'degC'\nundefined\n30\n[proxy of PYRONAME:demo.thermostat@${at}]\nundefined\n2\n`),
    );
  });

  it("explains members with .doc", async () => {
    const { stdout } = await repl(".doc read", ".doc raed");
    expect(stdout).toMatch(
      /^read\(channel\) +method\n {2}Temperature of one channel \(0 to 3\), in degrees Celsius\.\nno member "raed"/,
    );
  });

  it("shows an error and goes on", async () => {
    const { code, stdout } = await repl("thermostat.read(-1)", "1 + 1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Uncaught RemoteValueError: RangeError: no channel -1[\s\S]*\n2\n$/);
  });
});
