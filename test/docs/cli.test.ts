import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/program.ts";
import { root } from "../support/docs.ts";

const page = readFileSync(join(root, "docs/cli.md"), "utf8");

it("docs/cli.md begins with all commands", () => {
  const [, line = ""] = /^bunsen (.*)$/m.exec(page) ?? [];
  expect(line.split(" | ").toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
});

describe.each(Object.entries(COMMANDS))("docs/cli.md on %s", (name, { load }) => {
  it("has a section", () => {
    expect(page).toContain(`\n## ${name}\n`);
  });

  it("has its options, and those of its parts", async () => {
    const { command } = await load();
    const missing = optionsOf(command()).filter((option) => !new RegExp(`${option}\\b`).test(page));
    expect(missing).toEqual([]);
  });
});

function optionsOf(command: Command): string[] {
  const own = command.options.map(({ long }) => String(long));
  return [...own, ...command.commands.flatMap(optionsOf)];
}
