import { describe, expect, it } from "vitest";
import { effectiveSettings } from "../../src/cli/settings.ts";
import { run } from "./bunsen.ts";

const setting = (name: string, env: NodeJS.ProcessEnv) =>
  effectiveSettings(env).find((candidate) => candidate.name === name);

describe("bunsen config", () => {
  it("prints what holds and where it comes from: BUNSEN_ before PYRO_ before the default", () => {
    expect(setting("NS_PORT", {})).toMatchObject({ value: 9090, from: "default" });
    expect(setting("NS_PORT", { PYRO_NS_PORT: "9191" })).toMatchObject({
      value: 9191,
      from: "PYRO_NS_PORT",
    });
    expect(setting("NS_PORT", { PYRO_NS_PORT: "9191", BUNSEN_NS_PORT: "9292" })).toMatchObject({
      value: 9292,
      from: "BUNSEN_NS_PORT",
    });
    expect(setting("NS_HOST", { PYRO_NS_HOST: "" })).toMatchObject({
      value: "localhost",
      from: "default",
    });
  });

  it("has Pyro's defaults for what Pyro has", () => {
    const values = Object.fromEntries(
      effectiveSettings({}).map(({ name, value }) => [name, value]),
    );
    expect(values).toMatchObject({
      HOST: "localhost",
      NS_HOST: "localhost",
      NS_PORT: 9090,
      NS_BCPORT: 9091,
      NS_AUTOCLEAN: 0,
      COMMTIMEOUT: 0,
      MAX_MESSAGE_SIZE: 1_073_741_824,
    });
  });

  it("prints a table, or JSON", async () => {
    const env = { PYRO_NS_HOST: "lab.example" };
    expect((await run(["config"], "", env)).stdout).toMatch(
      /^NS_HOST +lab\.example +PYRO_NS_HOST /m,
    );
    expect(JSON.parse((await run(["config", "--json"], "", env)).stdout)).toContainEqual(
      expect.objectContaining({ name: "NS_HOST", value: "lab.example", from: "PYRO_NS_HOST" }),
    );
  });

  it("refuses what it cannot read, by name", async () => {
    expect(await run(["config"], "", { PYRO_NS_PORT: "ninety" })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^bunsen: the environment has PYRO_NS_PORT="ninety", expected a number/,
      ),
    });
  });
});

describe("bunsen --help", () => {
  const commands = [
    "demo",
    "ns",
    "names",
    "call",
    "describe",
    "serve",
    "probe",
    "echo",
    "config",
    "repl",
  ];

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
