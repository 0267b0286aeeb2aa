import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { itWith, originals } from "./pairings.ts";

const examples = fileURLToPath(new URL("../../examples/pyro", import.meta.url));
const readme = readFileSync(join(examples, "README.md"), "utf8");
const [here = ""] = readme.split(/^## /m);
const folders = (path: string) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

describe("examples/pyro/README.md", () => {
  it("has a row for each folder, and no other", () => {
    const rows = [...here.matchAll(/^\| `([^`]+)`/gm)].map((row) => row[1]);
    expect(rows).toEqual(folders(examples).sort());
  });

  it.each(folders(examples))("%s has a test", (folder) => {
    expect(existsSync(fileURLToPath(new URL(`pyro/${folder}.test.ts`, import.meta.url)))).toBe(
      true,
    );
  });

  for (const pyro of ["Pyro5", "Pyro4"] as const) {
    itWith(pyro)(`leaves out no example of ${pyro} without a word`, () => {
      const named = new Set([...readme.matchAll(/`([\w-]+)`/g)].map((name) => name[1]));
      const missing = folders(join(originals, pyro.toLowerCase())).filter(
        (name) => !named.has(name),
      );
      expect(missing).toEqual([]);
    });
  }
});
