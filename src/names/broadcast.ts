import { createSocket, type Socket } from "node:dgram";
import { BunsenError } from "../errors.ts";
import { type Location, PyroUri, parseUri } from "../pyro/uri.ts";

/** UDP port at which name servers listen for broadcasts (Pyro's NS_BCPORT). */
export const BROADCAST_PORT = 9091;

const REQUEST = Buffer.from("GET_NSURI");
/** Longest answer that is read: a URI with the longest host name, and some room. Pyro reads 100. */
const MAX_ANSWER_BYTES = 512;
/** Local addresses are asked for with a socket each, so a flood of requests must not open thousands. */
const MAX_LOOKUPS = 64;

export interface BroadcastOptions {
  /** The URI of the name server; with NAT the internal one, since broadcasts do not leave the network. */
  readonly uri: PyroUri;
  /** Local address to listen at; all by default. */
  readonly host?: string;
  /** {@link BROADCAST_PORT} by default; 0 takes a free one. */
  readonly port?: number;
}

/**
 * Why a name server at this location answers no broadcasts, in the words that Pyro prints; undefined if it does.
 * @see Spec, sections 12.5 and 12.6.
 */
export function broadcastRefusal(location: Location): string | undefined {
  if (location.kind === "unix") return "Not starting broadcast server for unix sockets.";
  const { host } = location;
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) {
    return "Not starting broadcast server for localhost.";
  }
  return host.includes(":") ? "Not starting broadcast server for IPv6." : undefined;
}

/**
 * Answers the UDP datagram `GET_NSURI` with the URI of a name server, so that clients find it without knowing its
 * host; ignores every other datagram. Pyro 4 and 5 ask in the same way.
 */
export class BroadcastResponder implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #uri: PyroUri;
  #lookups = 0;
  #closed: Promise<void> | undefined;

  /**
   * Starts to listen.
   * @throws {@link BunsenError} `ERR_BROADCAST` when the name server's location is none that others can reach, or
   * the port cannot be bound.
   */
  static async listen(options: BroadcastOptions): Promise<BroadcastResponder> {
    const { uri, host, port = BROADCAST_PORT } = options;
    const refusal = uri.location.kind === "none" ? "no location" : broadcastRefusal(uri.location);
    if (refusal !== undefined) throw new BunsenError("ERR_BROADCAST", `${uri}: ${refusal}`);
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    try {
      await bind(socket, port, host);
      socket.setBroadcast(true);
    } catch (error) {
      socket.close();
      const what = `cannot listen for broadcasts at ${host ?? "0.0.0.0"}:${port}`;
      throw new BunsenError("ERR_BROADCAST", `${what}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    return new BroadcastResponder(socket, uri);
  }

  private constructor(socket: Socket, uri: PyroUri) {
    this.#socket = socket;
    this.#uri = uri;
    socket.on("error", () => {
      // Of one answer that could not be sent: the requester asks again.
    });
    socket.on("message", (message, from) => {
      if (REQUEST.equals(message)) void this.#answer(from.address, from.port);
    });
  }

  /** Where it listens. */
  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  /** Stops listening. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(resolve));
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(host: string, port: number): Promise<void> {
    const uri = await this.#uriFor(host, port);
    if (uri && !this.#closed) this.#socket.send(Buffer.from(`${uri}`, "latin1"), port, host);
  }

  /** The URI as the requester can use it: `0.0.0.0` becomes the address of ours that faces it. */
  async #uriFor(host: string, port: number): Promise<PyroUri | undefined> {
    const { protocol, object, location } = this.#uri;
    if (location.kind !== "tcp" || (location.host !== "0.0.0.0" && location.host !== "")) {
      return this.#uri;
    }
    if (this.#lookups >= MAX_LOOKUPS) return undefined;
    this.#lookups++;
    try {
      const local = await addressFacing(host, port);
      return new PyroUri({ protocol, object, location: { ...location, host: local } });
    } catch {
      return undefined; // no route back to the requester, so no answer would arrive either
    } finally {
      this.#lookups--;
    }
  }
}

export interface BroadcastLookupOptions {
  /** Addresses to ask; `<broadcast>` is 255.255.255.255. Pyro's default: `<broadcast>` and `0.0.0.0`. */
  readonly addresses?: readonly string[];
  /** {@link BROADCAST_PORT} by default. */
  readonly port?: number;
  /** How often to ask; 3 by default. */
  readonly attempts?: number;
  /** How long to wait for an answer each time; 700 by default. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks the network for a name server.
 * @returns The URI in the first answer that is one of an object; undefined when none comes. It is what some host
 * claims: nothing was connected to.
 * @see Spec, section 12.4, step 3.
 */
export async function broadcastLookup(
  options: BroadcastLookupOptions = {},
): Promise<PyroUri | undefined> {
  const { addresses = ["<broadcast>", "0.0.0.0"], port = BROADCAST_PORT, signal } = options;
  const { attempts = 3, waitMs = 700 } = options;
  const targets = addresses
    .map((address) => (address === "<broadcast>" ? "255.255.255.255" : address.trim()))
    .filter((address) => address !== "");
  signal?.throwIfAborted();
  const socket = createSocket("udp4");
  const answer = Promise.withResolvers<PyroUri | undefined>();
  const abort = () => answer.reject(signal?.reason);
  let timer: NodeJS.Timeout | undefined;
  try {
    signal?.addEventListener("abort", abort, { once: true });
    socket.on("error", () => {
      // Of one address that cannot be reached: another may answer.
    });
    socket.on("message", (message) => {
      const uri = readAnswer(message);
      if (uri) answer.resolve(uri);
    });
    await bind(socket, 0);
    socket.setBroadcast(true);
    let left = attempts;
    const ask = () => {
      if (left-- <= 0) return answer.resolve(undefined);
      for (const target of targets) socket.send(REQUEST, port, target, ignoreUnreachable);
      timer = setTimeout(ask, waitMs);
    };
    ask();
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    socket.close();
  }
}

/** An answer that is no URI of an object is not the answer of a name server. */
function readAnswer(message: Buffer): PyroUri | undefined {
  if (message.length > MAX_ANSWER_BYTES) return undefined;
  try {
    const uri = parseUri(message.toString("latin1"));
    return uri.protocol === "PYRO" ? uri : undefined;
  } catch {
    return undefined;
  }
}

function ignoreUnreachable(): void {
  // No broadcast on this interface, or no network: the other addresses are asked all the same.
}

/** Our address from which packets to that host leave. Nothing is sent: connecting a UDP socket asks the routes. */
async function addressFacing(host: string, port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, host, resolve);
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}

function bind(socket: Socket, port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    const bound = () => {
      socket.off("error", reject);
      resolve();
    };
    socket.bind(host === undefined ? { port } : { port, address: host }, bound);
  });
}
