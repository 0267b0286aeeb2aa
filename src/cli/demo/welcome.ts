import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Snippets } from "./snippets.ts";

/** What the demo says when it is open. */
export interface Welcome {
  readonly nameServer: string;
  readonly objects: readonly { readonly name: string; readonly uri: string }[];
  /** Where the console is; undefined without a gateway. */
  readonly console: string | undefined;
  readonly snippets: Snippets;
}

/** The text for people. The console's address is its end: whoever looks for it finds it at the foot of the terminal. */
export function welcomeText({ nameServer, objects, console, snippets }: Welcome): string {
  const width = Math.max(...objects.map(({ name }) => name.length));
  return `The demo lab is open. Ctrl-C closes it.

  ${"name server".padEnd(width)}  ${nameServer}
${objects.map(({ name, uri }) => `  ${name.padEnd(width)}  ${uri}`).join("\n")}

--- Python, Pyro5 (pip install Pyro5) ---
${snippets.python5}

--- Python, Pyro4 (pip install Pyro4) ---
${snippets.python4}

--- TypeScript (npm install bunsen; save as lab.ts, run "node lab.ts", Node 24) ---${howToImport()}
${snippets.typescript}

--- Shell ---
${snippets.shell}

ready${console === undefined ? "" : `: the console, for a browser, is at\n\n  ${console}`}`;
}

/** In a checkout, the package's own name leads to what \`npm run build\` makes. */
function howToImport(): string {
  const isCheckout = import.meta.url.endsWith(".ts");
  const built = existsSync(fileURLToPath(new URL("../../../dist/index.js", import.meta.url)));
  return isCheckout && !built
    ? '\n// in this checkout: "npm run build" once, so that "bunsen" can be imported here'
    : "";
}
