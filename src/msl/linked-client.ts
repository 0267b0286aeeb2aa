import { BunsenError } from "../errors.ts";
import type { Remote } from "../objects/remote.ts";
import { parseMslUrl } from "./address.ts";
import type { MslClient } from "./client.ts";
import { type ConnectManagerOptions, connectManager } from "./connect.ts";
import { shutdownService } from "./links.ts";

/** How a client is made that is linked with one service. */
export interface LinkedClientOptions extends ConnectManagerOptions {
  /** Milliseconds to wait for the service to be connected to the manager. Default 10,000. */
  readonly waitMs?: number;
  /** Called when the service answers a call with an error, before the caller hears of it: to clean up. */
  readonly onServiceError?: (error: Error) => unknown;
}

/** A client and its link with one service: what ends with one ends with the other. */
export interface LinkedClient<T> extends AsyncDisposable {
  readonly client: MslClient;
  readonly service: Remote<T>;
  /** Asks the service to end, and returns what its `shutdown_service` does. */
  shutdownService(...args: unknown[]): Promise<unknown>;
  /** Another connection that is linked with the same service. */
  spawn(name?: string): Promise<LinkedClient<T>>;
  /** Ends the connection. May be called twice. */
  disconnect(): Promise<void>;
}

const DEFAULT_WAIT_MS = 10_000;

/**
 * Connects to a manager and links with a service, `msl://host:1875/Service`, as soon as it is there.
 * @throws as `connectManager`; DaemonError `ERR_UNKNOWN_SERVICE` when the time is up.
 */
export async function linkedClient<T = Record<string, (...args: unknown[]) => unknown>>(
  url: string,
  options: LinkedClientOptions = {},
): Promise<LinkedClient<T>> {
  const { waitMs = DEFAULT_WAIT_MS, onServiceError, ...managerOptions } = options;
  const { service: name } = parseMslUrl(url);
  if (name === undefined) {
    const text = `invalid uri: ${JSON.stringify(url)}; it names no service: "msl://host:1875/Service"`;
    throw new BunsenError("ERR_BAD_URI", text);
  }
  const client = await connectManager(url, managerOptions);
  const { signal } = options;
  try {
    const service = await client.link<T>(name, { waitMs, signal, onError: onServiceError });
    const disconnect = () => client.close();
    return {
      client,
      service,
      shutdownService: (...args) => shutdownService(service as object, ...args),
      spawn: (name = client.name) => linkedClient<T>(url, { ...options, name }),
      disconnect,
      [Symbol.asyncDispose]: disconnect,
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
