import { BunsenError } from "./errors.ts";
import type { GatewayPlace } from "./gateway/listener.ts";
import type { GatewayOptions } from "./gateway/options.ts";
import type { Location } from "./net/location.ts";
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
  if (via ?? tls ?? hmacKeys) {
    throw new BunsenError(
      "ERR_BAD_OPTION",
      "PyProximity has no keys, no TLS and no tunnel of its own; listen at 127.0.0.1, and let a tunnel lead there",
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
  const listener = await ProximityListener.open(endpoint, interfacesOf(host), proximity);
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
