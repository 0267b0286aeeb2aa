import { splitKwargs } from "../objects/bind-arguments.ts";
import { channelOf } from "../objects/proxy.ts";
import { MslChannel, type NotificationHandler } from "./channel.ts";
import type { MslClient } from "./client.ts";
import type { ServiceIdentity } from "./identities.ts";
import { MANAGER } from "./messages.ts";

// Functions that act on the proxy of a service, so that no name of ours can hide one of its members.

/** What the manager tells of the service behind a proxy: its attributes, address, language and limits. */
export function serviceOf(proxy: object): ServiceIdentity {
  const { identity, uri } = linkOf(proxy);
  if (identity === undefined) throw new TypeError(`${uri} was not connected yet`);
  return identity;
}

/** The connection that a proxy uses; further links can share it. */
export function clientOf(proxy: object): MslClient {
  return linkOf(proxy).client;
}

/** Calls `handler` with what the service emits from now on. Returns a function that takes it back. */
export function onNotification(proxy: object, handler: NotificationHandler): () => void {
  return linkOf(proxy).onNotification(handler);
}

/**
 * Keeps others from linking with the service until every lock is released, by `releaseLock` or the end of the link.
 * @param options.shared - Also where others are linked already; they share it.
 * @returns the names of the clients that are linked.
 * @throws RemoteOSError where others are linked and the lock is not shared.
 */
export async function acquireLock(
  proxy: object,
  options: { readonly shared?: boolean } = {},
): Promise<string[]> {
  const { client, service } = linkOf(proxy);
  const shared = options.shared ?? false;
  return (await client.request(MANAGER, "acquire_lock", [service], { shared })) as string[];
}

/**
 * Lets others link with the service again, as soon as nobody else has a lock.
 * @returns the names of the clients that still have one.
 */
export async function releaseLock(proxy: object): Promise<string[]> {
  const { client, service } = linkOf(proxy);
  return (await client.request(MANAGER, "release_lock", [service], null)) as string[];
}

/**
 * Asks the service to end: its `shutdown_service` runs with the arguments, and what it returns comes back. Keyword
 * arguments go last, as `kwargs(…)`.
 * @throws RemoteAttributeError where the service lets nobody do that.
 */
export async function shutdownService(proxy: object, ...args: unknown[]): Promise<unknown> {
  const channel = linkOf(proxy);
  const [positional, keywords] = splitKwargs(args);
  return await channel.client.request(channel.service, "shutdown_service", positional, keywords);
}

function linkOf(proxy: object): MslChannel {
  const channel = channelOf(proxy);
  if (channel instanceof MslChannel) return channel;
  throw new TypeError(`Expected the proxy of an MSL-Network service, got that of ${channel.uri}`);
}
