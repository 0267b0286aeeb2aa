import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ADMIN_REQUESTS } from "../../src/msl/manager/admin.ts";
import { DEFAULT_LIMITS } from "../../src/msl/manager/options.ts";

const page = readFileSync(new URL("../../docs/msl.md", import.meta.url), "utf8");

it.each(Object.entries(DEFAULT_LIMITS))("docs/msl.md has the default of %s", (name, value) => {
  expect(page).toContain(`| \`${name}\` | ${value} |`);
});

it.each([...ADMIN_REQUESTS.keys()])("docs/msl.md has the admin request %s", (name) => {
  const [table = "", member] = name.split(".");
  const rows = page.split("\n").filter((line) => line.includes(`\`${table}`));
  expect(rows.some((line) => member === undefined || line.includes(`.${member}`))).toBe(true);
});
