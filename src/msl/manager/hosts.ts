import { lookupService } from "node:dns/promises";
import { hostname, networkInterfaces } from "node:os";
import { within } from "../../net/within.ts";

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

/** How long a name server may take: a manager must not keep a peer waiting for a name that is only for people. */
const LOOKUP_MS = 2000;
const KEEP_MS = 60_000;
/** Lookups occupy threads that passwords are checked in, too, for as long as a name server is silent. */
const MAX_LOOKUPS = 2;
const MAX_KEPT = 1000;

/** The names of those who connect, each looked up once a minute at most. */
export class HostNames {
  readonly #kept = new Map<string, { readonly since: number; readonly name: Promise<string> }>();
  #lookups = 0;

  /** Never fails: a host without a name is called by its address. */
  async hostAt(address: string): Promise<PeerHost> {
    const domain = isLoopback(address) ? "localhost" : await this.#nameOf(address);
    const name = /^\d{1,3}(\.\d{1,3}){3}/.test(domain) ? domain : (domain.split(".")[0] as string);
    return { address, domain, name, shown: localhostAliases().has(name) ? hostname() : name };
  }

  #nameOf(address: string): Promise<string> {
    const found = this.#kept.get(address);
    if (found && performance.now() - found.since < KEEP_MS) return found.name;
    if (this.#lookups >= MAX_LOOKUPS) return Promise.resolve(address);
    const name = this.#lookUp(address);
    this.#kept.delete(address);
    this.#kept.set(address, { since: performance.now(), name });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return name;
  }

  async #lookUp(address: string): Promise<string> {
    this.#lookups++;
    // Made in a function of its own, since what is no address is refused at once.
    const lookUp = async () => (await lookupService(address, 0)).hostname;
    const looked = lookUp().finally(() => {
      this.#lookups--;
    });
    try {
      const late = () => new Error("the name server is slow");
      return await within(looked, { timeoutMs: LOOKUP_MS, late });
    } catch {
      return address;
    }
  }
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
