import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "../../src/cli/demo/scope.ts";
import { snippets } from "../../src/cli/demo/snippets.ts";
import type { Spectrometer } from "../../src/cli/demo/spectrometer.ts";
import type { Thermostat } from "../../src/cli/demo/thermostat.ts";
import type { Ticker } from "../../src/cli/demo/ticker.ts";
import { assign, connect, describe as describeRemote } from "../../src/index.ts";
import { DocWorkspace } from "../support/doc-workspace.ts";
import type { CodeBlock } from "../support/docs.ts";
import { freePort } from "../support/ports.ts";
import type { RunningProcess } from "../support/process.ts";
import { itWithPython, runPython } from "../support/python.ts";
import { interrupt, printed, run, serve } from "./bunsen.ts";

const NAMES = /^ +name server +PYRO:Pyro\.NameServer@(\S+)$/;
const URL_LINE = /^ +(http:\S+)$/;
/** At free ports: whoever tests may have a lab open. */
const DEMO = ["demo", "--port", "0", "--gateway-port", "0"];

let demo: RunningProcess;
let at: string;
beforeAll(async () => {
  demo = await serve(DEMO, NAMES);
  at = printed(demo);
  await demo.nextLine(URL_LINE);
});
afterAll(() => demo[Symbol.asyncDispose]());

/** The lines that the demo printed under a heading. */
function block(heading: RegExp): string {
  const start = demo.lines.findIndex((line) => heading.test(line));
  const length = demo.lines.slice(start + 1).findIndex((line) => /^---|^ready/.test(line));
  return demo.lines
    .slice(start + 1, start + 1 + length)
    .join("\n")
    .trim();
}

/** Reading, unit, three samples, and what channel -1 is told. */
const OUTPUT = /^\d+\.?\d* degC\n(\d+\.?\d*\n){3}.*no channel -1: channels are 0 to 3\n$/;

