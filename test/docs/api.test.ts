import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { apiFolder, apiPages, undocumented } from "../../scripts/api-docs.ts";

const REMEDY = "docs/api/ is older than the sources; npm run docs makes it anew";
const pages = apiPages();

it("docs/api/ has one page for each subpath of the package", () => {
  const there = existsSync(apiFolder) ? readdirSync(apiFolder).sort() : [];
  expect(there, REMEDY).toEqual([...pages.keys()].sort());
});

it.each([...pages])("docs/api/%s is what the doc comments say", (name, text) => {
  const path = join(apiFolder, name);
  expect(existsSync(path) ? readFileSync(path, "utf8") : "", REMEDY).toBe(text);
});

it("every name that can be imported has a doc comment", () => {
  expect(undocumented()).toEqual([]);
});
