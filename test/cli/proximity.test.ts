import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { freePort } from "../support/ports.ts";
import { printed, run, serve } from "./bunsen.ts";

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
