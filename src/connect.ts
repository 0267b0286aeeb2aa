import { BunsenError } from "./errors.ts";
import { type LocateOptions, resolveUri } from "./names/index.ts";
import { createProxy, type Remote } from "./objects/index.ts";
import { PyroChannel, type PyroChannelOptions, parseUri } from "./pyro/index.ts";

export interface ConnectOptions extends Omit<PyroChannelOptions, "resolve" | "publish"> {
  /** Where to look up PYRONAME and PYROMETA URIs that name no name server themselves. */
  readonly nameServer?: LocateOptions;
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
  const { nameServer, ...channelOptions } = options;
  const target = parseUri(
    uri,
    nameServer?.port === undefined ? {} : { nameServerPort: nameServer.port },
  );
  const channel = new PyroChannel(target, {
    ...channelOptions,
    resolve: (name) => resolveUri(name, { ...timeoutOf(options), ...nameServer }),
  });
  await channel.open();
  return createProxy<T>(channel);
}

function timeoutOf({ timeout }: ConnectOptions): LocateOptions {
  return timeout ? { timeout } : {};
}

function unknownScheme(uri: string): BunsenError {
  return new BunsenError(
    "ERR_BAD_URI",
    `Expected a URI such as "PYRO:object@host:port" or "PYRONAME:name", got ${JSON.stringify(uri)}`,
  );
}
