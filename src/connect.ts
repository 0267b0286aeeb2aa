import { OwnCallbackPlace } from "./callbacks.ts";
import { callbackDaemon } from "./daemon.ts";
import { BunsenError } from "./errors.ts";
import { homeOf } from "./homes.ts";
import type { LinkOptions } from "./msl/client.ts";
import type { ConnectManagerOptions } from "./msl/connect.ts";
import { type LocateOptions, locateBy, resolveUri } from "./names/index.ts";
import { type AnyStream, byteStreamOf } from "./net/any-stream.ts";
import type { Dial } from "./net/socket.ts";
import { within } from "./net/within.ts";
import type { CallOptions, Channel } from "./objects/channel.ts";
import { createProxy, type Remote } from "./objects/index.ts";
import { withDefaults } from "./options.ts";
import { isProximity, parseProximityUri } from "./proximity/address.ts";
import type { ProximityConnectOptions } from "./proximity/channel.ts";
import {
  channelByGateway,
  channelOver,
  PyroChannel,
  type PyroChannelOptions,
  type PyroUri,
  parseUri,
} from "./pyro/index.ts";
import type { SerializerName } from "./serializers/index.ts";
import { callerDefaults, nameServerPlace } from "./settings/defaults.ts";
import type { Via } from "./tunnels/shared.ts";

/** What `connect` gives a channel by itself. */
type Wiring = "resolve" | "publish" | "dial" | "gateway" | "callbackPlace" | "host";

