import type { Dealer, SocketOptions } from "zeromq";
import { BunsenError } from "../errors.ts";

export type ZeroMq = typeof import("zeromq");

let loading: Promise<ZeroMq> | undefined;

/**
 * ZeroMQ, loaded when it is first used: whoever speaks no PyProximity need not have it.
 * @throws BunsenError `ERR_MISSING_PACKAGE`.
 */
export function zeroMq(): Promise<ZeroMq> {
  loading ??= import("zeromq").catch((cause: unknown) => {
    loading = undefined;
    throw new BunsenError(
      "ERR_MISSING_PACKAGE",
      "PyProximity needs the package zeromq, which could not be loaded; npm install zeromq@6",
      { cause },
    );
  });
  return loading;
}

/** How long a request that was given to a socket may wait for its connection: as long as ZeroMQ needs to notice it. */
const SEND_MS = 200;

/** A socket of the calling end: it keeps nothing for a server that is not there, and nothing when it closes. */
export function callingSocket(endpoint: string, maxMessageBytes: number): SocketOptions<Dealer> {
  return {
    linger: 0,
    immediate: true,
    sendHighWaterMark: 0,
    sendTimeout: SEND_MS,
    reconnectInterval: 100,
    reconnectMaxInterval: 2000,
    maxMessageSize: maxMessageBytes,
    ipv6: isIpv6(endpoint),
    // A server whose machine is gone says nothing: within a minute it counts as lost.
    tcpKeepalive: 1,
    tcpKeepaliveIdle: 30,
    tcpKeepaliveInterval: 10,
    tcpKeepaliveCount: 3,
  };
}

/** Only for addresses that say so: with it, ZeroMQ would look for `localhost` at `::1` alone. */
export function isIpv6(endpoint: string): boolean {
  return endpoint.startsWith("tcp://[");
}
