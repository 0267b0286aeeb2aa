// What a bundle for browsers has in place of Node's modules and of files that a page needs not.

import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));
const standIn = (name: string) => join(src, "browser/stand-ins", `${name}.ts`);

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
  "when-used.ts": "when-used",
};

/** Puts them in place: a plugin of rolldown, and so of Vite. */
export const standIns = {
  name: "stand-ins",
  enforce: "pre",
  resolveId(source: string, importer: string | undefined): string | null {
    const file =
      importer && source.startsWith(".") ? relative(src, resolve(dirname(importer), source)) : "";
    const name = PACKAGES[source] ?? FILES[file];
    // A stand-in may import what it stands in for.
    const isOwn = importer !== undefined && importer === standIn(name ?? "");
    return name === undefined || isOwn ? null : standIn(name);
  },
} as const;

/** The same for names that Node has without an import. */
export const transform: {
  readonly target: string;
  readonly inject: Record<string, [file: string, name: string]>;
} = {
  target: "es2022",
  inject: {
    Buffer: [standIn("buffer"), "Buffer"],
    process: [standIn("globals"), "process"],
    setImmediate: [standIn("globals"), "setImmediate"],
  },
};
