import { BunsenError } from "../errors.ts";
import { lease, type Via } from "../tunnels/shared.ts";
import type { Reach } from "./channel.ts";
import { Link } from "./link.ts";

/**
 * The way to a server by a tunnel: a port of this machine's loopback that leads there, kept as long as the tunnel is used.
 * @throws BunsenError `ERR_BAD_URI` for what is no TCP address.
 */
export function reachVia(endpoint: string, via: Via): Reach {
  const match = /^tcp:\/\/\[?(.+?)\]?:(\d+)$/.exec(endpoint);
  if (!match) {
    throw new BunsenError(
      "ERR_BAD_URI",
      `Expected the address of a port behind the tunnel, such as "proximity://localhost:5555/fpga", got ${endpoint}`,
    );
  }
  const [, host = "", port] = match;
  return async (maxMessageBytes, owner) => {
    const { tunnel, release } = await lease(via);
    try {
      const here = await tunnel.forward({ host, port: Number(port) });
      const place = `tcp://${here.host}:${here.port}`;
      const link = await Link.to(place, maxMessageBytes, owner);
      return {
        state: link.state,
        request: (payload, asking) => link.request(payload, asking),
        async release() {
          link.release(owner);
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
