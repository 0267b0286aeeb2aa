// Builds the web console: src/console/ to dist/console/, where the gateway serves it from. Does nothing where what is there
// was made of the same files; `npm run build` and `npm test` call it each time.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "vite";
import { standIns, transform } from "./stand-ins.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src/console");
/** What each build was made of, by path; beside the build, and not in the package. */
const INPUTS = "inputs.json";

/** The files of a console, by their paths below its folder. */
export type ConsoleFiles = ReadonlyMap<string, Uint8Array>;

/** Bundles it, and says of which files of ours. */
async function bundle(): Promise<{ files: ConsoleFiles; inputs: readonly string[] }> {
  const inputs = new Set([join(source, "index.html")]);
  const seen = {
    name: "inputs",
    transform: { handler: (_: string, id: string) => void inputs.add(id.replace(/\?.*/, "")) },
  };
  const result = await build({
    root: source,
    configFile: false,
    // Relative: a proxy may have the gateway below a path of its own.
    base: "./",
    logLevel: "error",
    plugins: [standIns, seen],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      write: false,
      target: transform.target,
      // Nothing is inlined: the page's policy allows only files of its own.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      license: { fileName: "licenses.md" },
      rolldownOptions: { transform: { inject: transform.inject } },
    },
  });
  if (!("output" in result)) throw new TypeError("one build was asked for");
  const files = result.output.map((file): [string, Uint8Array] => [
    file.fileName,
    Buffer.from(file.type === "chunk" ? file.code : file.source),
  ]);
  const ours = [...inputs].filter((id) => id.startsWith(root) && !id.includes("node_modules"));
  const always = ["package-lock.json", "scripts/stand-ins.ts", "scripts/console-build.ts"];
  return {
    files: new Map(files.sort(([a], [b]) => (a < b ? -1 : 1))),
    inputs: [...ours.map((id) => relative(root, id)), ...always].sort(),
  };
}

/** Makes `folder` hold the console as the sources have it now. Returns whether there was anything to do. */
export async function buildConsole(folder: string = join(root, "dist/console")): Promise<boolean> {
  if (isFresh(folder)) return false;
  const { files, inputs } = await bundle();
  // The page comes last, and what it no longer asks for goes after it: a gateway may be reading.
  const inOrder = [...files].sort(
    ([a], [b]) => Number(a === "index.html") - Number(b === "index.html"),
  );
  const kept = new Set([INPUTS]);
  for (const [name, content] of inOrder) {
    for (const [suffix, bytes] of encodings(name, content)) {
      kept.add(name + suffix);
      put(join(folder, name + suffix), bytes);
    }
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = name.replaceAll("\\", "/");
    if (/\.\w+$/.test(path) && !kept.has(path)) rmSync(join(folder, name), { force: true });
  }
  put(join(folder, INPUTS), Buffer.from(`${JSON.stringify(digestsOf(inputs), null, 1)}\n`));
  return true;
}

/** Compressed once, here, so that the gateway need not. */
function encodings(name: string, content: Uint8Array): [suffix: string, bytes: Uint8Array][] {
  const plain: [string, Uint8Array] = ["", content];
  if (!/\.(html|js|css|svg)$/.test(name)) return [plain];
  return [plain, [".gz", gzipSync(content, { level: 9 })], [".br", brotliCompressSync(content)]];
}

/** Whoever reads it sees the old file or the new one. */
function put(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const making = `${path}.${process.pid}.new`;
  writeFileSync(making, bytes);
  renameSync(making, path);
}

function isFresh(folder: string): boolean {
  const file = join(folder, INPUTS);
  if (!existsSync(file) || !existsSync(join(folder, "index.html"))) return false;
  const made = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const now = digestsOf(Object.keys(made));
  return Object.entries(made).every(([path, digest]) => now[path] === digest);
}

function digestsOf(paths: readonly string[]): Record<string, string> {
  const digest = (path: string) => {
    const file = join(root, path);
    if (!existsSync(file)) return "";
    return createHash("sha256").update(readFileSync(file)).digest("base64url");
  };
  return Object.fromEntries(paths.map((path) => [path, digest(path)]));
}

if (import.meta.main && (await buildConsole())) console.error("bunsen: the web console is built");
