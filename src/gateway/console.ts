import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Admission } from "./admission.ts";
import { sendText } from "./answers.ts";
import { ENCODINGS, type StaticFile, sendFile } from "./static-file.ts";

/** Where the build is, as seen from here: this file runs from src/ and from dist/. */
const FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../dist/console" : "../console", import.meta.url),
);

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The web console, as `npm run build` made it: small enough to be kept in memory whole. */
export class ConsolePage {
  readonly #admission: Admission;
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(admission: Admission, files: ReadonlyMap<string, StaticFile>) {
    this.#admission = admission;
    this.#files = files;
  }

  /** What was built; undefined where nothing was. */
  static find(admission: Admission, folder: string = FOLDER): ConsolePage | undefined {
    if (!existsSync(join(folder, "index.html"))) return undefined;
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const files = names
      .map((name) => name.replaceAll("\\", "/"))
      .filter((name) => TYPES[extname(name)] !== undefined)
      .flatMap((name) => {
        const file = readFile(folder, name);
        return file ? [[name, file] as const] : [];
      });
    return new ConsolePage(admission, new Map(files));
  }

  /**
   * Answers a request for one of its files. They hold nothing of the lab, and so are shown to whoever may ask anything.
   * @returns false where it is for something else.
   */
  receive(request: IncomingMessage, response: ServerResponse): boolean {
    const { headers, method, url = "/" } = request;
    if (method !== "GET" && method !== "HEAD") return false;
    const name = url.replace(/\?.*/s, "").replace(/^\/+/, "") || "index.html";
    const file = this.#files.get(name);
    if (file === undefined) return false;
    const refusal = this.#admission.refuse(request, { visits: name === "index.html" });
    if (refusal) {
      sendText(response, refusal.status, refusal.text, []);
      return true;
    }
    const isPage = name === "index.html";
    sendFile(request, response, file, [
      ...SAFE,
      // The names of all but the page have a digest of what is in them.
      ...["Cache-Control", isPage ? "no-cache" : CACHED_FOR_EVER],
      ...(isPage ? ["Content-Security-Policy", policyFor(headers.host)] : []),
    ]);
    return true;
  }
}

const CACHED_FOR_EVER = "public, max-age=31536000, immutable";

const SAFE = [
  ...["X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer"],
  ...["Cross-Origin-Opener-Policy", "same-origin"],
];

/** The page runs what came with it, and asks nobody but this gateway: by its name, since not every browser counts WebSockets as `'self'`. */
function policyFor(host: string | undefined): string {
  const sockets = host && /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${sockets}`,
    "img-src 'self' blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Undefined for one that a build took away just now. */
function readFile(folder: string, name: string): StaticFile | undefined {
  let plain: Buffer;
  try {
    plain = readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
  const bytes = new Map([["identity", plain]]);
  for (const [encoding, suffix] of ENCODINGS) {
    const path = join(folder, name + suffix);
    if (existsSync(path)) bytes.set(encoding, readFileSync(path));
  }
  const tag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  return { type: TYPES[extname(name)] as string, tag, bytes };
}
