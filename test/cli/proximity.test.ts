import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Request } from "zeromq";
import { freePort } from "../support/ports.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { MAIN, printed, run, serve } from "./bunsen.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-proximity-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("bunsen serve listens for PyProximity, beside Pyro", async () => {
  const path = join(folder, "lab.mjs");
  writeFileSync(path, "export const counter = { n: 0, next() { return ++this.n; } };\n");
  const listen = ["--listen", "proximity://127.0.0.1:0", "--listen", "pyro://127.0.0.1:0"];
  await using server = await serve(
    ["serve", path, "--expose", "^next$", ...listen],
    /^(proximity:\S+)$/,
  );
  await server.nextLine(/^ready$/);
  expect(printed(server)).toMatch(/^proximity:\/\/127\.0\.0\.1:\d+\/counter$/);
  expect((await run(["call", printed(server), "next"])).stdout).toBe("1\n");
  const pyro = server.lines.find((line) => line.startsWith("PYRO:")) as string;
  expect((await run(["call", pyro, "next"])).stdout).toBe("2\n");
});

it("a command says that nobody is there, and does not wait for ever", async () => {
  const uri = `proximity://127.0.0.1:${await freePort()}/counter`;
  const { code, stderr } = await run(["call", uri, "next", "--timeout", "200"]);
  expect(code).toBeGreaterThan(2);
  expect(stderr).toContain("nobody answers there");
});

it("a serializer that PyProximity has not is wrong usage", async () => {
  const { code, stderr } = await run([
    "call",
    "proximity://127.0.0.1:1/x",
    "next",
    "--serializer",
    "marshal",
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("json and msgpack")]);
});

const peer = (name: string) => new URL(`../${name}`, import.meta.url);

describeWithPython("bunsen serve, with a broker in Python", () => {
  it("works for it, until it is told to quit", async () => {
    const path = join(folder, "counter.mjs");
    writeFileSync(path, "export const counter = { n: 0, next() { return ++this.n; } };\n");
    const broker = await spawnPython(peer("interop/peers/proximity_broker.py"), ["broker", "5"], {
      ready: /READY/,
    });
    await using _ = broker;
    const [front, back, control] = String(broker.lines[0]).split(" ");
    const url = `proximity+broker://127.0.0.1:${back}/PLAYER1`;
    await using worker = await serve(
      ["serve", path, "--expose", "^next$", "--join", url],
      /^(ready)$/,
    );
    expect(worker.stderr).toBe(`joined ${url}\n`);
    expect(worker.lines).toEqual(["ready"]);
    const uri = `proximity+broker://127.0.0.1:${front}/PLAYER1/counter`;
    expect((await run(["call", uri, "next"])).stdout).toBe("1\n");
    const socket = new Request({ linger: 0 });
    socket.connect(`tcp://127.0.0.1:${control}`);
    await socket.send(Buffer.of(0x11));
    await socket.receive();
    socket.close();
    expect(await worker.exit()).toEqual({ code: 0, signal: null });
    const refused = await run(["serve", path, "--expose", "^next$", "--join", url, "--via", "x"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("--via leads to no broker"),
    ]);
  });
});

describeWithPython("bunsen repl at a terminal, with a server in Python", () => {
  it("completes what the tab key is pressed for, and explains it", async () => {
    const port = await freePort();
    const server = [peer("interop/peers/proximity_server.py"), [`${port}`, "msgpack"]] as const;
    await using _ = await spawnPython(...server, { ready: /READY/ });
    await using terminal = await spawnPython(
      peer("support/terminal.py"),
      [process.execPath, MAIN, "repl", `proximity://127.0.0.1:${port}/maths`],
      { channel: true },
    );
    /** What the terminal shows when these keys are pressed, until it shows the pattern. */
    const type = async (keys: string, pattern: string) => {
      terminal.channel.write(`${JSON.stringify([keys, pattern])}\n`);
      return JSON.parse((await terminal.nextLine(/^".*/, 20_000))[0]) as string;
    };
    expect(await type("", "leaves.*> $")).toContain("maths is proximity://");
    await type("maths.add_t", "add_t$");
    // A tab that comes with other keys is taken for a pasted one.
    expect(await type("\t", "wo$")).toBe("wo");
    expect(await type("(40, 2)\r", "42.*> $")).toContain("42");
    await type("maths.n", "n$");
    expect(await type("\t", "o$")).toBe("o");
    // The second one shows all that fit.
    expect(await type("\t", "now.*> maths.no$")).toMatch(/maths\.nothing\s+maths\.now/);
    await type("\u0003", "> $");
    await type(".doc gre", "gre$");
    await type("\t", "et$");
    const explained = await type("\r", "only.*> $");
    expect(explained).toMatch(/greet\(name, greeting\) +method\s+One line only/);
    terminal.channel.end(`${JSON.stringify([".exit\r", "exit"])}\n`);
    expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  });
});
