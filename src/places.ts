import { BunsenError, DaemonError } from "./errors.ts";
import type { GatewayOptions } from "./gateway/options.ts";
import type { Logger } from "./log.ts";
import { isLoopback, isTunnelId, isWildcard } from "./net/addresses.ts";
import { formatLocation, type Location } from "./net/location.ts";
import { withDefaults } from "./options.ts";
import { type OtherDialect, type OtherPlace, otherDialect } from "./other-places.ts";
import type { ProximityListenOptions } from "./proximity/listener.ts";
import {
  type ListeningHost,
  type ListenOptions as PlaceOptions,
  PyroListener,
  parseLocation,
} from "./pyro/index.ts";
import { listenerDefaults } from "./settings/defaults.ts";
import { processEnvironment, setting } from "./settings/environment.ts";
import type { Entrance } from "./tunnels/entrance.ts";
import { Entrances, type OpenDoor } from "./tunnels/entrances.ts";
import type { Via } from "./tunnels/shared.ts";

/** What holds for one place that a daemon listens at. Each has a default in `docs/configuration.md`. */
export interface ListenOptions extends PlaceOptions {
  /**
   * Listens at the far end of a tunnel of OpenSSH, `"ssh://user@gateway"`, where the host of the URL can only be
   * `localhost`. What is passed by such callers is reached in their network.
   */
  readonly via?: Via;
  /** For `proximity://` URLs: limits, and what callers read. */
  readonly proximity?: ProximityListenOptions;
  /** For `http://` and `https://` URLs: what can be reached, who may call, limits. */
  readonly gateway?: GatewayOptions;
}

/** One place where a daemon can be reached. */
export interface Listener extends AsyncDisposable {
  /** As in a URI: `pyro://host:port`, with the port that was bound. */
  readonly url: string;
  /** `host:port`, `[ipv6]:port` or `./u:path`. */
  readonly address: string;
  /** As in URIs that are handed out: NAT host and port, and an address of this machine in place of `0.0.0.0`. */
  readonly published: string;
  close(): Promise<void>;
}

/** Makes what callers of one place talk to. @param entrance - How they come, if not by the network of this machine. */
export type HostFor = (entrance?: Entrance) => ListeningHost;

/** Where one daemon can be called, and which of its places somebody elsewhere can reach. */
export class Places {
  readonly #hostFor: HostFor;
  readonly #logger: Logger;
  readonly #listeners: PyroListener[] = [];
  /** At the far ends of tunnels. */
  readonly #entrances: Entrances;
  /** Of other dialects: no URI that is handed out names them. */
  readonly #others = new Set<OtherPlace>();
  /** What the first place with keys or TLS asks of callers: places that are opened without being asked for ask the same. */
  #guard: Pick<PlaceOptions, "tls" | "hmacKeys"> = {};
  #closed = false;

  constructor(hostFor: HostFor, logger: Logger) {
    this.#hostFor = hostFor;
    this.#logger = logger;
    this.#entrances = new Entrances(logger);
  }

  /** The first one, as it is published; one at the far end of a tunnel only if there is no other. */
  get first(): Location | undefined {
    return this.firstHere ?? this.#entrances.first;
  }

  /** The first one on this machine, as it is published. */
  get firstHere(): Location | undefined {
    return this.#listeners[0]?.published();
  }

