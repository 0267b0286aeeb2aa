// Bundles src/browser/ into one file that a page can import as it is: `dist/browser.js`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
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

if (import.meta.main) writeFileSync(join(root, "dist/browser.js"), await browserBundle());
