import { BunsenError } from "../errors.ts";
import type { Via } from "../tunnels/shared.ts";
import type { ProximityAddress } from "./address.ts";
import { BrokerLink } from "./broker-link.ts";
import type { Reach } from "./carrier.ts";
import { Link } from "./link.ts";

type Place = Pick<ProximityAddress, "endpoint"> & { readonly worker?: string | undefined };

/**
 * The way to a server, or to a worker behind a broker.
 * @param via - A tunnel, by whose far end the address holds: a port of this machine's loopback leads there as long as the
 *   way is used.
 * @throws BunsenError `ERR_BAD_URI` for what no tunnel leads to.
 */
export function reachOf({ endpoint, worker }: Place, via?: Via): Reach {
  if (via !== undefined) return reachVia(via, endpoint, worker);
  if (worker !== undefined) return BrokerLink.reach(endpoint, worker);
  return (maxMessageBytes, owner) => Link.to(endpoint, maxMessageBytes, owner);
}

function reachVia(via: Via, endpoint: string, worker: string | undefined): Reach {
  const match = /^tcp:\/\/\[?(.+?)\]?:(\d+)$/.exec(endpoint);
  if (!match) {
    throw new BunsenError(
      "ERR_BAD_URI",
      `Expected the address of a port behind the tunnel, such as "proximity://localhost:5555/fpga", got ${endpoint}`,
    );
  }
  const [, host = "", port] = match;
  return async (maxMessageBytes, owner) => {
    const { lease } = await import("../tunnels/shared.ts");
    const { tunnel, release } = await lease(via);
    try {
      const here = await tunnel.forward({ host, port: Number(port) });
      const reach = reachOf({ endpoint: `tcp://${here.host}:${here.port}`, worker });
      const carrier = await reach(maxMessageBytes, owner);
      return {
        state: carrier.state,
        request: (payload, asking) => carrier.request(payload, asking),
        async release() {
          await carrier.release(owner);
          await here.close();
          await release();
        },
      };
    } catch (error) {
      await release();
      throw error;
    }
  };
}
