import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/pyro/connection.ts";
import { DEFAULT_SERVING_OPTIONS } from "../../src/pyro/serving-options.ts";
import { DEFAULT_STREAM_OPTIONS } from "../../src/pyro/streams.ts";
import { SETTINGS, WITHOUT_EFFECT } from "../../src/settings/table.ts";

const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");

it.each(
  Object.entries({ ...DEFAULT_LIMITS, ...DEFAULT_SERVING_OPTIONS, ...DEFAULT_STREAM_OPTIONS }),
)("docs/configuration.md has the default of %s", (name, value) => {
  const text = Array.isArray(value) ? value.join(", ") : `${value}`;
  expect(page).toContain(`| \`${name}\` | ${text} |`);
});

describe("docs/configuration.md on the environment", () => {
  const rows = Object.entries(SETTINGS).map(([name, { fallback, meaning, option, ours }]) => {
    const value = Array.isArray(fallback) ? fallback.join(", ") : `${fallback}`;
    return `| ${ours ? "BUNSEN_" : ""}${name} | ${value} | ${meaning} | ${option} |`;
  });

  it("has every setting, as the code has them", () => {
    expect(tableUnder("## The environment")).toEqual(rows);
  });

  it("has every setting of Pyro that changes nothing, with the reason", () => {
    const reasons = Object.entries(WITHOUT_EFFECT).map(([name, why]) => `| ${name} | ${why} |`);
    expect(tableUnder("### Settings of Pyro that change nothing")).toEqual(reasons);
  });
});

/** The rows of the first table under a heading. */
function tableUnder(heading: string): string[] {
  const lines = page.split(`\n${heading}\n`)[1]?.split("\n") ?? [];
  const start = lines.findIndex((line) => line.startsWith("|---"));
  const rest = lines.slice(start + 1);
  return rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith("|")),
  );
}
