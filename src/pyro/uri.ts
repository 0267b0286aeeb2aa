import {
  badUri,
  formatLocation,
  type Location,
  PYTHON_BLANKS,
  readLocation,
} from "../net/location.ts";

export {
  formatLocation,
  type Location,
  type LocationOptions,
  parseLocation,
} from "../net/location.ts";

/** What a URI says about the object: its id, its name in a name server, or tags of its metadata. */
export type UriProtocol = "PYRO" | "PYRONAME" | "PYROMETA";

/** A URI without a location: the name server is to be found by the usual search. */
export type UriLocation = Location | { readonly kind: "none" };

export interface UriParts {
  readonly protocol: UriProtocol;
  /** Object id (PYRO) or name (PYRONAME), at least one character, no blanks. Not for PYROMETA. */
  readonly object?: string;
  /** Metadata tags, all of them required. Only for PYROMETA. */
  readonly tags?: Iterable<string>;
  readonly location?: UriLocation;
}

export interface ParseUriOptions {
  /** The port of a name server whose location names none (Pyro's NS_PORT); 9090 by default. */
  readonly nameServerPort?: number;
}

/**
 * How Pyro's serializers write a URI: protocol, object, socket path, host, port; see spec 10.2.
 * The object of a PYROMETA URI is a set.
 */
export type UriState = readonly [
  protocol: UriProtocol,
  object: string | Set<string>,
  path: string | null,
  host: string | null,
  port: number | null,
];

/** Port of a name server. */
export const NAME_SERVER_PORT = 9090;

/** Where Pyro's proxies over a connected socket say that their object is: no address, and of no use to others. */
export const CONNECTED_SOCKET: Location = { kind: "tcp", host: "<<connected-socket>>", port: 0 };

/** Where an object is that is called by the gateway that told of it: its URI holds on that way alone. */
export const BY_GATEWAY: Location & { readonly kind: "tcp" } = {
  kind: "tcp",
  host: "<<gateway>>",
  port: 0,
};

const NOWHERE: UriLocation = { kind: "none" };
const EXPECTED = {
  PYRO: "expected PYRO:object@host:port, PYRO:object@[ipv6]:port or PYRO:object@./u:path",
  PYRONAME: "expected PYRONAME:name or PYRONAME:name@host:port",
  PYROMETA: "expected PYROMETA:tag,tag or PYROMETA:tag,tag@host:port",
};
const BLANK = new RegExp(`[${PYTHON_BLANKS}]`);

/** The address of a Pyro object, or the way to find it. Never changes. */
export class PyroUri {
  readonly protocol: UriProtocol;
  /** Object id or name; of a PYROMETA URI, its tags with commas between them. */
  readonly object: string;
  /** Empty unless the protocol is PYROMETA. */
  readonly tags: ReadonlySet<string>;
  readonly location: UriLocation;

  constructor(parts: UriParts) {
    this.protocol = parts.protocol;
    this.tags = new Set(parts.tags);
    this.object = parts.protocol === "PYROMETA" ? [...this.tags].join(",") : (parts.object ?? "");
    this.location = parts.location ?? NOWHERE;
  }

  /**
   * Rebuilds a URI from what a peer's serializer sent, list or tuple.
   * @throws {@link BunsenError} `ERR_BAD_URI`
   */
  static fromState(state: unknown): PyroUri {
    const parts = Array.isArray(state) && state.length === 5 ? partsOf(state) : undefined;
    if (!parts) {
      const hint = "expected (protocol, object, socket path, host, port)";
      throw badUri("invalid uri", typesOf(state), hint);
    }
    return new PyroUri(parts);
  }

  toState(): UriState {
    const { location } = this;
    const object = this.protocol === "PYROMETA" ? new Set(this.tags) : this.object;
    if (location.kind === "none") return [this.protocol, object, null, null, null];
    if (location.kind === "unix") return [this.protocol, object, location.path, null, null];
    return [this.protocol, object, null, location.host, location.port];
  }

  /** The same object (or tags, in any order) at the same location. Hosts are compared as text. */
  equals(other: unknown): boolean {
    if (!(other instanceof PyroUri) || other.protocol !== this.protocol) return false;
    const sameObject =
      this.protocol === "PYROMETA"
        ? this.tags.size === other.tags.size && [...this.tags].every((tag) => other.tags.has(tag))
        : this.object === other.object;
    return sameObject && sameLocation(this.location, other.location);
  }

  /** `PROTOCOL:object[@location]`. */
  toString(): string {
    const text = `${this.protocol}:${this.object}`;
    const { location } = this;
    // Pyro reads `PYRO:o@:5` and prints it without its location; what a name server stores must stay comparable.
    if (location.kind === "none" || (location.kind === "tcp" && location.host === "")) return text;
    return `${text}@${formatLocation(location)}`;
  }
}

