import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/program.ts";
import { run } from "./bunsen.ts";

describe("bunsen config", () => {
  it("prints a table, or JSON", async () => {
    const env = { PYRO_NS_HOST: "lab.example" };
    expect((await run(["config"], "", env)).stdout).toMatch(
      /^NS_HOST +lab\.example +PYRO_NS_HOST /m,
    );
    expect(JSON.parse((await run(["config", "--json"], "", env)).stdout)).toContainEqual(
      expect.objectContaining({ name: "NS_HOST", value: "lab.example", from: "PYRO_NS_HOST" }),
    );
  });

  it("says which variables change nothing, and why", async () => {
    const { stderr, code } = await run(["config"], "", { PYRO_THREADPOOL_SIZE: "40" });
    expect(stderr).toContain("bunsen: PYRO_THREADPOOL_SIZE changes nothing here: there are no");
    expect(code).toBe(0);
  });

  it("refuses what it cannot read, by name", async () => {
    expect(await run(["config"], "", { PYRO_NS_PORT: "ninety" })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^bunsen: The environment has PYRO_NS_PORT="ninety", expected a port/,
      ),
    });
  });
});

describe("bunsen --help", () => {
  const commands = Object.keys(COMMANDS);

  it("lists the commands and the exit codes", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(stdout).toContain("3 cannot be reached or not found");
  });

  it.each(commands)("%s --help has an example", async (name) => {
    const { code, stdout } = await run([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ .*bunsen/);
    expect(stdout).toContain("Exit codes: 0 ");
    expect((await run(["help", name])).stdout).toBe(stdout);
  });

  it("is there for the parts of names too", async () => {
    expect((await run(["names", "watch", "--help"])).stdout).toContain("$ bunsen names watch");
  });
});
