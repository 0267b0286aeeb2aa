import { browserBundle } from "../../scripts/browser-bundle.ts";
import type * as Browser from "../../src/browser/index.ts";
import { type Pages, servePages } from "../support/pages.ts";

/**
 * What a page of `serveClient` has as globals. Functions given to `page.evaluate` run there: of this side they know nothing
 * but their argument. (Nor can they say `await using`, which vitest makes calls of helpers of.)
 */
declare global {
  /** The bundle of `bunsen/browser`. */
  var bunsen: typeof Browser;
  /** What one evaluation leaves for the next. */
  var kept: Record<string, unknown>;
}

/** A web server of another origin than the gateway's, with a page that has loaded the bundle. */
export async function serveClient(tls?: Parameters<typeof servePages>[1]): Promise<Pages> {
  const script = 'import * as it from "./bunsen.js"; globalThis.bunsen = it; globalThis.kept = {}';
  return await servePages(
    {
      "/": '<h1>A page</h1><script type="module" src="page.js"></script>',
      "/page.js": script,
      "/bunsen.js": await browserBundle(),
    },
    tls,
  );
}
