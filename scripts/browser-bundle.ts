// Bundles src/browser/ into one file that a page can import as it is: `dist/browser.js`.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { standIns, transform } from "./stand-ins.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The bundle's text. */
export async function browserBundle(
  entry: string = join(root, "src/browser/index.ts"),
): Promise<string> {
  await using bundle = await rolldown({
    input: entry,
    platform: "browser",
    logLevel: "silent",
    treeshake: { moduleSideEffects: false },
    transform,
    plugins: [standIns],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  return output[0].code;
}

/** Puts it where a gateway finds it. What reads it meanwhile sees the old file or the new one. */
export async function putBrowserBundle(): Promise<void> {
  const file = join(root, "dist/browser.js");
  const text = await browserBundle();
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(dirname(file), { recursive: true });
  const making = `${file}.${process.pid}.new`;
  writeFileSync(making, text);
  renameSync(making, file);
}

if (import.meta.main) await putBrowserBundle();
