import type { Logger } from "../log.ts";
import type { Location } from "../net/location.ts";
import type { Door, Entrance } from "./entrance.ts";
import type { Via } from "./shared.ts";
import type { Tunnel } from "./tunnel.ts";

/** Listens on a socket for those who come by an entrance. */
export type OpenDoor = (socket: Location, entrance: Entrance) => Promise<Door>;

/** The places at the far ends of tunnels where a daemon is reached. Tunnels are loaded with the first of them. */
export class Entrances {
  readonly #logger: Logger;
  readonly #open = new Set<Entrance>();
  readonly #opening = new Map<Tunnel, Promise<Entrance>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Where callers at the far end of a tunnel find the daemon. */
  facing(tunnelId: string): Location | undefined {
    for (const { tunnel, location } of this.#open) if (tunnel.id === tunnelId) return location;
    return undefined;
  }

  /** Any of them. */
  get first(): Location | undefined {
    const [entrance] = this.#open;
    return entrance?.location;
  }

  /** Opens one. */
  async add(via: Via, farPort: number, openDoor: OpenDoor): Promise<Entrance> {
    const { openEntrance } = await import("./entrance.ts");
    const entrance = await openEntrance(via, farPort, openDoor, this.#logger);
    this.#open.add(entrance);
    return entrance;
  }

  /** The one at the far end of a tunnel, opened if there is none. */
  async at(via: Via, openDoor: OpenDoor): Promise<Entrance> {
    const { lease } = await import("./shared.ts");
    const { tunnel, release } = await lease(via, this.#logger);
    try {
      for (const entrance of this.#open) if (entrance.tunnel === tunnel) return entrance;
      let opening = this.#opening.get(tunnel);
      if (opening === undefined) {
        opening = this.add(via, 0, openDoor).finally(() => this.#opening.delete(tunnel));
        this.#opening.set(tunnel, opening);
      }
      return await opening;
    } finally {
      await release();
    }
  }

  async close(entrance: Entrance): Promise<void> {
    this.#open.delete(entrance);
    await entrance.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((entrance) => this.close(entrance)));
  }
}
