import { BunsenError, ConnectionClosedError } from "../errors.ts";
import { type Nat, publishedLocation } from "../net/addresses.ts";
import { formatLocation, type Location } from "../net/location.ts";
import { type Acceptor, listen } from "../net/socket.ts";
import type { ByteStream } from "../net/stream.ts";
import type { ListenerTls } from "../net/tls.ts";
import { withDefaults } from "../options.ts";
import { DEFAULT_LIMITS } from "./connection.ts";
import { type AcceptedHmacKey, acceptedKeys, type HmacKey } from "./hmac.ts";
import { ServedConnection, type ServedEvents } from "./serving.ts";
import {
  DEFAULT_SERVING_OPTIONS,
  type ListeningHost,
  type ServingOptions,
} from "./serving-options.ts";
import { Refusals } from "./turning-away.ts";

/** What holds for one place that a daemon listens at. Each has a default in `docs/configuration.md`. */
export interface ListenOptions extends Partial<Omit<ServingOptions, "keys">> {
  /** Connections that may be open at once; more are told so and closed. Default 10,000. */
  readonly maxConnections?: number;
  /** Callers must speak TLS. Default false. */
  readonly tls?: ListenerTls | false;
  /**
   * Callers must sign with one of these keys, as Pyro4's do with `_pyroHmacKey`; the key tells who they are. Pyro5 has
   * no keys: its callers must show a client certificate of `tls.ca` instead. Signed is not encrypted: see docs/security.md.
   */
  readonly hmacKeys?: readonly (HmacKey | AcceptedHmacKey)[];
  /** The host of URIs that are handed out, where a router or a tunnel passes a port of its own on to this one. */
  readonly natHost?: string;
  /** The port that belongs to it. Default, and 0: the port of the listener. */
  readonly natPort?: number;
}

const WEIRD_DNS =
  "URIs with it lead nowhere from other machines: listen at an address of the network, at 0.0.0.0, or at localhost if that is meant";

const DEFAULT_MAX_CONNECTIONS = 10_000;

/** A place where Pyro4 and Pyro5 callers reach the objects of a daemon. */
export class PyroListener implements AsyncDisposable {
  readonly location: Location;
  readonly #nat: Nat | undefined;
  readonly #acceptor: Acceptor;
  readonly #connections: Set<ServedConnection>;
  readonly #refusals: Refusals;

  private constructor(
    acceptor: Acceptor,
    nat: Nat | undefined,
    connections: Set<ServedConnection>,
    refusals: Refusals,
  ) {
    this.#nat = nat;
    this.location = acceptor.location;
    this.#acceptor = acceptor;
    this.#connections = connections;
    this.#refusals = refusals;
  }

  static async open(
    location: Location,
    host: ListeningHost,
    options: ListenOptions = {},
  ): Promise<PyroListener> {
    const {
      maxConnections = DEFAULT_MAX_CONNECTIONS,
      tls,
      hmacKeys,
      natHost,
      natPort,
      ...given
    } = options;
    const nat = readNat(natHost, natPort, location);
    const serving = servingOptions(given, hmacKeys);
    const connections = new Set<ServedConnection>();
    const refusals = new Refusals(serving);
    const { handshakeTimeoutMs } = serving;
    const onRefused = (peer: string, error: Error) => {
      host.logger.warn(
        { peer, code: "ERR_TLS" },
        `connection closed: ${peer}: TLS failed: ${(error as NodeJS.ErrnoException).code ?? error.message}`,
      );
    };
    const onUnproven = (stream: ByteStream, problem: string) => {
      const peer = stream.remoteAddress;
      host.logger.warn(
        { peer, code: "ERR_CLIENT_CERT" },
        `connection refused: ${peer}: ${problem}`,
      );
      refusals.turnAway(stream, problem);
    };
    const accepting = { tls, handshakeTimeoutMs, onRefused, onUnproven };
    const acceptor = await listen(location, accepting, (stream) => {
      if (connections.size >= maxConnections) {
        host.logger.warn(
          { peer: stream.remoteAddress, connections: connections.size },
          `connection refused: ${connections.size} are open, as many as maxConnections allows`,
        );
        refusals.turnAway(stream, "no free workers, increase maxConnections of the daemon");
        return;
      }
      const served: ServedConnection = new ServedConnection(stream, host, serving, {
        closed: () => connections.delete(served),
        location: (local) => publishedLocation(acceptor.location, nat, local),
      });
      connections.add(served);
    });
    if (acceptor.problem && !nat) {
      host.logger.warn(
        { address: formatLocation(acceptor.location) },
        `${acceptor.problem}; ${WEIRD_DNS}`,
      );
    }
    return new PyroListener(acceptor, nat, connections, refusals);
  }

