// Bundles src/browser/ into one file that a page can import as it is: `dist/browser.js`.

import { writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");
const standIn = (name: string) => join(root, "src/browser/stand-ins", `${name}.ts`);

/** Packages that a browser has not, or a page needs not. */
const PACKAGES: Readonly<Record<string, string>> = {
  "node:async_hooks": "async-hooks",
  "node:zlib": "zlib",
};

/** Files of src/ with a body of their own for browsers, by their names in `stand-ins/`. */
const FILES: Readonly<Record<string, string>> = {
  "objects/context.ts": "context",
  "objects/description.ts": "description",
  "objects/entry.ts": "entry",
  "pyro/blob.ts": "blob",
  "pyro/callbacks.ts": "callbacks",
  "pyro/daemon-object.ts": "daemon-object",
  "pyro/decoder.ts": "decoder",
  "pyro/encoder.ts": "encoder",
  "pyro/payload.ts": "payload",
  "pyro/pulled-stream.ts": "pulled-stream",
  "pyro/serving-options.ts": "serving-options",
  "serializers/index.ts": "serializers",
  "serializers/path.ts": "path",
  "values/ndarray.ts": "ndarray",
};

/** The bundle's text. */
export async function browserBundle(
  entry: string = join(root, "src/browser/index.ts"),
): Promise<string> {
  await using bundle = await rolldown({
    input: entry,
    platform: "browser",
    logLevel: "silent",
    treeshake: { moduleSideEffects: false },
    transform: {
      target: "es2022",
      inject: {
        Buffer: [standIn("buffer"), "Buffer"],
        process: [standIn("globals"), "process"],
        setImmediate: [standIn("globals"), "setImmediate"],
      },
    },
    plugins: [
      {
        name: "stand-ins",
        resolveId(source, importer) {
          const file =
            importer && source.startsWith(".")
              ? relative(src, resolve(dirname(importer), source))
              : "";
          const name = PACKAGES[source] ?? FILES[file];
          // A stand-in may import what it stands in for.
          const isOwn = importer !== undefined && importer === standIn(name ?? "");
          return name === undefined || isOwn ? null : standIn(name);
        },
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  return output[0].code;
}

if (import.meta.main) writeFileSync(join(root, "dist/browser.js"), await browserBundle());
