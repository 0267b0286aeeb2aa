import type { Logger } from "../log.ts";
import type { Location } from "../net/location.ts";
import type { Dial } from "../net/socket.ts";
import { dialVia, lease, type Via } from "./shared.ts";
import type { Tunnel } from "./tunnel.ts";

/** A place at the far end of a tunnel where callers there reach a daemon here. */
export interface Entrance {
  readonly tunnel: Tunnel;
  /** Where they call; the port may change when the tunnel was broken. */
  readonly location: Location;
  /** Reaches what such callers pass, in their own network. */
  readonly dial: Dial;
  close(): Promise<void>;
}

/** What waits here for those who come by a tunnel. */
export interface Door {
  close(): Promise<void>;
}

/**
 * Opens a port at the far end's loopback that leads to a socket here, which is no other way to be found.
 * @param farPort - 0 lets the far host choose.
 * @param open - Listens on the socket. Callers find what it hands out at the entrance.
 * @throws as `openTunnel`; CommunicationError `ERR_FORWARD_REFUSED`.
 */
export async function openEntrance(
  via: Via,
  farPort: number,
  open: (socket: Location, entrance: Entrance) => Promise<Door>,
  logger: Logger,
): Promise<Entrance> {
  const { tunnel, release } = await lease(via, logger);
  const undo: (() => unknown)[] = [release];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  let port = farPort;
  const entrance: Entrance = {
    tunnel,
    // As Pyro's own URIs of this machine have it.
    get location(): Location {
      return { kind: "tcp", host: "localhost", port };
    },
    // By the tunnel itself: it stays open as long as the entrance does.
    dial: dialVia(tunnel),
    close,
  };
  try {
    const path = tunnel.newSocketPath();
    const door = await open({ kind: "unix", path }, entrance);
    undo.push(() => door.close());
    const reverse = await tunnel.reverse({ path }, farPort === 0 ? {} : { farPort });
    undo.push(() => reverse.close());
    port = reverse.port.value;
    undo.push(
      reverse.port.subscribe((moved) => {
        port = moved;
      }),
    );
    return entrance;
  } catch (error) {
    await close();
    throw error;
  }
}
