// npm run docs: writes docs/api/, the reference of what each subpath of package.json exports, from the doc comments; and
// the tables of docs/errors.md, from src/error-codes.ts and the places that throw.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiPage } from "./api-page.ts";
import { openSources } from "./api-source.ts";
import { errorPage, thrownCodes } from "./error-page.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
export const apiFolder: string = join(root, "docs/api");

/** The pages as the sources have them: file name to text. */
export function apiPages(): Map<string, string> {
  using sources = openSources(root);
  const pages = new Map<string, string>();
  for (const { specifier, file } of entryPoints()) {
    const name = `${specifier.replaceAll("/", "-")}.md`;
    pages.set(name, apiPage(specifier, sources.exportsOf(file)));
  }
  return pages;
}

export const errorsPath: string = join(root, "docs/errors.md");

/** docs/errors.md as the sources have it. */
export function errorsText(): string {
  return errorPage(errorsPath, thrownCodes(root));
}

/** The exports of every subpath that have no doc comment, as `specifier: name`. */
export function undocumented(): string[] {
  using sources = openSources(root);
  return entryPoints().flatMap(({ specifier, file }) =>
    sources
      .exportsOf(file)
      .filter(({ documentation, exported }) => exported && documentation === "")
      .map(({ name }) => `${specifier}: ${name}`),
  );
}

interface EntryPoint {
  /** What users import: `bunsen` or `bunsen/msl`. */
  readonly specifier: string;
  readonly file: string;
}

function entryPoints(): EntryPoint[] {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === "string" || target["types"] === undefined) return [];
    const file = target["types"].replace(/^\.\/dist\//, "src/").replace(/\.d\.ts$/, ".ts");
    return [{ specifier: `bunsen${subpath.slice(1)}`, file: join(root, file) }];
  });
}

if (import.meta.main) {
  mkdirSync(apiFolder, { recursive: true });
  for (const old of readdirSync(apiFolder)) rmSync(join(apiFolder, old));
  for (const [name, text] of apiPages()) {
    writeFileSync(join(apiFolder, name), text);
    console.log(`docs/api/${name}`);
  }
  writeFileSync(errorsPath, errorsText());
  console.log("docs/errors.md");
}
