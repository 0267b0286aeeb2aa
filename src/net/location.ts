import { BunsenError } from "../errors.ts";

/** Where a peer listens. */
export type Location =
  | {
      readonly kind: "tcp";
      /** Host name or address, as it was given; IPv6 without brackets. Empty means any address. */
      readonly host: string;
      readonly port: number;
    }
  | {
      readonly kind: "unix";
      /** Path of the socket; a name that starts with NUL is an abstract socket of Linux. */
      readonly path: string;
    };

export interface LocationOptions {
  /** The port of a location that names none. Without it, such a location is an error. */
  readonly defaultPort?: number;
}

/**
 * What Python calls a blank, for a character class of a regular expression: unlike in JavaScript, U+001C to U+001F and
 * U+0085 are, and U+FEFF is not.
 */
export const PYTHON_BLANKS =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** What Python's `int()` reads in base 10, as far as it is written in ASCII digits. */
const PYTHON_INT = new RegExp(`^[${PYTHON_BLANKS}]*([+-]?\\d+(?:_\\d+)*)[${PYTHON_BLANKS}]*$`);

const UNIX_PREFIX = "./u:";
const EXPECTED = "expected host:port, [ipv6]:port or ./u:path";

/**
 * Reads a location to listen at or to connect to: `host:port`, `[ipv6]:port` or `./u:path`.
 * @throws {@link BunsenError} `ERR_BAD_URI`, also for a port outside 0 to 65535.
 */
export function parseLocation(text: string, options: LocationOptions = {}): Location {
  const location = readLocation(text, options.defaultPort);
  if (location.kind === "tcp" && (location.port < 0 || location.port > 65535)) {
    throw badUri(`invalid port in uri, port=${location.port}`, text, "a port is 0 to 65535");
  }
  return location;
}

/** The text that {@link parseLocation} reads: `host:port`, `[ipv6]:port` or `./u:path`. */
export function formatLocation(location: Location): string {
  if (location.kind === "unix") return UNIX_PREFIX + location.path;
  const { host, port } = location;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The same without a check of the port's range: URIs of Pyro may carry any integer.
 * Refuses what Pyro ignores: characters after an IPv6 address or its port.
 */
export function readLocation(text: string, defaultPort?: number): Location {
  if (text.startsWith(UNIX_PREFIX)) {
    const path = text.slice(UNIX_PREFIX.length);
    if (path === "") throw badUri("invalid uri (location)", text, "the socket path is empty");
    if (path.includes(":")) {
      throw badUri("invalid uri (location)", text, "a socket path cannot contain a colon");
    }
    return { kind: "unix", path };
  }
  if (text.startsWith("[")) return readIpv6(text, defaultPort);
  const colon = text.indexOf(":");
  if (colon < 0) return { kind: "tcp", host: text, port: readPort("", defaultPort, text) };
  const port = readPort(text.slice(colon + 1), defaultPort, text);
  return { kind: "tcp", host: text.slice(0, colon), port };
}

function readIpv6(text: string, defaultPort: number | undefined): Location {
  if (text.startsWith("[[")) {
    throw badUri("invalid ipv6 address: enclosed in too many brackets", text, EXPECTED);
  }
  const match = /^\[([0-9a-fA-F:%]+)\](.*)$/s.exec(text);
  if (!match) {
    const what = "the part between brackets must be a numeric ipv6 address";
    throw badUri(`invalid ipv6 address: ${what}`, text, EXPECTED);
  }
  const [, host = "", rest = ""] = match;
  if (rest !== "" && !rest.startsWith(":")) {
    throw badUri(`invalid port in uri, port=${clip(rest)}`, text, EXPECTED);
  }
  return { kind: "tcp", host, port: readPort(rest.slice(1), defaultPort, text) };
}

function readPort(digits: string, defaultPort: number | undefined, text: string): number {
  if (digits === "") {
    if (defaultPort !== undefined) return defaultPort;
    throw badUri("invalid port in uri, port=None", text, EXPECTED);
  }
  const number = PYTHON_INT.exec(digits)?.[1];
  if (number !== undefined) {
    // `+ 0` turns -0 into 0.
    const port = Number(number.replaceAll("_", "")) + 0;
    if (Number.isSafeInteger(port)) return port;
  }
  throw badUri(`invalid port in uri, port=${clip(digits)}`, text, EXPECTED);
}

/**
 * The message begins with the text that Pyro has, since Python clients of our name server may match it.
 * @param pyroText - The text of Python's PyroError, such as `invalid uri`.
 */
export function badUri(pyroText: string, text: string, hint: string): BunsenError {
  return new BunsenError("ERR_BAD_URI", `${pyroText}: ${JSON.stringify(clip(text))}; ${hint}`);
}

/** A peer's text, short enough for a message. */
function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
