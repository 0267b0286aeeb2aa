import { BunsenError } from "./errors.ts";
import { homeOf } from "./homes.ts";
import { type LocateOptions, locateBy, nameServerEnvironment, resolveUri } from "./names/index.ts";
import type { Dial } from "./net/socket.ts";
import { within } from "./net/within.ts";
import { createProxy, type Remote } from "./objects/index.ts";
import { PyroChannel, type PyroChannelOptions, parseUri } from "./pyro/index.ts";
import type { Via } from "./tunnels/shared.ts";

/** How to connect, and what holds for every call of the proxy. Each has a default in `docs/configuration.md`. */
export interface ConnectOptions extends Omit<PyroChannelOptions, "resolve" | "publish" | "dial"> {
  /**
   * The way to where the URI holds: a tunnel of OpenSSH, `"ssh://user@gateway"`, several hops as a list, or one made by
   * `openTunnel`. Name servers are asked by way of it too, and what the object hands out is reached by it.
   */
  readonly via?: Via;
  /**
   * Where to look up PYRONAME and PYROMETA URIs that name no name server themselves, and how to talk to it. Its
   * `channel` takes the place of this connection's `tls` and `hmacKey`, which otherwise hold for the name server too.
   */
  readonly nameServer?: LocateOptions;
  /** Gives the first connection up when aborted; `connect` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a remote object: `PYRO:object@host:port`, `PYRONAME:name`, `PYRONAME:name@host:port`, `PYROMETA:tag,tag`,
 * `PYRO:object@./u:/path/of.sock`. Rejects with the reason where it cannot be reached or refuses.
 */
export async function connect<T = Record<string, (...args: unknown[]) => unknown>>(
  uri: string,
  options: ConnectOptions = {},
): Promise<Remote<T>> {
  if (!/^pyro/i.test(uri)) throw unknownScheme(uri);
  const { via, ...others } = options;
  if (via === undefined) return await connectBy(uri, others);
  const { dialVia, lease, releaseOf } = await import("./tunnels/shared.ts");
  // One use for all of it: the tunnel must not be closed between a look-up and the connection.
  const leased = lease(via);
  try {
    await within(leased, options);
    return await connectBy(uri, others, dialVia(via));
  } finally {
    void releaseOf(leased);
  }
}

async function connectBy<T>(
  uri: string,
  options: Omit<ConnectOptions, "via">,
  dial?: Dial,
): Promise<Remote<T>> {
  const { nameServer, signal, ...channelOptions } = options;
  const nameServerPort = nameServer?.port ?? nameServerEnvironment().port;
  const target = parseUri(uri, nameServerPort === undefined ? {} : { nameServerPort });
  const channel = new PyroChannel(target, {
    ...channelOptions,
    ...(dial && { dial }),
    publish: homeOf,
    resolve: (name, ended) => resolveUri(name, { ...locateOptions(options, dial), signal: ended }),
  });
  try {
    await within(channel.open(), { signal });
  } catch (error) {
    // Not before: what is under way must end, too.
    await channel.close();
    throw error;
  }
  return createProxy<T>(channel);
}

/** What holds for the name server too, unless `nameServer` says otherwise. The name in a certificate is each peer's own. */
function locateOptions(options: ConnectOptions, dial: Dial | undefined): LocateOptions {
  const { timeout, tls, hmacKey, nameServer } = options;
  const { serverName: _, ...trust } = tls === true ? {} : (tls ?? {});
  const located: LocateOptions = {
    ...(timeout ? { timeout } : {}),
    channel: {
      ...(tls ? { tls: tls === true ? true : trust } : {}),
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
