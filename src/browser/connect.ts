import { BunsenError, CommunicationError } from "../errors.ts";
import type { ByteStream } from "../net/stream.ts";
import { within } from "../net/within.ts";
import { createProxy } from "../objects/proxy.ts";
import type { Remote } from "../objects/remote.ts";
import { type ClassRegistry, classes } from "../values/classes.ts";
import { PageChannel, type PageGateway } from "./channel.ts";
import { NativeWebSocketStream } from "./websocket-stream.ts";

/** How to connect, and what holds for every call of the proxy. */
export interface BrowserConnectOptions {
  /** Milliseconds that connecting and each call may take; 0 waits for ever. Default 0. */
  readonly timeout?: number;
  /** The gateway's key. It travels in the URL of the WebSocket: a page cannot set headers of one. */
  readonly gatewayKey?: string;
  /** Handshake data for the daemon's `validateHandshake`. Default `"hello"`. */
  readonly handshake?: unknown;
  /**
   * Connects again when the connection was lost, more and more slowly, until it is there; and so do the objects that it
   * handed out, once they were called. Calls that were under way are rejected: they may have run. Default true.
   */
  readonly reconnect?: boolean;
  /** How custom classes travel. Default: what `registerClass` registered. */
  readonly classes?: ClassRegistry;
  /** Gives the first connection up when aborted; `connect` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to an object by a gateway: `ws://gateway/lab.thermostat`, `wss://…`, or `/lab.thermostat` of the gateway that
 * the page came from.
 * @throws CommunicationError `ERR_CONNECT`: a browser does not tell pages why a WebSocket was refused.
 */
export async function connect<T = Record<string, (...args: unknown[]) => unknown>>(
  target: string,
  options: BrowserConnectOptions = {},
): Promise<Remote<T>> {
  const { gatewayKey, reconnect = true, signal } = options;
  const { gateway, object } = gatewayOf(target, gatewayKey);
  const channel = new PageChannel(gateway, object, {
    timeout: options.timeout ?? 0,
    handshake: options.handshake ?? "hello",
    classes: options.classes ?? classes,
    reconnect,
  });
  try {
    await within(channel.open(), { signal });
  } catch (error) {
    await channel.close();
    throw error;
  }
  return createProxy<T>(channel);
}

function gatewayOf(
  target: string,
  key: string | undefined,
): { readonly gateway: PageGateway; readonly object: string } {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
  if (url) url.protocol = url.protocol.replace(/^http/, "ws");
  const at = url?.pathname.lastIndexOf("/") ?? -1;
  const object = decodeURIComponent(url?.pathname.slice(at + 1) ?? "");
  if (!url || object === "" || !/^wss?:$/.test(url.protocol)) {
    throw new BunsenError(
      "ERR_BAD_URI",
      `Expected a URI such as "ws://gateway:8080/lab.thermostat" or "/lab.thermostat", got ${JSON.stringify(target)}`,
    );
  }
  const urlOf = (name: string): URL => {
    const made = new URL(url);
    made.pathname = url.pathname.slice(0, at + 1) + encodeURIComponent(name);
    return made;
  };
  const gateway: PageGateway = {
    uriOf: (name) => urlOf(name).href,
    open(name, ended) {
      const made = urlOf(name);
      if (key !== undefined) made.searchParams.set("$key", key);
      return open(made, ended);
    },
  };
  return { gateway, object };
}

function open(url: URL, signal: AbortSignal): Promise<ByteStream> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const opened = new Promise<ByteStream>((resolve, reject) => {
    socket.onopen = () => resolve(new NativeWebSocketStream(socket, url.host));
    socket.onclose = () => reject(notOpened(url));
  });
  const made = within(opened, { signal });
  made.catch(() => socket.close());
  return made;
}

function notOpened(url: URL): CommunicationError {
  const text = `cannot connect to ${url.host}: the browser does not say why; is a gateway there, does it expose ${url.pathname}, does it want a key, and is this page's origin one of its origins?`;
  return new CommunicationError("ERR_CONNECT", text, { retry: "later" });
}
