import { BunsenError } from "../errors.ts";

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
  const tcp = /^proximity:\/\/(\[[^\]]+\]|[^/:]+):(\d+|\*)(?:\/(.*))?$/.exec(uri);
  if (tcp) {
    const [, host, port, name = ""] = tcp;
    return { endpoint: `tcp://${host}:${port}`, name: decodeURIComponent(name) };
  }
  const ipc = /^proximity\+ipc:\/\/([^#]+)(?:#(.*))?$/.exec(uri);
  if (ipc) return { endpoint: `ipc://${ipc[1]}`, name: decodeURIComponent(ipc[2] ?? "") };
  throw new BunsenError(
    "ERR_BAD_URI",
    `Expected a URI such as "proximity://host:5555/fpga" or "proximity+ipc:///run/lab.sock#fpga", got ${JSON.stringify(uri)}`,
  );
}

/** The URI of an interface at an endpoint. */
export function proximityUri(endpoint: string, name: string): string {
  const part = encodeURIComponent(name);
  return endpoint.startsWith("ipc://")
    ? `proximity+${endpoint}#${part}`
    : `${endpoint.replace(/^tcp:/, "proximity:")}/${part}`;
}
