import dns from "node:dns";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Location } from "./location.ts";

/** The host that callers from outside are told, where a router or a tunnel passes its port on to a listener. */
export interface Nat {
  readonly host: string;
  /** 0 is the port of the listener itself. */
  readonly port: number;
}

/** True for an address, or `localhost`, that leads a program back to its own machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** True for what means "all addresses of this machine", and no address that could be called. */
export function isWildcard(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

/** What stands for this machine where those at the far end of a tunnel know it by nothing else. */
export function tunnelId(host: string, number: number): string {
  return `${TUNNEL}${host}#${number}`;
}

/** Whether what a stream calls this machine is the id of a tunnel, and no address. */
export function isTunnelId(local: string | undefined): local is string {
  return local?.startsWith(TUNNEL) === true;
}

const TUNNEL = "ssh://";

/** IPv4 in the clothes of IPv6, as a socket that takes both reports it, in its own. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/**
 * Where a listener can be called, as URIs that are handed out say it.
 * @param local - The address of this machine that the asking side uses, if one is known: in place of `0.0.0.0`, which
 *   is everybody's own machine. Else the first that this machine has on a network.
 */
export function publishedLocation(
  bound: Location,
  nat: Nat | undefined,
  local: string | undefined,
): Location {
  if (bound.kind === "unix") return bound;
  if (nat) return { kind: "tcp", host: nat.host, port: nat.port || bound.port };
  if (!isWildcard(bound.host)) return bound;
  return { ...bound, host: local ?? networkAddress(bound.host === "::") };
}

/** The first address that others on the network can reach; of a machine without a network, its own. */
function networkAddress(ipv6: boolean): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const reachable = all.filter(
    // A link-local address is one only together with an interface, whose name differs from machine to machine.
    ({ internal, address }) => !internal && !/^fe[89ab]/i.test(address),
  );
  const first = (family: string) => reachable.find((found) => found.family === family)?.address;
  if (!ipv6) return first("IPv4") ?? "127.0.0.1";
  // Where it listens at `::`, it listens at its IPv4 addresses too.
  return first("IPv6") ?? first("IPv4") ?? "::1";
}

/**
 * What is wrong with a host name that others are told, if something is: it leads to loopback here, as many a Linux
 * system has its own name in /etc/hosts, or is not known at all.
 */
export async function hostNameProblem(host: string): Promise<string | undefined> {
  if (isIP(host) !== 0 || host === "localhost") return undefined;
  try {
    const found = await dns.promises.lookup(host, { all: true });
    const [first] = found;
    return first && found.every(({ address }) => isLoopback(address))
      ? loopbackName(host, first.address)
      : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `the host name "${host}" does not resolve on this machine (${code})`;
  }
}

/** How a name that resolves to loopback is told: it is no name of this machine for anybody else. */
export function loopbackName(host: string, address: string): string {
  return `the host name "${host}" resolves to ${address} on this machine, which others take for themselves, or cannot reach (see /etc/hosts)`;
}
