import { readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { sendText } from "./answers.ts";

/** Where `npm run build` puts it: beside this package's own files, or beside the sources of a checkout. */
const PLACES = ["../browser.js", "../../dist/browser.js"].map(
  (path) => new URL(path, import.meta.url),
);

/** One state of the file. */
interface Loaded {
  /** Changes with the file. */
  readonly tag: string;
  readonly plain: Uint8Array;
  readonly compressed: Uint8Array;
}

/**
 * `bunsen/browser` as the one file that it is, for pages that no bundler makes: `import { connect } from "/bunsen.js"`.
 * There is nothing secret in it, so nobody need show a key.
 */
export class ClientFile {
  readonly #places: readonly URL[];
  #loaded: Loaded | undefined;

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
      if (file) answer(request, response, file, headers);
      else sendText(response, 404, `Error 404: Not Found - ${HOW_TO_BUILD}`, headers);
    } catch (error) {
      sendText(response, 500, `Error 500: ${(error as Error).message}`, headers);
    }
  }

  /** As it is now: a checkout may be built anew while the gateway runs. */
  async #load(): Promise<Loaded | undefined> {
    for (const place of this.#places) {
      try {
        const { mtimeMs, size } = await stat(place);
        const tag = `"${mtimeMs.toString(36)}-${size.toString(36)}"`;
        if (this.#loaded?.tag === tag) return this.#loaded;
        const plain = await readFile(place);
        this.#loaded = { tag, plain, compressed: await promisify(gzip)(plain) };
        return this.#loaded;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    return undefined;
  }
}

const HOW_TO_BUILD = 'this checkout has no dist/browser.js; "npm run build" makes it';

function answer(
  { headers: asked }: IncomingMessage,
  response: ServerResponse,
  { tag, plain, compressed }: Loaded,
  headers: readonly string[],
): void {
  // A browser asks each time whether it has changed, and takes it for nothing but what it is.
  const basics = ["ETag", tag, "Cache-Control", "no-cache", "X-Content-Type-Options", "nosniff"];
  basics.push("Vary", "Accept-Encoding", ...headers);
  if (asked["if-none-match"] === tag) {
    response.writeHead(304, basics).end();
    return;
  }
  const isCompressed = /\bgzip\b/.test(`${asked["accept-encoding"]}`);
  const body = isCompressed ? compressed : plain;
  if (isCompressed) basics.push("Content-Encoding", "gzip");
  basics.push("Content-Type", "text/javascript; charset=utf-8");
  response.writeHead(200, [...basics, "Content-Length", `${body.byteLength}`]);
  response.end(body);
}
