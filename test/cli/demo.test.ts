import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "../../src/cli/demo/scope.ts";
import { snippets } from "../../src/cli/demo/snippets.ts";
import { Thermostat } from "../../src/cli/demo/thermostat.ts";
import { assign, connect } from "../../src/index.ts";
import { DocWorkspace } from "../support/doc-workspace.ts";
import type { CodeBlock } from "../support/docs.ts";
import { freePort } from "../support/ports.ts";
import type { RunningProcess } from "../support/process.ts";
import { itWithPython, runPython } from "../support/python.ts";
import { interrupt, printed, run, serve } from "./bunsen.ts";

const NAMES = /^ +name server +PYRO:Pyro\.NameServer@(\S+)$/;

let demo: RunningProcess;
let at: string;
beforeAll(async () => {
  demo = await serve(["demo", "--port", "0"], NAMES);
  at = printed(demo);
  await demo.nextLine(/^ready$/);
});
afterAll(() => demo[Symbol.asyncDispose]());

/** The lines that the demo printed under a heading. */
function block(heading: RegExp): string {
  const start = demo.lines.findIndex((line) => heading.test(line));
  const length = demo.lines.slice(start + 1).findIndex((line) => /^---|^ready$/.test(line));
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
    expect(lines).toHaveLength(5);
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
    await using other = await serve(["demo", "--port", "0", "--json"], /^(\{.*\})$/);
    const { nameServer, objects, snippets: lines } = JSON.parse(printed(other));
    const where = nameServer.replace(/.*@/, "");
    expect(objects.map(({ name }: { name: string }) => name)).toEqual([
      "demo.thermostat",
      "demo.scope",
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
    await using other = await serve(["demo"], NAMES, { BUNSEN_NS_PORT: `${port}` });
    await other.nextLine(/^ready$/);
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

describe("the demo lab", () => {
  const name = (object: string) => `PYRONAME:demo.${object}@${at}`;

  it("has a waveform as bytes and as a list", async () => {
    await using scope = await connect<Scope>(name("scope"));
    const list = await scope.waveform(50);
    const bytes = await scope.raw(50);
    expect(list).toHaveLength(50);
    expect(Math.max(...list)).toBeGreaterThan(0.9);
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(bytes).toHaveLength(50);
    // Two screens with the same signal and other noise.
    const step = new Int8Array(bytes.buffer, bytes.byteOffset, 50)[12] ?? 0;
    expect(step * (await scope.volts_per_step)).toBeCloseTo(list[12] ?? 0, 1);
  });

  it("ticks", async () => {
    await using ticker = await connect<{ count: number; ticks(n: number): AsyncIterable<number> }>(
      name("ticker"),
    );
    const before = await ticker.count;
    const ticks: number[] = [];
    for await (const tick of ticker.ticks(3)) ticks.push(tick);
    expect(ticks[0]).toBeGreaterThan(before);
    expect(ticks).toEqual([...ticks].sort((a, b) => a - b));
    expect(new Set(ticks).size).toBe(3);
  });

  it("has a thermostat that refuses what it cannot hold, and forgets it with reset", async () => {
    await using thermostat = await connect<Thermostat>(name("thermostat"));
    await expect(assign(thermostat, { setpoint: 1000 })).rejects.toThrow(
      "setpoint must be -40 to 150 degC, got 1000",
    );
    await expect(assign(thermostat, { unit: "K" } as Partial<Thermostat>)).rejects.toThrow("unit");
    await assign(thermostat, { setpoint: 90 });
    await thermostat.reset();
    await expect.poll(() => thermostat.setpoint).toBe(21.5);
  });

  it("drifts towards the setpoint", () => {
    const thermostat = new Thermostat();
    const before = thermostat.read(2);
    thermostat.setpoint = 150;
    const later = performance.now() + 30;
    while (performance.now() < later);
    expect(thermostat.read(2)).toBeGreaterThan(before);
  });
});
