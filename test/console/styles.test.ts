import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const CONSOLE = new URL("../../src/console/", import.meta.url);

/** Selectors of one class and nothing else, such as `.badge`. */
function bareClasses(file: string): Set<string> {
  const text = readFileSync(new URL(file, CONSOLE), "utf8").replace(/\/\*.*?\*\//gs, "");
  const heads = [...text.matchAll(/([^{}]+)\{/g)].map(([, head = ""]) => head);
  const selectors = heads.flatMap((head) => head.split(",").map((one) => one.trim()));
  return new Set(selectors.filter((one) => /^\.[\w-]+$/.test(one)));
}

// The sheet of a page stays when another is opened, and comes while the first is looked at.
it("keeps each class to one style sheet, so that none changes what another page looks like", () => {
  const sheets = readdirSync(CONSOLE, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".css"))
    .map((name) => ({ name, classes: bareClasses(name) }));
  expect(sheets.length).toBeGreaterThan(3);
  const twice = sheets.flatMap(({ name, classes }, i) =>
    sheets
      .slice(i + 1)
      .flatMap((other) =>
        [...classes]
          .filter((one) => other.classes.has(one))
          .map((one) => `${one} in ${name} and ${other.name}`),
      ),
  );
  expect(twice).toEqual([]);
});
