import { BunsenError } from "../errors.ts";
import type { Dial } from "../net/socket.ts";
import type { CallOptions } from "../objects/channel.ts";
import { createProxy } from "../objects/proxy.ts";
import type { Remote } from "../objects/remote.ts";
import type { Via } from "../tunnels/shared.ts";
import { parseMslUrl } from "./address.ts";
import { type LinkOptions, MslClient, type MslClientOptions } from "./client.ts";

/** How to reach a manager, and what holds for the requests of a client. */
export interface ConnectManagerOptions extends Omit<MslClientOptions, "dial"> {
  /** The way to where the URL holds: a tunnel of OpenSSH, such as `"ssh://user@gateway"`. */
  readonly via?: Via | undefined;
  /** Gives up connecting when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a manager: `msl://host`, `msl://user@host:1875`. Its services are linked with by `link`.
 * @throws CommunicationError `ERR_CONNECT`; SecurityError `ERR_CERT_CHANGED`, `ERR_CERT_NAME`, `ERR_CERT_UNKNOWN`,
 *   `ERR_TLS`, `ERR_LOGIN`; TimeoutError; BunsenError `ERR_BAD_URI`.
 */
export async function connectManager(
  url: string,
  options: ConnectManagerOptions = {},
): Promise<MslClient> {
  const { via, signal, ...others } = options;
  const client = new MslClient(parseMslUrl(url), { ...others, dial: await dialBy(via) });
  try {
    await client.open(signal);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/**
 * Connects to a service: `msl://host:1875/Service`. The connection is its alone, and ends with it.
 * @throws as `connectManager`; DaemonError `ERR_UNKNOWN_SERVICE`.
 */
export async function connectService<T = Record<string, (...args: unknown[]) => unknown>>(
  url: string,
  options: ConnectManagerOptions & Pick<LinkOptions, "waitMs"> & Pick<CallOptions, "retries"> = {},
): Promise<Remote<T>> {
  const { service } = parseMslUrl(url);
  if (service === undefined) {
    const text = `invalid uri: ${JSON.stringify(url)}; it names no service: "msl://host:1875/Service". connectManager() connects to the manager itself`;
    throw new BunsenError("ERR_BAD_URI", text);
  }
  const { waitMs = 0, retries, ...managerOptions } = options;
  const client = await connectManager(url, managerOptions);
  try {
    const onClose = () => client.close();
    const channel = await client.openLink(service, { waitMs, signal: options.signal, onClose });
    return createProxy<T>(channel, { retries });
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** How byte streams are opened by a tunnel; undefined where there is none. */
export async function dialBy(via: Via | undefined): Promise<Dial | undefined> {
  return via === undefined ? undefined : (await import("../tunnels/shared.ts")).dialVia(via);
}
