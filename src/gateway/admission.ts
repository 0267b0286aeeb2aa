import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { hostname } from "node:os";
import { BunsenError } from "../errors.ts";
import type { GatewayKey, GatewayOptions } from "./options.ts";

/** Why a request is not let in. */
export interface Refusal {
  readonly status: 403 | 421 | 429;
  readonly text: string;
}

type Headers = Pick<IncomingHttpHeaders, "host" | "origin"> & IncomingHttpHeaders;

/** Who may call: by the page that calls, by the name the gateway is called by, by key, and how often. */
export class Admission {
  readonly #keys: readonly { readonly digest: Buffer; readonly identity: string | undefined }[];
  readonly #origins: ReadonlySet<string>;
  readonly #anyOrigin: boolean;
  readonly #hosts: ReadonlySet<string>;
  readonly #rate: Rate | undefined;

  /** @throws BunsenError `ERR_BAD_OPTION`. */
  constructor(options: GatewayOptions) {
    const { keys = [], origins = [], hosts = [], maxRequestsPerSecond = 0 } = options;
    this.#keys = keys.map(asKey).map(({ key, identity }) => ({ digest: digest(key), identity }));
    this.#anyOrigin = origins.includes("*");
    this.#origins = new Set(origins.filter((origin) => origin !== "*").map(readOrigin));
    const own = hostname().toLowerCase();
    const named = hosts.map((host) => host.toLowerCase());
    this.#hosts = new Set(["localhost", own, `${own}.local`, ...named]);
    this.#rate = maxRequestsPerSecond > 0 ? new Rate(maxRequestsPerSecond) : undefined;
  }

  /** Judges what holds for every request, whatever it asks for. */
  refuse(headers: Headers, address: string): Refusal | undefined {
    if (this.#rate?.exceededBy(address)) {
      return { status: 429, text: "Error 429: Too Many Requests" };
    }
    const { host = "", origin } = headers;
    if (this.#keys.length === 0 && !this.#anyOrigin && !this.#isOwnHost(host)) {
      const text = `Error 421: Misdirected Request - this gateway is not called ${JSON.stringify(host)}; name it in its option hosts`;
      return { status: 421, text };
    }
    if (this.#anyOrigin || this.#isAllowed(origin, host)) return undefined;
    // Links from elsewhere may lead here; calls from there may not.
    const site = headers["sec-fetch-site"];
    const isForeign = origin !== undefined || site === "cross-site" || site === "same-site";
    if (!isForeign) return undefined;
    const text = `403 Forbidden - pages of ${origin ?? "another site"} may not call; name their origin in the gateway's option origins`;
    return { status: 403, text };
  }

  /** What a browser is told, so that it lets pages of other origins read the answer. */
  corsHeaders({ origin }: Headers): readonly string[] {
    if (this.#anyOrigin) return ["Access-Control-Allow-Origin", "*", ...CORS];
    if (origin === undefined || !this.#origins.has(origin)) return NO_HEADERS;
    return ["Access-Control-Allow-Origin", origin, "Vary", "Origin", ...CORS];
  }

  get asksForKey(): boolean {
    return this.#keys.length > 0;
  }

  /** The key that was shown: compared in constant time, with each there is. Undefined where it is none of them. */
  keyOf(shown: string): { readonly identity: string | undefined } | undefined {
    const shownDigest = digest(shown);
    let found: { readonly identity: string | undefined } | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, shownDigest)) found = key;
    return found;
  }

  #isAllowed(origin: string | undefined, host: string): boolean {
    if (origin === undefined) return false;
    return this.#origins.has(origin) || origin === `http://${host}` || origin === `https://${host}`;
  }

  #isOwnHost(host: string): boolean {
    const name = host.replace(/:\d*$/, "").toLowerCase();
    // An address cannot be made to lead elsewhere. HTTP/1.0 has no host.
    const isAddress = /^(\d+(\.\d+){3}|\[[\da-f:.]+\])$/.test(name);
    return host === "" || isAddress || name.endsWith(".localhost") || this.#hosts.has(name);
  }
}

const NO_HEADERS: readonly string[] = [];

const CORS = [
  "Access-Control-Allow-Methods",
  "GET, POST, OPTIONS",
  "Access-Control-Allow-Headers",
  "Content-Type, X-Pyro-Options, X-Pyro-Gateway-Key, X-Pyro-Correlation-Id",
  "Access-Control-Expose-Headers",
  "X-Pyro-Correlation-Id",
];

function asKey(key: string | GatewayKey): GatewayKey {
  const made = typeof key === "string" ? { key } : key;
  if (made.key === "") throw new BunsenError("ERR_BAD_OPTION", "a key of the gateway is empty");
  return made;
}

function readOrigin(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : "null";
  if (origin !== "null" && origin === text.replace(/\/$/, "").toLowerCase()) return origin;
  throw new BunsenError(
    "ERR_BAD_OPTION",
    `Expected an origin such as "https://lab.example.org", or "*", got ${JSON.stringify(text)}`,
  );
}

/** Digests are of one length, whatever the keys are. */
function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

const SECOND_MS = 1000;
/** Addresses that are counted at once; beyond, all are forgotten: a flood of addresses must not take memory. */
const MAX_ADDRESSES = 10_000;

/** Requests of each address within the running second. */
class Rate {
  readonly #perSecond: number;
  #counts = new Map<string, number>();
  #since = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  exceededBy(address: string): boolean {
    const now = performance.now();
    if (now - this.#since >= SECOND_MS || this.#counts.size >= MAX_ADDRESSES) {
      this.#counts = new Map();
      this.#since = now;
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count > this.#perSecond;
  }
}
