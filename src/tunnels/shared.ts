import { TimeoutError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { formatLocation, type Location } from "../net/location.ts";
import type { Dial } from "../net/socket.ts";
import { within } from "../net/within.ts";
import { hopsOf, type SshRoute } from "./host.ts";
import { openTunnel, Tunnel } from "./tunnel.ts";

/** A way to far places: a tunnel that its owner keeps open, or hosts, to which one is opened while it is used. */
export type Via = SshRoute | Tunnel;

/** A tunnel that several use: it is closed with the last of them. */
class SharedTunnel {
  readonly tunnel: Promise<Tunnel>;
  #users = 0;
  readonly #onUnused: () => void;

  constructor(route: SshRoute, logger: Logger | undefined, onUnused: () => void) {
    this.tunnel = openTunnel(route, logger && { logger });
    this.#onUnused = onUnused;
  }

  /** Returns a function that ends this use; further calls of it do nothing. With the last use the tunnel is closed. */
  use(): () => Promise<void> {
    this.#users += 1;
    let ended = false;
    return async () => {
      if (ended) return;
      ended = true;
      this.#users -= 1;
      if (this.#users > 0) return;
      this.#onUnused();
      const tunnel = await this.tunnel.catch(() => undefined);
      await tunnel?.close();
    };
  }
}

/** Tunnels in use, by the whole of their route: two that differ in a password or key are two. */
const shared = new Map<string, SharedTunnel>();

/** A use of a tunnel, from `lease` to `release`. */
export interface Lease {
  readonly tunnel: Tunnel;
  /** Resolves when the tunnel is closed, if nobody else uses it. */
  release(): Promise<void>;
}

/**
 * The tunnel of a route, opened if it is not open. The caller owns one use of it.
 * @param logger - For a tunnel that is opened here.
 * @throws as `openTunnel`.
 */
export async function lease(via: Via, logger?: Logger): Promise<Lease> {
  if (via instanceof Tunnel) return { tunnel: via, release: async () => {} };
  const key = JSON.stringify(hopsOf(via));
  let entry = shared.get(key);
  if (entry === undefined) {
    const made: SharedTunnel = new SharedTunnel(via, logger, () => {
      if (shared.get(key) === made) shared.delete(key);
    });
    entry = made;
    shared.set(key, entry);
  }
  const release = entry.use();
  try {
    return { tunnel: await entry.tunnel, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Opens byte streams by way of a tunnel, each of which is a use of it. */
export function dialVia(via: Via): Dial {
  return async (location, options) => {
    const { signal, timeoutMs } = options;
    const late = () => tunnelLate(location, timeoutMs);
    const leased = lease(via);
    try {
      const { tunnel, release } = await within(leased, { signal, timeoutMs, late });
      return await tunnel.dial(location, options, () => void release());
    } catch (error) {
      void releaseOf(leased);
      throw error;
    }
  };
}

/** Ends a use that may not have begun yet. */
export async function releaseOf(leased: Promise<Lease>): Promise<void> {
  const begun = await leased.catch(() => undefined);
  await begun?.release();
}

function tunnelLate(location: Location, timeoutMs: number): TimeoutError {
  const text = `the tunnel to ${formatLocation(location)} was not open within ${timeoutMs} ms`;
  return new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" });
}
