import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { interrupt, printed, run, serve } from "./bunsen.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-cli-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const READY = /^(PYRO:test\.echoserver@\S+)$/;

describe("the log of a server", () => {
  it("goes to --log-file, one line of JSON each, from --log-level on", async () => {
    const file = join(folder, "echo.log");
    await using echo = await serve(
      ["echo", "--host", "localhost", "--log-file", file, "--log-level", "info"],
      READY,
    );
    expect((await run(["call", printed(echo), "echo", "hello"])).stdout).toBe("hello\n");
    await interrupt(echo);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const [first, ...rest] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ level: "info", name: "bunsen", msg: "listening" });
    expect(rest).toContainEqual(
      expect.objectContaining({ object: "test.echoserver", calls: 1, dialect: "pyro5" }),
    );
    expect(echo.stderr).toBe("");
  });

  it("is text on standard error, as the environment says, where no option does", async () => {
    await using echo = await serve(["echo", "--host", "localhost"], READY, {
      PYRO_LOGLEVEL: "INFO",
    });
    await interrupt(echo);
    expect(echo.stderr).toMatch(/^bunsen: info: listening \{"address":"localhost:\d+"\}$/m);
  });

  it("is refused a level that does not exist", async () => {
    expect(await run(["echo", "--log-level", "loud"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Allowed choices are debug, info, warn, error, silent"),
    });
  });
});
