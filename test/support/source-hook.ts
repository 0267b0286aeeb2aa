// Loaded with `node --import`: makes `bunsen` mean the sources of this checkout. BUNSEN_SOURCES, a JSON
// object, has a file for each specifier. (A link in node_modules would not do: no types are stripped there.)

import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const sources = JSON.parse(process.env["BUNSEN_SOURCES"] ?? "{}") as Record<string, string>;

registerHooks({
  resolve(specifier, context, next) {
    const file = Object.hasOwn(sources, specifier) ? sources[specifier] : undefined;
    return next(file ? pathToFileURL(file).href : specifier, context);
  },
});