/** How to connect, and what holds for every call of the proxy. Each has a default in `docs/configuration.md`. */
export interface ConnectOptions extends Omit<PyroChannelOptions, Wiring | "serializer"> {
  /**
   * The way to where the URI holds: a tunnel of OpenSSH, `"ssh://user@gateway"`, several hops as a list, or one made by
   * `openTunnel`. Name servers are asked by way of it too, and what the object hands out is reached by it.
   */
  readonly via?: Via;
  /**
   * `auto`, the default unless the environment has a SERIALIZER: msgpack between Bunsen peers, else serpent, which every
   * Pyro has.
   */
  readonly serializer?: SerializerName | "auto";
  /**
   * How often a method call is made again when the connection was lost, or time ran out: it may have run each time.
   * Default: MAX_RETRIES of the environment, else 0.
   */
  readonly retries?: number;
  /**
   * Where to look up PYRONAME and PYROMETA URIs that name no name server themselves, and how to talk to it. Its
   * `channel` takes the place of this connection's `tls` and `hmacKey`, which otherwise hold for the name server too.
   */
  readonly nameServer?: LocateOptions;
  /** For `ws://` and `wss://` URIs: the gateway's key. */
  readonly gatewayKey?: string;
  /** For `msl://` URIs: who logs in, and why the manager's certificate is trusted. */
  readonly msl?: MslConnectOptions;
  /** For `proximity://` URIs: what the server reads, sub-objects, patience with one that is not there yet. */
  readonly proximity?: ProximityConnectOptions;
  /** Gives the first connection up when aborted; `connect` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** An object at the other end of a stream, where no address leads. */
export interface StreamTarget {
  /**
   * A connected socket, any other Duplex, two streams (`{ readable, writable }`), a worker or its port, at whose other end
   * a daemon serves. It is the proxy's from now on, and closed with it.
   */
  readonly stream: AnyStream;
  /** The id of the object. */
  readonly object: string;
  /** How messages call the other end. Default: its address, or what it is. */
  readonly name?: string;
}

/** What MSL-Network alone has: names of clients, users and passwords, certificates that are remembered. */
export type MslConnectOptions = Omit<ConnectManagerOptions, "via" | "signal"> &
  Pick<LinkOptions, "waitMs">;

/**
 * Connects to a remote object: `PYRO:object@host:port`, `PYRONAME:name`, `PYRONAME:name@host:port`, `PYROMETA:tag,tag`,
 * `PYRO:object@./u:/path/of.sock`, `msl://host:1875/Service`, `proximity://host:5555/interface`,
 * `ws://gateway/object` (`wss://` with TLS), or `{ stream, object }`, over which a Python peer of generation 4 must be said
 * to be one (`generation: 4`). Rejects with the reason where it cannot be reached or refuses.
 */
export async function connect<T = Record<string, (...args: unknown[]) => unknown>>(
  target: string | StreamTarget,
  options: ConnectOptions = {},
): Promise<Remote<T>> {
  if (typeof target === "string" && /^msl:/i.test(target)) return await connectMsl(target, options);
  if (typeof target === "string" && isProximity(target)) {
    return await connectProximity(target, options);
  }
  if (typeof target === "string" && /^wss?:/i.test(target)) {
    return await connectByGateway(target, options);
  }
  if (typeof target === "string" && !/^pyro/i.test(target)) throw unknownScheme(target);
  const { via, msl, proximity, ...others } = options;
  if (via === undefined) return await connectBy(target, others);
  const { dialVia, lease, releaseOf } = await import("./tunnels/shared.ts");
  // One use for all of it: the tunnel must not be closed between a look-up and the connection.
  const leased = lease(via);
  try {
    await within(leased, options);
    return await connectBy(target, { ...others, via }, dialVia(via));
  } finally {
    void releaseOf(leased);
  }
}

/** What concerns every dialect holds here, too. */
async function connectMsl<T>(uri: string, options: ConnectOptions): Promise<Remote<T>> {
  const { timeout, maxMessageBytes, tls, via, signal, msl } = options;
  refuseSecrets(
    { uri, hmacKey: options.hmacKey, tls: typeof tls === "object" ? tls : undefined },
    "MSL-Network has users, passwords and certificates of its own, { msl: { password, certFile } }",
  );
  const { connectService } = await import("./msl/connect.ts");
  return await connectService<T>(uri, {
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
    ...(tls === false && { tls }),
    ...msl,
    retries: withDefaults<ConnectOptions>(callerDefaults(), options).retries,
    via,
    signal,
  });
}

/** Whoever asks for TLS or a key must not talk in the open without a word. */
function refuseSecrets(
  { uri, hmacKey, tls }: { uri: string; hmacKey: unknown; tls: unknown },
  instead: string,
): void {
  if (hmacKey === undefined && !tls) return;
  const asked = hmacKey === undefined ? "tls" : "hmacKey";
  throw new BunsenError("ERR_BAD_OPTION", `${uri} cannot be called with \`${asked}\`: ${instead}`);
}

async function connectProximity<T>(uri: string, options: ConnectOptions): Promise<Remote<T>> {
  const { timeout, maxMessageBytes, classes, via, signal, proximity } = options;
  refuseSecrets(
    { uri, hmacKey: options.hmacKey, tls: options.tls },
    "PyProximity has neither keys nor TLS; a tunnel, { via }, encrypts",
  );
  const { ProximityChannel } = await import("./proximity/channel.ts");
  const { reachOf } = await import("./proximity/reach.ts");
  const reach = reachOf(parseProximityUri(uri), via);
  const given = {
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
    ...(classes === undefined ? {} : { classes }),
    ...proximity,
  };
  const { retries } = withDefaults<ConnectOptions>(callerDefaults(), options);
  return await opened<T>(new ProximityChannel(uri, given, reach), signal, { retries });
}

/** An object behind a gateway: Pyro's frames over a WebSocket. */
async function connectByGateway<T>(uri: string, options: ConnectOptions): Promise<Remote<T>> {
  const { via, gatewayKey, retries, ...given } = withDefaults<ConnectOptions>(
    callerDefaults(),
    options,
  );
  if (via !== undefined) {
    throw new BunsenError(
      "ERR_BAD_OPTION",
      "A gateway is reached by a port of a tunnel: const { port } = await tunnel.forward({ port: 8080 }), of openTunnel, then connect to that port of localhost",
    );
  }
  const { webSocketGateway } = await import("./net/websocket.ts");
  const { gateway, object } = webSocketGateway(uri, gatewayKey);
  const channel = channelByGateway(object, { ...channelOptionsOf(given, undefined), gateway });
  return await opened<T>(channel, options.signal, { retries });
}

/** The proxy of what is at the end of a channel, once it is there. */
async function opened<T>(
  channel: Channel,
  signal: AbortSignal | undefined,
  options: CallOptions = {},
): Promise<Remote<T>> {
  try {
    await within(channel.open(), { signal });
  } catch (error) {
    // Not before: what is under way must end, too.
    await channel.close();
    throw error;
  }
  return createProxy<T>(channel, options);
}

async function connectBy<T>(
  target: string | StreamTarget,
  options: Omit<ConnectOptions, "msl" | "proximity">,
  dial?: Dial,
): Promise<Remote<T>> {
  const settled = withDefaults<ConnectOptions>(callerDefaults(), options);
  const channel = channelTo(target, settled, dial);
  return await opened<T>(channel, options.signal, { retries: settled.retries });
}

/** A proxy of a Pyro object that connects with its first call. */
export function unconnected(
  uri: string,
  options: Pick<ConnectOptions, "tls" | "hmacKey" | "nameServer">,
): object {
  return createProxy(
    channelTo(uri, withDefaults<ConnectOptions>(callerDefaults(), options), undefined),
  );
}

function channelTo(
  target: string | StreamTarget,
  options: ConnectOptions,
  dial: Dial | undefined,
): PyroChannel {
  const channelOptions = channelOptionsOf(options, dial);
  if (typeof target === "object") {
    return channelOver(byteStreamOf(target.stream, target.name), target.object, channelOptions);
  }
  const nameServerPort = options.nameServer?.port ?? nameServerPlace().port;
  const uri = parseUri(target, nameServerPort === undefined ? {} : { nameServerPort });
  return new PyroChannel(uri, channelOptions);
}

function channelOptionsOf(options: ConnectOptions, dial: Dial | undefined): PyroChannelOptions {
  const { nameServer: _, via, signal: __, retries: ___, serializer, ...given } = options;
  const secured = given.tls !== undefined || given.hmacKey !== undefined;
  return {
    ...given,
    ...(serializer && serializer !== "auto" && { serializer }),
    ...(dial && { dial }),
    publish: homeOf,
    callbackPlace: () => new OwnCallbackPlace({ via, secured, daemon: callbackDaemon }),
    resolve: (name: PyroUri, ended?: AbortSignal) =>
      resolveUri(name, { ...locateOptions(options, dial), signal: ended }),
  };
}

/** What holds for the name server too, unless `nameServer` says otherwise. The name in a certificate is each peer's own. */
function locateOptions(options: ConnectOptions, dial: Dial | undefined): LocateOptions {
  const { timeout, tls, hmacKey, nameServer } = options;
  const { serverName: _, ...trust } = typeof tls === "object" ? tls : {};
  const located: LocateOptions = {
    ...(timeout ? { timeout } : {}),
    channel: {
      ...(tls === undefined ? {} : { tls: typeof tls === "object" ? trust : tls }),
      ...(hmacKey === undefined ? {} : { hmacKey }),
    },
    ...nameServer,
  };
  return dial ? locateBy(dial, located) : located;
}

function unknownScheme(uri: string): BunsenError {
  return new BunsenError(
    "ERR_BAD_URI",
    `Expected a URI such as "PYRO:object@host:port" or "PYRONAME:name", got ${JSON.stringify(uri)}`,
  );
}
