import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Admission } from "./admission.ts";
import { sendText } from "./answers.ts";

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

/** What the build compressed, the best first. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

interface ConsoleFile {
  readonly type: string;
  readonly tag: string;
  /** The bytes as they are, and compressed, by the name that HTTP has for how. */
  readonly bytes: ReadonlyMap<string, Buffer>;
}

/** The web console, as `npm run build` made it: small enough to be kept in memory whole. */
export class ConsolePage {
  readonly #admission: Admission;
  readonly #files: ReadonlyMap<string, ConsoleFile>;

  private constructor(admission: Admission, files: ReadonlyMap<string, ConsoleFile>) {
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
      .map((name) => [name, readFile(folder, name)] as const);
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
    const [encoding, bytes] = chosen(file, String(headers["accept-encoding"] ?? ""));
    const common = [
      ...SAFE,
      ...["ETag", file.tag, "Vary", "Accept-Encoding"],
      // The names of all but the page have a digest of what is in them.
      ...["Cache-Control", name === "index.html" ? "no-cache" : CACHED_FOR_EVER],
      ...(name === "index.html" ? ["Content-Security-Policy", policyFor(headers.host)] : []),
    ];
    if (headers["if-none-match"]?.includes(file.tag)) {
      response.writeHead(304, common).end();
      return true;
    }
    response.writeHead(200, [
      ...["Content-Type", file.type, "Content-Length", `${bytes.byteLength}`],
      ...(encoding === "identity" ? [] : ["Content-Encoding", encoding]),
      ...common,
    ]);
    response.end(bytes);
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

function readFile(folder: string, name: string): ConsoleFile {
  const plain = readFileSync(join(folder, name));
  const bytes = new Map([["identity", plain]]);
  for (const [encoding, suffix] of ENCODINGS) {
    const path = join(folder, name + suffix);
    if (existsSync(path)) bytes.set(encoding, readFileSync(path));
  }
  const tag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  return { type: TYPES[extname(name)] as string, tag, bytes };
}

function chosen({ bytes }: ConsoleFile, accepted: string): [encoding: string, bytes: Buffer] {
  const offers = accepted.split(",").map((part) => part.trim());
  for (const [encoding] of ENCODINGS) {
    const found = bytes.get(encoding);
    const isTaken = offers.some((offer) => {
      const [name, quality = ""] = offer.split(";");
      return name?.trim() === encoding && !/^\s*q=0(\.0*)?$/.test(quality);
    });
    if (found && isTaken) return [encoding, found];
  }
  return ["identity", bytes.get("identity") as Buffer];
}
