import { readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { sendText } from "./answers.ts";
import { type StaticFile, sendFile } from "./static-file.ts";

/** Where `npm run build` puts it: beside this package's own files, or beside the sources of a checkout. */
const PLACES = ["../browser.js", "../../dist/browser.js"].map(
  (path) => new URL(path, import.meta.url),
);

/**
 * `bunsen/browser` as the one file that it is, for pages that no bundler makes: `import { connect } from "/bunsen.js"`.
 * There is nothing secret in it, so nobody need show a key.
 */
export class ClientFile {
  readonly #places: readonly URL[];
  #loaded: StaticFile | undefined;

  constructor(places: readonly URL[] = PLACES) {
    this.#places = places;
  }

  /** Never rejects. */
  async send(
    request: IncomingMessage,
    response: ServerResponse,
    headers: readonly string[],
  ): Promise<void> {
    try {
      const file = await this.#load();
      if (file) sendFile(request, response, file, [...SAFE, ...headers]);
      else sendText(response, 404, `Error 404: Not Found - ${HOW_TO_BUILD}`, headers);
    } catch (error) {
      sendText(response, 500, `Error 500: ${(error as Error).message}`, headers);
    }
  }

  /** As it is now: a checkout may be built anew while the gateway runs. */
  async #load(): Promise<StaticFile | undefined> {
    for (const place of this.#places) {
      try {
        const { mtimeMs, size } = await stat(place);
        const tag = `"${mtimeMs.toString(36)}-${size.toString(36)}"`;
        if (this.#loaded?.tag === tag) return this.#loaded;
        const plain = await readFile(place);
        const bytes = new Map([
          ["identity", plain],
          ["gzip", await promisify(gzip)(plain)],
        ]);
        this.#loaded = { type: "text/javascript; charset=utf-8", tag, bytes };
        return this.#loaded;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    return undefined;
  }
}

const HOW_TO_BUILD = 'this checkout has no dist/browser.js; "npm run build" makes it';

/** A browser asks each time whether it has changed, and takes it for nothing but what it is. */
const SAFE = ["Cache-Control", "no-cache", "X-Content-Type-Options", "nosniff"];