describe("the lines that bunsen demo prints", () => {
  itWithPython("run with Pyro5", async () => {
    expect(await runPython(block(/^--- .*Pyro5/))).toMatch(OUTPUT);
  });

  itWithPython("run with Pyro4", async () => {
    expect(await runPython(block(/^--- .*Pyro4/))).toMatch(OUTPUT);
  });

  it("run as TypeScript, and type-check", async () => {
    const printedBlock: CodeBlock = {
      document: "bunsen demo",
      line: 1,
      language: "ts",
      info: "ts",
      name: "demo.ts",
      code: `${block(/^--- TypeScript/)}\n`,
      with: [],
      prints: ["degC", "no channel -1: channels are 0 to 3"],
      ready: "ready",
      notRun: undefined,
    };
    await using workspace = await DocWorkspace.create([printedBlock]);
    await workspace.checkTypes();
    await workspace.check(printedBlock);
  }, 60_000);

  it("run in a shell", async () => {
    const lines = block(/^--- Shell/).split("\n");
    expect(lines).toHaveLength(6);
    for (const line of lines) {
      const [command, ...args] = line.split(" ");
      expect(command).toBe("bunsen");
      expect(await run(args)).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("are those of README.md", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const { python5, python4, typescript, shell } = snippets("localhost:9090");
    for (const text of [python5, python4, typescript]) expect(readme).toContain(`\n${text}\n`);
    // A page has no prompt to type at.
    for (const line of shell.split("\n").filter((line) => !line.includes(" repl "))) {
      expect(readme).toContain(`${line}\n`);
    }
  });

  it("are there as JSON too", async () => {
    await using other = await serve([...DEMO, "--json"], /^(\{.*\})$/);
    const { nameServer, objects, console: url, snippets: lines } = JSON.parse(printed(other));
    expect(url).toMatch(/^http:/);
    const where = nameServer.replace(/.*@/, "");
    expect(objects.map(({ name }: { name: string }) => name)).toEqual([
      "demo.thermostat",
      "demo.controller",
      "demo.scope",
      "demo.spectrometer",
      "demo.ticker",
      "demo.echo",
    ]);
    expect(lines).toEqual(snippets(where));
  });
});

it("takes a free port, and says so, where the usual one is taken", async () => {
  const port = await freePort();
  const blocker = createServer().listen(port, "127.0.0.1");
  try {
    const args = ["demo", "--gateway-port", "0"];
    await using other = await serve(args, NAMES, { BUNSEN_NS_PORT: `${port}` });
    await other.nextLine(/^ready/);
    expect(other.stderr).toMatch(
      new RegExp(`^bunsen: port ${port} is taken .* at port \\d+$`, "m"),
    );
    expect(printed(other)).not.toBe(`localhost:${port}`);
    expect(other.stdout).toContain(`"PYRONAME:demo.thermostat@${printed(other)}"`);
    await interrupt(other);
  } finally {
    blocker.close();
  }
});

describe("the demo's console", () => {
  it("is the last that is printed, and calls the lab's objects and what its name server lists", async () => {
    const url = demo.lines.at(-1)?.trim() ?? "";
    expect(url).toMatch(/^http:\/\/localhost:\d+\/$/);
    expect((await fetch(url)).status).toBe(200);
    const unit = await fetch(`${url}pyro/demo.spectrometer/unit`);
    expect(await unit.json()).toBe("K");
    const list = await fetch(`${url}pyro/Pyro.NameServer/list`);
    expect(await list.json()).toHaveProperty(["demo.controller"]);
  });

  it("takes a free port, and says so, where the usual one is taken", async () => {
    // Whatever is at 8080 on this machine, it is taken now.
    const blocker = createServer().listen(8080, "localhost");
    await new Promise((resolve) => blocker.once("listening", resolve).once("error", resolve));
    try {
      await using other = await serve(["demo", "--port", "0"], URL_LINE);
      expect(printed(other)).not.toContain(":8080/");
      expect(other.stderr).toMatch(/^bunsen: port 8080 is taken .*console is at port \d+$/m);
      expect((await fetch(printed(other))).status).toBe(200);
      await interrupt(other);
    } finally {
      blocker.close();
    }
  });

  it("is not there with --no-gateway", async () => {
    await using other = await serve([...DEMO, "--no-gateway"], /^ready$/);
    expect(other.stdout).not.toContain("http://");
  });

  it("refuses a port that was asked for and is taken", async () => {
    const port = new URL(demo.lines.at(-1)?.trim() ?? "").port;
    const { code, stderr } = await run(["demo", "--port", "0", "--gateway-port", port]);
    expect(code).toBe(1);
    expect(stderr).toContain(port);
  });
});

describe("the demo lab", () => {
  const name = (object: string) => `PYRONAME:demo.${object}@${at}`;

  it("has a waveform as bytes and as a list", async () => {
    await using scope = await connect<Scope>(name("scope"));
    expect(await scope.waveform(50)).toHaveLength(50);
    expect(await scope.raw(50)).toBeInstanceOf(Uint8Array);
    expect(await scope.trace(50)).toMatchObject({ shape: [50], unit: "V" });
  });

  it("streams sweeps of the spectrometer as they are done", async () => {
    await using spectrometer = await connect<Spectrometer>(name("spectrometer"));
    await assign(spectrometer, { integration_time: 0.05, channels: 64 });
    const sweeps = await Array.fromAsync(spectrometer.sweeps(3));
    expect(sweeps.map(({ shape }) => shape)).toEqual([[64], [64], [64]]);
    expect(sweeps[0]?.data).not.toEqual(sweeps[1]?.data);
  });

  it("has a ticker that plays from the start, and that everybody may pause", async () => {
    await using ticker = await connect<Ticker>(name("ticker"));
    const ticks: number[] = [];
    for await (const { state } of ticker.watch()) {
      expect(state).toMatchObject({ "playing?": true, price: expect.any(Number) });
      ticks.push(state.tickNo);
      if (ticks.length === 2) break;
    }
    expect(ticks[1]).toBeGreaterThan(ticks[0] ?? 0);
    await ticker.pause();
    expect(await ticker.query()).toMatchObject({ "playing?": false });
    await expect(ticker.setPrice(-1)).rejects.toThrow(
      "price must be 0.01 to 1000000 coins, got -1",
    );
    await ticker.play();
  });

  it("has a thermostat that refuses what it cannot hold, and forgets it with reset", async () => {
    await using thermostat = await connect<Thermostat>(name("thermostat"));
    await expect(assign(thermostat, { setpoint: 1000 })).rejects.toThrow(
      "setpoint must be -40 to 150 degC, got 1000",
    );
    await expect(assign(thermostat, { unit: "K" } as Partial<Thermostat>)).rejects.toThrow("unit");
    await assign(thermostat, { setpoint: 90 });
    await thermostat.reset();
    await expect.poll(() => thermostat.setpoint, { timeout: 20_000 }).toBe(21.5);
  });

  it("tells of each member what it does, and of attributes whether they can be set", async () => {
    for (const object of ["thermostat", "controller", "scope", "spectrometer", "ticker", "echo"]) {
      await using proxy = await connect(name(object));
      const { doc, members } = describeRemote(proxy) ?? {};
      expect(doc).toMatch(/\.$/);
      for (const [member, { doc }] of members ?? []) {
        expect(doc, `${object}.${member}`).toMatch(/\S/);
      }
    }
    await using scope = await connect(name("scope"));
    const members = describeRemote(scope)?.members;
    expect(members?.get("volts_per_step")?.readonly).toBe(true);
    expect(members?.get("timebase")?.readonly).toBe(false);
    expect(members?.get("traces")).toMatchObject({
      stream: true,
      parameters: [{ defaultValue: 0 }, { defaultValue: 0.2 }, { defaultValue: 1000 }],
    });
  });

  itWithPython.each(["Pyro5.api", "Pyro4"])(
    "has a controller that %s drives by hand, and is told what is wrong",
    async (pyro) => {
      const code = `
import ${pyro}
controller = ${pyro}.Proxy("${name("controller")}")
try:
    controller.output = 1
except ValueError as error:
    print(error)
controller.enabled = False
controller.output = 12.5
print(controller.output, controller.tune("gentle")["kp"])
try:
    controller.tune(response="brutal")
except ValueError as error:
    print(error)
controller.tune()
controller.enabled = True
scope = ${pyro}.Proxy("${name("scope")}")
scope.signal = "square"
print(scope.load(b"\\x00\\x7f"), scope.signal, len(scope.waveform(points=5)))
print(sorted(${pyro}.Proxy("${name("spectrometer")}").peaks()[0]))
`;
      expect(await runPython(code)).toBe(`\
output is set by the controller: set enabled to false first
12.5 1.5
response must be "gentle", "normal" or "nervous", got "brutal"
2 loaded 5
['frequency', 'level', 'source']
`);
    },
  );
});
