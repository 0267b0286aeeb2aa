import { BunsenError } from "./errors.ts";
import type { GatewayPlace } from "./gateway/listener.ts";
import type { GatewayOptions } from "./gateway/options.ts";
import type { Logger } from "./log.ts";
import { isLoopback } from "./net/addresses.ts";
import { formatLocation, type Location } from "./net/location.ts";
import { withDefaults } from "./options.ts";
import {
  isProximity,
  parseProximityUri,
  proximityUrl,
  publishedEndpoint,
  withoutScheme,
} from "./proximity/address.ts";
import type { ProximityServing } from "./proximity/answering.ts";
import type { ProximityListenOptions } from "./proximity/listener.ts";
import { DAEMON_ID, type ListeningHost, type ListenOptions, parseLocation } from "./pyro/index.ts";
import { listenerDefaults } from "./settings/defaults.ts";
import type { Via } from "./tunnels/shared.ts";

/** A place where one daemon is called in another dialect than Pyro's. */
export interface OtherPlace {
  readonly url: string;
  readonly address: string;
  readonly published: string;
  close(): Promise<void>;
}

interface OtherListenOptions extends ListenOptions {
  readonly via?: Via;
  readonly proximity?: ProximityListenOptions;
  readonly gateway?: GatewayOptions;
}

/** Opens such a place. The dialect is loaded with the first of its places. */
export type OtherDialect = (
  url: string,
  host: ListeningHost,
  options: OtherListenOptions,
) => Promise<OtherPlace>;

/** What a URL to listen at asks for, if it is not Pyro's. */
export function otherDialect(url: string): OtherDialect | undefined {
  if (isProximity(url)) return listenProximity;
  if (/^https?:/i.test(url)) return listenHttp;
  return undefined;
}

const listenProximity: OtherDialect = async (url, host, options) => {
  const { via, tls, hmacKeys, proximity } = options;
  if (tls ?? hmacKeys) {
    throw new BunsenError(
      "ERR_BAD_OPTION",
      "PyProximity has no keys and no TLS; listen at 127.0.0.1, and let a tunnel lead there, or listen at its far end (via)",
    );
  }
  const { endpoint, worker } = parseProximityUri(url);
  if (worker !== undefined) {
    throw new BunsenError(
      "ERR_BAD_URL",
      `A daemon does not listen at a broker, it works for it: await daemon.join(${JSON.stringify(url)})`,
    );
  }
  const { ProximityListener } = await import("./proximity/listener.ts");
  const open = (at: string) => ProximityListener.open(at, interfacesOf(host), proximity);
  if (via !== undefined) return await openThere(via, farPortOf(url, endpoint), open, host.logger);
  const listener = await open(endpoint);
  const bound = listener.endpoint;
  return {
    url: proximityUrl(bound),
    address: withoutScheme(bound),
    get published() {
      return withoutScheme(publishedEndpoint(bound));
    },
    close: () => listener.close(),
  };
};

/** At the far end of a tunnel, behind a socket here that is no other way to be found. */
async function openThere(
  via: Via,
  farPort: number,
  open: (endpoint: string) => Promise<{ close(): Promise<void> }>,
  logger: Logger,
): Promise<OtherPlace> {
  const { openEntrance } = await import("./tunnels/entrance.ts");
  const openDoor = (socket: Location) => open(`ipc://${(socket as UnixLocation).path}`);
  const entrance = await openEntrance(via, farPort, openDoor, logger);
  // Asked each time: a tunnel that is opened again may have another port at its far end.
  const address = () => formatLocation(entrance.location);
  return {
    get url() {
      return `proximity://${address()}`;
    },
    get address() {
      return address();
    },
    get published() {
      return address();
    },
    close: () => entrance.close(),
  };
}

type UnixLocation = Location & { readonly kind: "unix" };

function farPortOf(url: string, endpoint: string): number {
  const match = /^tcp:\/\/(.+):(\d+)$/.exec(endpoint);
  if (match && isLoopback(match[1] as string)) return Number(match[2]);
  throw new BunsenError(
    "ERR_BAD_URL",
    `At the far end of a tunnel a daemon listens at loopback alone: "proximity://localhost:0", got ${JSON.stringify(url)}`,
  );
}

/** What PyProximity serves of a daemon: all but the daemon's own object. */
export function interfacesOf(host: ListeningHost): ProximityServing {
  const { dispatcher, logger, counters, classOptions } = host;
  const offers = (id: string) => id !== DAEMON_ID;
  return { dispatcher, logger, counters, classes: classOptions.classes, offers };
}

const listenHttp: OtherDialect = async (url, host, options) => {
  const {
    via,
    hmacKeys,
    gateway = {},
    proximity: _,
    natHost: __,
    natPort: ___,
    ...given
  } = options;
  if (via ?? hmacKeys) {
    throw new BunsenError(
      "ERR_BAD_OPTION",
      "A gateway has keys of its own, { gateway: { keys } }, and no tunnel: listen at 127.0.0.1, and let a tunnel lead there",
    );
  }
  const { location, secure } = parseHttpUrl(url);
  const place = withDefaults<GatewayPlace>(listenerDefaults(), given);
  if (secure && !place.tls) {
    throw new BunsenError("ERR_BAD_OPTION", `${url} needs a certificate: { tls: { cert, key } }`);
  }
  const { GatewayListener } = await import("./gateway/listener.ts");
  const listener = await GatewayListener.open(location, host, place, gateway);
  const { address, published, scheme } = listener;
  return { url: `${scheme}://${address}`, address, published, close: () => listener.close() };
};

function parseHttpUrl(url: string): { readonly location: Location; readonly secure: boolean } {
  const match = /^(https?):\/\/([^/?#]*)\/?$/i.exec(url);
  if (match === null) {
    throw new BunsenError(
      "ERR_BAD_URL",
      `Expected a URL to listen at such as "http://localhost:8080" or "https://0.0.0.0:443", got ${JSON.stringify(url)}`,
    );
  }
  const location = parseLocation(match[2] as string, { defaultPort: 0 });
  return { location, secure: match[1]?.toLowerCase() === "https" };
}
