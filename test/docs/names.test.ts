import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFAULT_NAME_LIMITS } from "../../src/names/limits.ts";

const page = readFileSync(new URL("../../docs/names.md", import.meta.url), "utf8");

it.each(Object.entries(DEFAULT_NAME_LIMITS))(
  "docs/names.md has the default of %s",
  (name, value) => {
    expect(page).toContain(`| \`${name}\` | ${value.toLocaleString("en-US")} |`);
  },
);
