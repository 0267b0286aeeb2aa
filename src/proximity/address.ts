import { BunsenError } from "../errors.ts";
import { publishedLocation } from "../net/addresses.ts";
import { formatLocation } from "../net/location.ts";

/** Where a PyProximity server is, in ZeroMQ's words. */
export interface ProximityAddress {
  /** `tcp://host:port` or `ipc://path`. */
  readonly endpoint: string;
  /** The interface; empty where a URI names none. */
  readonly name: string;
  /** The worker whose interface it is, behind a broker. */
  readonly worker?: string;
}

export function isProximity(uri: string): boolean {
  return /^proximity(\+ipc|\+broker)?:/i.test(uri);
}

/**
 * Reads `proximity://host:port/name`, `proximity+ipc:///path/of.sock#name` and `proximity+broker://host:port/WORKER/name`.
 * Names may have dots: sub-objects are interfaces of their own.
 * @throws BunsenError `ERR_BAD_URI`.
 */
export function parseProximityUri(uri: string): ProximityAddress {
  const tcp = /^proximity:\/\/(\[[^\]]+\]|[^/:]+):(\d+|\*)(?:\/(.*))?$/i.exec(uri);
  const broker = BROKER.exec(uri);
  const worker = decoded(broker?.[3] ?? "");
  const behind = decoded(broker?.[4] ?? "");
  if (broker && worker && behind !== undefined) {
    return { endpoint: `tcp://${broker[1]}:${broker[2]}`, worker, name: behind };
  }
  const ipc = /^proximity\+ipc:\/\/([^#]+)(?:#(.*))?$/i.exec(uri);
  const name = decoded(tcp?.[3] ?? ipc?.[2] ?? "");
  if (tcp && name !== undefined) return { endpoint: `tcp://${tcp[1]}:${tcp[2]}`, name };
  if (ipc && name !== undefined) return { endpoint: `ipc://${ipc[1]}`, name };
  throw new BunsenError(
    "ERR_BAD_URI",
    `Expected a URI such as "proximity://host:5555/fpga", "proximity+ipc:///run/lab.sock#fpga" or "proximity+broker://host:5555/WORKER/fpga", got ${JSON.stringify(uri)}`,
  );
}

/** The front of a broker with a worker and its interface, or its back with a worker. */
const BROKER = /^proximity\+broker:\/\/(\[[^\]]+\]|[^/:]+):(\d+)\/([^/]+)(?:\/(.*))?$/i;

/** Reads `proximity+broker://host:5556/WORKER`. @throws BunsenError `ERR_BAD_URI`. */
export function parseBrokerUrl(url: string): {
  readonly endpoint: string;
  readonly worker: string;
} {
  const { endpoint, worker, name } = parseProximityUri(url);
  if (worker !== undefined && name === "") return { endpoint, worker };
  throw new BunsenError(
    "ERR_BAD_URI",
    `Expected a broker and the name of a worker, as in "proximity+broker://host:5556/WORKER", got ${JSON.stringify(url)}`,
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
