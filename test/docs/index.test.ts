import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { documents, root } from "../support/docs.ts";

const index = readFileSync(join(root, "docs/README.md"), "utf8");
const reference = readdirSync(join(root, "docs/api")).map((name) => `docs/api/${name}`);
const pages = [...documents().filter((path) => !path.endsWith("README.md")), ...reference];

it.each(pages)("docs/README.md lists %s", (page) => {
  const name = page.slice("docs/".length);
  expect(index, `add a row for it: | [${name}](${name}) | what it is for |`).toContain(
    `| [${name}](${name}) | `,
  );
});

it.each(documents())("the links of %s lead to files that are there", (page) => {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, "");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, link]) => link);
  const missing = links.filter((link) => !existsSync(join(root, page, "..", String(link))));
  expect(missing).toEqual([]);
});
