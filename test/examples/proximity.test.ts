import { expect, it } from "vitest";
import { completions } from "../../src/cli/repl.ts";
import { connect, describe as describeRemote } from "../../src/index.ts";
import { run } from "../cli/bunsen.ts";
import { runProcess, startProcess } from "../support/process.ts";

const example = (name: string) =>
  new URL(`../../examples/proximity/${name}`, import.meta.url).pathname;
const serve = () =>
  startProcess(process.execPath, [example("server.ts"), "proximity://127.0.0.1:0"], {
    ready: /^ready (\S+)$/,
  });

it("a laptop without the driver is told what there is, and uses it", async () => {
  await using server = await serve();
  const uri = server.ready?.[1] as string;
  const printed = await runProcess(process.execPath, [example("client.ts"), uri]);
  expect(printed.split("\n")).toEqual([
    "scan() - When observations began, and how they are called.",
    "valon.reference - Reference clock, in Hz.",
    "valon.get_frequency(channel) - Frequency of a channel, in Hz.",
    "valon.set_frequency(channel, frequency, settle=true) - Tunes a channel.",
    "2026-11-21T08:00:00.000Z",
    "{ locked: true }",
    "1400000000",
    "20000000",
    "ValueError: 9000000000 Hz is above 2.4 GHz",
    "",
  ]);
});

it("bunsen repl completes its members and shows their documentation", async () => {
  await using server = await serve();
  const uri = server.ready?.[1] as string;
  const { code, stdout } = await run(
    ["repl", uri],
    [
      "bank.scan().then(({ name }) => name)",
      ".doc valon.set_frequency",
      "bank.valon.get_frequency(1)",
      "bank.valon.reference",
      ".exit",
      "",
    ].join("\n"),
  );
  expect(code).toBe(0);
  expect(stdout).toContain("'NGC1275'");
  expect(stdout).toMatch(
    /valon\.set_frequency\(channel, frequency, settle=true\) +method\n {2}Tunes a channel\.\n\s*\n {2}channel: 0 or 1/,
  );
  expect(stdout).toMatch(/800000000\n10000000/);
  await using bank = await connect(uri);
  const members = describeRemote(bank).members.keys();
  expect(completions("bank.valon.set_", ["bank"], members)).toEqual([
    ["bank.valon.set_frequency"],
    "bank.valon.set_",
  ]);
});

it("bunsen call and bunsen describe take its URI, parts included", async () => {
  await using server = await serve();
  const uri = server.ready?.[1] as string;
  expect((await run(["call", uri, "valon.get_frequency", "0"])).stdout).toBe("800000000\n");
  expect((await run(["call", uri, "valon.reference", "--set", "5"])).code).toBe(0);
  expect((await run(["call", `${uri}.valon`, "reference"])).stdout).toBe("5\n");
  const flash = await run(["call", `${uri}.valon`, "flash", "x"]);
  expect([flash.code, flash.stderr]).toEqual([2, expect.stringContaining('no member "flash"')]);
  const described = await run(["describe", uri]);
  expect(described.stdout).toMatch(
    /valon\.get_frequency\(channel\).*method.*Frequency of a channel/,
  );
  const json = JSON.parse(
    (await run(["call", uri, "scan", "--json", "--serializer", "json"])).stdout,
  );
  expect(json).toMatchObject({ name: "NGC1275" });
});