  /** As Pyro's `info()` tells it: what is bound, and NAT. */
  toString(): string {
    const at = (locations: readonly (Location | undefined)[]) =>
      locations.flatMap((location) => (location ? formatLocation(location) : [])).join(", ");
    const bound = at(this.#listeners.map(({ location }) => location)) || "nothing";
    return `${bound}, NAT ${at(this.#listeners.map(({ nat }) => nat)) || "None"}`;
  }

  /** As `Daemon.listen`. */
  async listen(url: string = anyPortUrl(), options: ListenOptions = {}): Promise<Listener> {
    await this.#refuseIfClosed();
    const other = otherDialect(url);
    if (other) return await this.#listenElsewise(other, url, options);
    const { via, proximity: _, gateway: __, ...placeOptions } = options;
    const { tls, hmacKeys } = options;
    if ((tls || hmacKeys) && Object.keys(this.#guard).length === 0) {
      this.#guard = { ...(tls && { tls }), ...(hmacKeys && { hmacKeys }) };
    }
    const location = parseListenUrl(url);
    return via === undefined
      ? await this.#listenHere(location, placeOptions)
      : await this.#listenThere(location, via, placeOptions);
  }

  /** The place at the far end of a tunnel, opened if there is none. */
  entranceAt(via: Via): Promise<Entrance> {
    return this.#entrances.at(via, this.#door(this.#guard));
  }

  /**
   * Where somebody can call who sees this machine at `local`: the listener at that very address, else one at all
   * addresses, else one that the network leads to, else the first.
   */
  facing(local: string | undefined): Location | undefined {
    if (isTunnelId(local)) return this.#facingTunnel(local);
    const listeners = this.#listeners;
    const hostOf = ({ location }: PyroListener) =>
      location.kind === "tcp" ? location.host : undefined;
    const [best = listeners[0]] = [
      listeners.find((listener) => local !== undefined && hostOf(listener) === local),
      listeners.find((listener) => isWildcard(hostOf(listener) ?? "none")),
      listeners.find((listener) => !isLoopback(hostOf(listener) ?? "localhost")),
    ].filter((listener) => listener !== undefined);
    return best?.published(local);
  }

  /** None of them keeps the process alive any more. */
  unref(): void {
    for (const listener of this.#listeners) listener.unref();
  }

  /** Closes all of them; no more can be opened. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([
      ...this.#listeners.splice(0).map((listener) => listener.close()),
      ...[...this.#others].map((listener) => listener.close()),
      this.#entrances.closeAll(),
    ]);
  }

  async #listenHere(location: Location, options: PlaceOptions): Promise<Listener> {
    const listener = await this.#open(location, options);
    await this.#refuseIfClosed(listener);
    this.#listeners.push(listener);
    const { address } = listener;
    this.#logger.info({ address }, "listening");
    return placeOf({
      url: () => `pyro://${address}`,
      address: () => address,
      published: () => formatLocation(listener.published()),
      close: async () => {
        const index = this.#listeners.indexOf(listener);
        if (index >= 0) this.#listeners.splice(index, 1);
        await listener.close();
      },
    });
  }

  async #listenThere(location: Location, via: Via, options: PlaceOptions): Promise<Listener> {
    if (location.kind !== "tcp" || !isLoopback(location.host)) {
      throw new BunsenError(
        "ERR_BAD_URL",
        `At the far end of a tunnel a daemon listens at loopback alone: "pyro://localhost:0", got ${JSON.stringify(formatLocation(location))}`,
      );
    }
    const entrance = await this.#entrances.add(via, location.port, this.#door(options));
    const close = () => this.#entrances.close(entrance);
    await this.#refuseIfClosed({ close });
    // Asked each time: a tunnel that is opened again may have another port at its far end.
    const address = () => formatLocation(entrance.location);
    this.#logger.info({ address: address(), via: entrance.tunnel.name }, "listening");
    return placeOf({ url: () => `pyro://${address()}`, address, published: address, close });
  }

  async #listenElsewise(
    open: OtherDialect,
    url: string,
    options: ListenOptions,
  ): Promise<Listener> {
    const place = await open(url, this.#hostFor(), options);
    await this.#refuseIfClosed(place);
    this.#others.add(place);
    const { address } = place;
    this.#logger.info({ address }, "listening");
    return placeOf({
      url: () => place.url,
      address: () => address,
      published: () => place.published,
      close: async () => {
        this.#others.delete(place);
        await place.close();
      },
    });
  }

  /** Those at the far end of a tunnel need an entrance there, unless a network leads them here as well. */
  #facingTunnel(id: string): Location {
    const entrance = this.#entrances.facing(id);
    if (entrance) return entrance;
    const location = this.facing(undefined);
    if (location?.kind === "tcp" && !isLoopback(location.host)) return location;
    throw new DaemonError(
      "ERR_NOT_LISTENING",
      `The daemon listens nowhere that the far end of the tunnel ${id} could call; await daemon.listen("pyro://localhost:0", { via }) first`,
    );
  }

  #open(location: Location, options: PlaceOptions, entrance?: Entrance): Promise<PyroListener> {
    const settled = withDefaults<PlaceOptions>(defaultsFor(location), options);
    return PyroListener.open(location, this.#hostFor(entrance), settled);
  }

  #door(options: PlaceOptions): OpenDoor {
    return (socket, entrance) => this.#open(socket, options, entrance);
  }

  /** The daemon may have been closed while it began to listen. */
  async #refuseIfClosed(opened?: { close(): Promise<void> }): Promise<void> {
    if (!this.#closed) return;
    await opened?.close();
    throw closedDaemon();
  }
}

/** The answer to whoever wants more of a daemon that is closed. */
export function closedDaemon(): DaemonError {
  return new DaemonError("ERR_CLOSED", "The daemon is closed; make a new one");
}

function placeOf(place: {
  url(): string;
  address(): string;
  published(): string;
  close(): Promise<void>;
}): Listener {
  return {
    get url() {
      return place.url();
    },
    get address() {
      return place.address();
    },
    get published() {
      return place.published();
    },
    close: place.close,
    [Symbol.asyncDispose]: place.close,
  };
}

function defaultsFor(location: Location): PlaceOptions {
  const defaults = listenerDefaults();
  // No router leads to a Unix socket, whatever the environment says of routers.
  const { natHost: _, natPort: __, ...unix } = defaults;
  return location.kind === "unix" ? unix : defaults;
}

function anyPortUrl(): string {
  const host = setting("HOST", processEnvironment());
  return `pyro://${formatLocation({ kind: "tcp", host, port: 0 })}`;
}

function parseListenUrl(url: string): Location {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/s.exec(url);
  if (match?.[1] !== "pyro") {
    throw new BunsenError(
      "ERR_BAD_URL",
      `Expected a URL to listen at such as "pyro://localhost:9999", "pyro://[::1]:0", "pyro://./u:/run/lab.sock" or "proximity://localhost:5555", got ${JSON.stringify(url)}`,
    );
  }
  const location = parseLocation(match[2] as string, { defaultPort: 0 });
  // Without a host, all of this machine's addresses, as in Pyro.
  return location.kind === "tcp" && location.host === ""
    ? { ...location, host: "0.0.0.0" }
    : location;
}
