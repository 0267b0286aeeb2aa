import { BunsenError } from "../errors.ts";
import { publishedLocation } from "../net/addresses.ts";
import { formatLocation } from "../net/location.ts";

/** Where a PyProximity server is, in ZeroMQ's words. */
export interface ProximityAddress {
  /** `tcp://host:port` or `ipc://path`. */
  readonly endpoint: string;
  /** The interface; empty where a URI names none. */
  readonly name: string;
}

export function isProximity(uri: string): boolean {
  return /^proximity(\+ipc)?:/i.test(uri);
}

/**
 * Reads `proximity://host:port/name` and `proximity+ipc:///path/of.sock#name`. Names may have dots: sub-objects are
 * interfaces of their own.
 * @throws BunsenError `ERR_BAD_URI`.
 */
export function parseProximityUri(uri: string): ProximityAddress {
  const tcp = /^proximity:\/\/(\[[^\]]+\]|[^/:]+):(\d+|\*)(?:\/(.*))?$/i.exec(uri);
  const ipc = /^proximity\+ipc:\/\/([^#]+)(?:#(.*))?$/i.exec(uri);
  const name = decoded(tcp?.[3] ?? ipc?.[2] ?? "");
  if (tcp && name !== undefined) return { endpoint: `tcp://${tcp[1]}:${tcp[2]}`, name };
  if (ipc && name !== undefined) return { endpoint: `ipc://${ipc[1]}`, name };
  throw new BunsenError(
    "ERR_BAD_URI",
    `Expected a URI such as "proximity://host:5555/fpga" or "proximity+ipc:///run/lab.sock#fpga", got ${JSON.stringify(uri)}`,
  );
}

/** Undefined where a `%` stands for nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The URL of an endpoint, behind which an interface can be named. */
export function proximityUrl(endpoint: string): string {
  return endpoint.startsWith("ipc:")
    ? `proximity+${endpoint}`
    : endpoint.replace(/^tcp:/, "proximity:");
}

/** An endpoint as others can use it: with an address of this machine in place of all of them. */
export function publishedEndpoint(endpoint: string): string {
  const match = /^tcp:\/\/\[?(.+?)\]?:(\d+)$/.exec(endpoint);
  if (!match) return endpoint;
  const [, host = "", port] = match;
  const bound = { kind: "tcp", host, port: Number(port) } as const;
  return `tcp://${formatLocation(publishedLocation(bound, undefined, undefined))}`;
}

/** `127.0.0.1:5555` of `tcp://127.0.0.1:5555`. */
export function withoutScheme(endpoint: string): string {
  return endpoint.replace(/^(tcp|ipc):\/\//, "");
}
