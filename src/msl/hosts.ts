import { lookupService } from "node:dns/promises";
import { hostname, networkInterfaces } from "node:os";
import { within } from "../net/within.ts";

/** The names by which a computer may be called, as Python's manager sees them. @see spec/msl-network.md 2 */
export interface PeerHost {
  /** The address that the socket has. */
  readonly address: string;
  /** Its full name, or the address where it has none. */
  readonly domain: string;
  /** The first part of the name: what a list of trusted hosts holds. */
  readonly name: string;
  /** What it is called in the names of clients and services: this computer has one name, however it was reached. */
  readonly shown: string;
}

/** How long a name server may take: a manager must not keep a peer waiting for a name that is only for people. */
const LOOKUP_MS = 2000;

/** The addresses of this computer's interfaces. */
export function ownAddresses(family?: "IPv4" | "IPv6"): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => family === undefined || address.family === family)
    .map(({ address }) => address);
}

/** What this computer may be called by its own programs. */
export function localhostAliases(): Set<string> {
  return new Set([
    hostname(),
    "localhost",
    "127.0.0.1",
    "::1",
    `1.0.0.${"0.".repeat(29)}ip6.arpa`,
    "1.0.0.127.in-addr.arpa",
    ...ownAddresses("IPv4"),
  ]);
}

/** Looks a peer's names up. Never fails: a host without a name is called by its address. */
export async function peerHost(address: string): Promise<PeerHost> {
  const domain = isLoopback(address) ? "localhost" : await nameOf(address);
  const name = /^\d{1,3}(\.\d{1,3}){3}/.test(domain) ? domain : (domain.split(".")[0] as string);
  return { address, domain, name, shown: localhostAliases().has(name) ? hostname() : name };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

async function nameOf(address: string): Promise<string> {
  try {
    const looked = lookupService(address, 0);
    const late = () => new Error("the name server is slow");
    return (await within(looked, { timeoutMs: LOOKUP_MS, late })).hostname;
  } catch {
    return address;
  }
}
