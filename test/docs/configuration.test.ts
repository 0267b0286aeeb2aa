import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/pyro/connection.ts";
import { DEFAULT_SERVING_OPTIONS } from "../../src/pyro/serving-options.ts";
import { DEFAULT_STREAM_OPTIONS } from "../../src/pyro/streams.ts";

const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");

it.each(
  Object.entries({ ...DEFAULT_LIMITS, ...DEFAULT_SERVING_OPTIONS, ...DEFAULT_STREAM_OPTIONS }),
)("docs/configuration.md has the default of %s", (name, value) => {
  const text = Array.isArray(value) ? value.join(", ") : `${value}`;
  expect(page).toContain(`| \`${name}\` | ${text} |`);
});