  /** `host:port`, `[ipv6]:port` or `./u:path`, with the port that was bound. */
  get address(): string {
    return formatLocation(this.location);
  }

  /** Where somebody can call who knows this machine as `local`: what URIs say that are handed out. */
  published(local?: string): Location {
    return publishedLocation(this.location, this.#nat, local);
  }

  /** Lets the process end though this is open. */
  unref(): void {
    this.#acceptor.unref();
  }

  /** What NAT makes of the location; undefined where there is none. */
  get nat(): Location | undefined {
    return this.#nat && this.published();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Stops accepting and closes what is open; calls that are running lose their callers. May be called twice. */
  async close(): Promise<void> {
    await this.#acceptor.close();
    const reason = new ConnectionClosedError(
      "ERR_CLOSED",
      `${this.address}: the daemon is closing`,
    );
    for (const connection of [...this.#connections]) connection.close(reason);
    this.#refusals.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What holds for one stream that is served. There is no handshake to wait for, and no socket to speak TLS on. */
export interface StreamServingOptions
  extends Partial<Omit<ServingOptions, "handshakeTimeoutMs" | "maxHandshakeBytes" | "keys">> {
  /** The other end must sign with one of these keys, as Pyro4's does with `_pyroHmacKey`. */
  readonly hmacKeys?: ListenOptions["hmacKeys"];
}

/** Serves whoever is at the other end of a stream that the program handed over. */
export function serveStream(
  stream: ByteStream,
  host: ListeningHost,
  options: StreamServingOptions,
  closed: () => void,
): ServedConnection {
  const { hmacKeys, ...given } = options;
  const serving = servingOptions(given, hmacKeys);
  // No URI leads to this daemon by a stream; whatever else it listens at may.
  const location = () => undefined;
  return new ServedConnection(stream, host, serving, { handedOver: true, closed, location });
}

/**
 * Serves a caller whose stream was accepted elsewhere: a WebSocket. It has to introduce itself, as at any listener.
 * @param place - Where it can reach this daemon.
 */
export function serveCaller(
  stream: ByteStream,
  host: ListeningHost,
  options: Partial<Omit<ServingOptions, "keys">>,
  place: Pick<ServedEvents, "closed" | "location">,
): ServedConnection {
  return new ServedConnection(stream, host, servingOptions(options, undefined), place);
}

function servingOptions(
  given: Partial<ServingOptions>,
  hmacKeys: ListenOptions["hmacKeys"],
): ServingOptions {
  const keys = hmacKeys && { keys: acceptedKeys(hmacKeys) };
  return withDefaults<ServingOptions>(
    { ...DEFAULT_LIMITS, ...DEFAULT_SERVING_OPTIONS, ...keys },
    given,
  );
}

/** Pyro's rules, and its words in the messages. */
function readNat(
  host: string | undefined,
  port: number | undefined,
  location: Location,
): Nat | undefined {
  if (!host) {
    if (!port) return undefined;
    throw new BunsenError("ERR_BAD_OPTION", `must provide natHost with natPort (${port})`);
  }
  if (location.kind === "unix") {
    const text = `cannot use natHost (${host}) together with a Unix socket: no network leads to it`;
    throw new BunsenError("ERR_BAD_OPTION", text);
  }
  return { host, port: port ?? 0 };
}
