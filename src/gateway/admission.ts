import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { hostname } from "node:os";
import { TLSSocket } from "node:tls";
import { BunsenError } from "../errors.ts";
import { plainAddress } from "../net/addresses.ts";
import { formatLocation } from "../net/location.ts";
import { certificateProblem, identityOf, type ListenerTls } from "../net/tls.ts";
import type { Caller } from "../objects/call.ts";
import type { GatewayKey, GatewayOptions } from "./options.ts";
import type { Parameters } from "./request.ts";

/** Why a request is not let in. */
export interface Refusal {
  readonly status: 403 | 421 | 429;
  readonly text: string;
}

/** Who calls, as far as a key or a certificate tells. */
export interface KnownCaller {
  readonly identity: string | undefined;
}

/** Who may call: by the page that calls, by the name the gateway is called by, by key, and how often. */
export class Admission {
  readonly #keys: readonly { readonly digest: Buffer; readonly identity: string | undefined }[];
  readonly #origins: ReadonlySet<string>;
  readonly #anyOrigin: boolean;
  readonly #hosts: ReadonlySet<string>;
  readonly #rate: Rate | undefined;
  /** The host that was found to be this one last: the next request has the same, as a rule. */
  #ownHost: string | undefined;
  readonly #tls: ListenerTls | undefined;

  /** @throws BunsenError `ERR_BAD_OPTION`. */
  constructor(options: GatewayOptions, tls?: ListenerTls) {
    this.#tls = tls;
    const { keys = [], origins = [], hosts = [], maxRequestsPerSecond = 0 } = options;
    this.#keys = keys.map(asKey).map(({ key, identity }) => ({ digest: digest(key), identity }));
    this.#anyOrigin = origins.includes("*");
    this.#origins = new Set(origins.filter((origin) => origin !== "*").map(readOrigin));
    const own = hostname().toLowerCase();
    const named = hosts.map((host) => host.toLowerCase());
    this.#hosts = new Set(["localhost", own, `${own}.local`, ...named]);
    this.#rate = maxRequestsPerSecond > 0 ? new Rate(maxRequestsPerSecond) : undefined;
  }

  /**
   * Judges what holds for every request, whatever it asks for.
   * @param how.counts - Whether it is one of the requests that an address may make in a second. Default true.
   * @param how.visits - It asks for a page to be looked at, which does nothing: a link on any page may lead there.
   */
  refuse(
    { headers, socket }: IncomingMessage,
    {
      counts = true,
      visits = false,
    }: { readonly counts?: boolean; readonly visits?: boolean } = {},
  ): Refusal | undefined {
    if (this.#tls && socket instanceof TLSSocket) {
      const problem = certificateProblem(socket, this.#tls);
      if (problem) return { status: 403, text: `403 Forbidden - ${problem}` };
    }
    if (counts && this.#rate?.exceededBy(addressOf(socket))) return { status: 429, text: TOO_MANY };
    const { host = "", origin } = headers;
    if (this.#keys.length === 0 && !this.#anyOrigin && !this.#isOwnHost(host)) {
      const text = `Error 421: Misdirected Request - this gateway is not called ${JSON.stringify(host)}; name it in its option hosts`;
      return { status: 421, text };
    }
    if (this.#anyOrigin || this.#isAllowed(origin, host)) return undefined;
    if (visits && origin === undefined && headers["sec-fetch-dest"] === "document")
      return undefined;
    const site = headers["sec-fetch-site"];
    const isForeign = origin !== undefined || site === "cross-site" || site === "same-site";
    if (!isForeign) return undefined;
    const text = `403 Forbidden - pages of ${origin ?? "another site"} may not call; name their origin in the gateway's option origins`;
    return { status: 403, text };
  }

  /** Counts a call over a connection that was let in. Returns why it is refused; undefined if it is not. */
  refuseCall({ address }: Pick<Caller, "address">): string | undefined {
    return this.#rate?.exceededBy(address) ? TOO_MANY : undefined;
  }

  /** What a browser is told, so that it lets pages of other origins read the answer. */
  corsHeaders({ origin }: IncomingHttpHeaders): readonly string[] {
    if (this.#anyOrigin) return ["Access-Control-Allow-Origin", "*", ...CORS];
    if (origin === undefined || !this.#origins.has(origin)) return NO_HEADERS;
    return ["Access-Control-Allow-Origin", origin, "Vary", "Origin", ...CORS];
  }

  get asksForKey(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * Who calls. Undefined where a key is asked for, and none of them was shown: a wrong header is not made good by the
   * query. Keys are compared in constant time, with each there is.
   * @param certified - Whom its certificate says it is.
   */
  callerOf(
    { headers, socket }: IncomingMessage,
    parameters: Parameters,
    certified: string | undefined = certifiedOf(socket),
  ): KnownCaller | undefined {
    if (!this.asksForKey) return { identity: certified };
    const shown = digest(String(headers["x-pyro-gateway-key"] || (parameters["$key"] ?? "")));
    let found: KnownCaller | undefined;
    for (const key of this.#keys) {
      if (timingSafeEqual(key.digest, shown)) found = { identity: key.identity ?? certified };
    }
    return found;
  }

  #isAllowed(origin: string | undefined, host: string): boolean {
    if (origin === undefined) return false;
    return this.#origins.has(origin) || origin === `http://${host}` || origin === `https://${host}`;
  }

  #isOwnHost(host: string): boolean {
    if (host === this.#ownHost) return true;
    const isOwn = this.#namesOwnHost(host);
    if (isOwn) this.#ownHost = host;
    return isOwn;
  }

  #namesOwnHost(host: string): boolean {
    const name = host.replace(/:\d*$/, "").toLowerCase();
    // An address cannot be made to lead elsewhere. HTTP/1.0 has no host.
    const isAddress = /^(\d+(\.\d+){3}|\[[\da-f:.]+\])$/.test(name);
    return host === "" || isAddress || name.endsWith(".localhost") || this.#hosts.has(name);
  }
}

const TOO_MANY = "Error 429: Too Many Requests";

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

  /** @param address - With its port, which does not count. */
  exceededBy(address: string): boolean {
    const now = performance.now();
    if (now - this.#since >= SECOND_MS || this.#counts.size >= MAX_ADDRESSES) {
      this.#counts = new Map();
      this.#since = now;
    }
    const host = address.replace(/:\d+$/, "");
    const count = (this.#counts.get(host) ?? 0) + 1;
    this.#counts.set(host, count);
    return count > this.#perSecond;
  }
}

/** Whom the certificate of a connection says its other end is. */
export function certifiedOf(socket: Socket): string | undefined {
  return socket instanceof TLSSocket ? identityOf(socket) : undefined;
}

/** How calls and log lines name the other end. */
export function addressOf({ remoteAddress, remotePort }: Socket): string {
  if (remoteAddress === undefined || remotePort === undefined) return "a closed connection";
  return formatLocation({ kind: "tcp", host: plainAddress(remoteAddress), port: remotePort });
}