/**
 * Reads a Pyro URI: `PYRO:object@host:port`, `PYRONAME:name[@host[:port]]`, `PYROMETA:tag,tag[@host[:port]]`; locations
 * may also be `[ipv6]:port` and `./u:path`. The protocol may be in lower case. Ports are not checked for their range.
 * @throws {@link BunsenError} `ERR_BAD_URI`; its message starts with the text of Python's PyroError.
 * @see Spec, section 8.
 */
export function parseUri(text: string, options: ParseUriOptions = {}): PyroUri {
  const { protocol, object, location } = split(text);
  const defaultPort =
    protocol === "PYRO" ? undefined : (options.nameServerPort ?? NAME_SERVER_PORT);
  if (protocol === "PYRO" && location === undefined) {
    throw badUri("invalid uri", text, `it has no location; ${EXPECTED.PYRO}`);
  }
  const parts = location === undefined ? {} : { location: readLocation(location, defaultPort) };
  return protocol === "PYROMETA"
    ? new PyroUri({ protocol, tags: object.split(","), ...parts })
    : new PyroUri({ protocol, object, ...parts });
}

/** Cuts by hand: one regular expression for the whole would take quadratic time on a text full of `@`. */
function split(text: string): { protocol: UriProtocol; object: string; location?: string } {
  // Pyro's expression ends in `$`, which allows one newline.
  const line = text.endsWith("\n") ? text.slice(0, -1) : text;
  const colon = line.indexOf(":");
  const protocol = line.slice(0, Math.max(colon, 0)).toUpperCase();
  if (!/^PYRO[A-Z]*$/.test(protocol) || line.includes("\n")) {
    throw badUri("invalid uri", text, EXPECTED.PYRO);
  }
  const rest = line.slice(colon + 1);
  // The object has at least one character, so the first can be an `@`; and an `@` at the end belongs to it too.
  const at = rest.indexOf("@", 1);
  const hasLocation = at > 0 && at < rest.length - 1;
  const object = hasLocation ? rest.slice(0, at) : rest;
  const known = isProtocol(protocol);
  if (object === "" || BLANK.test(object)) {
    const what = object === "" ? "the object is empty" : "the object contains a blank";
    throw badUri("invalid uri", text, `${what}; ${known ? EXPECTED[protocol] : EXPECTED.PYRO}`);
  }
  if (!known) {
    throw badUri("invalid uri (protocol)", text, "expected PYRO:, PYRONAME: or PYROMETA:");
  }
  return hasLocation ? { protocol, object, location: rest.slice(at + 1) } : { protocol, object };
}

function isProtocol(protocol: unknown): protocol is UriProtocol {
  return protocol === "PYRO" || protocol === "PYRONAME" || protocol === "PYROMETA";
}

function partsOf(state: readonly unknown[]): UriParts | undefined {
  const [protocol, object, path, host, port] = state;
  if (!isProtocol(protocol)) return undefined;
  const location = locationOf(path ?? null, host ?? null, port ?? null);
  // Only name server look-ups may leave the location to a search.
  if (!location || (protocol === "PYRO" && location.kind === "none")) return undefined;
  if (protocol === "PYROMETA") {
    const tags = Array.isArray(object) || object instanceof Set ? [...object] : [];
    return tags.length > 0 && tags.every(isTag) ? { protocol, tags, location } : undefined;
  }
  return isObjectId(object) ? { protocol, object, location } : undefined;
}

function locationOf(path: unknown, host: unknown, port: unknown): UriLocation | undefined {
  if (typeof path === "string" && path !== "") {
    const clean = host === null && port === null && !/[:\n]/.test(path);
    return clean ? { kind: "unix", path } : undefined;
  }
  if (path !== null) return undefined;
  if (host === null && port === null) return NOWHERE;
  const valid = typeof host === "string" && Number.isSafeInteger(port) && !host.includes("\n");
  return valid ? { kind: "tcp", host, port: port as number } : undefined;
}

function isObjectId(object: unknown): object is string {
  return typeof object === "string" && object !== "" && !BLANK.test(object);
}

function isTag(tag: unknown): tag is string {
  return typeof tag === "string" && !tag.includes(",") && !BLANK.test(tag);
}

function sameLocation(a: UriLocation, b: UriLocation): boolean {
  if (a.kind === "tcp" && b.kind === "tcp") return a.host === b.host && a.port === b.port;
  if (a.kind === "unix" && b.kind === "unix") return a.path === b.path;
  return a.kind === b.kind;
}

/** Types, not values: what a peer sent as a state may be anything, even an object that cannot be printed. */
function typesOf(state: unknown): string {
  return Array.isArray(state) ? `(${state.map((item) => typeof item).join(", ")})` : typeof state;
}
