import type { Writable } from "node:stream";
import WebSocket, { type ClientOptions } from "ws";
import { BunsenError, CommunicationError, SecurityError, TimeoutError } from "../errors.ts";
import type { ByteStream, StreamEvents } from "./stream.ts";
import { type CallerTls, connectionOptions, tlsAdvice } from "./tls.ts";
import { SHORT_BYTES, shortMessage } from "./websocket-message.ts";

/**
 * Bytes in one message of a WebSocket: what is longer leaves as several. A receiver holds a whole message before it sees
 * any of it, so this bounds what a peer can make it hold.
 */
export const MAX_FRAME_BYTES: number = 1024 * 1024;

/** How long a peer may take to close its side before it no longer keeps ours. */
const LINGER_MS = 500;
/** Ends that are in order: normal, going away, without a word. */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** Which side of it this is, and what the other one has shown. */
export interface WebSocketSide extends Pick<ByteStream, "identity" | "certificate"> {
  readonly side: "client" | "server";
}

/** Bytes over a WebSocket of the package ws: each write as binary messages, whose borders mean nothing. */
export class WebSocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly localHost: undefined;
  readonly identity: ByteStream["identity"];
  readonly certificate: ByteStream["certificate"];
  readonly #socket: WebSocket;
  /** What carries the WebSocket: short messages go there as they are. */
  readonly #beneath: Writable;
  readonly #masked: boolean;
  #events: StreamEvents | undefined;

  constructor(
    socket: WebSocket,
    beneath: Writable,
    remoteAddress: string,
    { side, ...shown }: WebSocketSide,
  ) {
    this.#socket = socket;
    this.#beneath = beneath;
    this.#masked = side === "client";
    this.remoteAddress = remoteAddress;
    this.identity = shown.identity;
    this.certificate = shown.certificate;
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array, done: () => void): void {
    if (bytes.byteLength <= SHORT_BYTES && this.#socket.readyState === OPEN) {
      this.#beneath.write(shortMessage(bytes, this.#masked));
      done();
      // As a rule it is taken at once, and to be told so would cost a turn.
      if (this.#beneath.writableLength > 0) this.#beneath.write(NOTHING, () => this.#sent());
      return;
    }
    const sent = () => {
      done();
      this.#sent();
    };
    for (let start = 0; start < bytes.byteLength; start += MAX_FRAME_BYTES) {
      const part = bytes.subarray(start, start + MAX_FRAME_BYTES);
      const isLast = start + MAX_FRAME_BYTES >= bytes.byteLength;
      this.#socket.send(part, BINARY, isLast ? sent : undefined);
    }
  }

  start(events: StreamEvents): void {
    this.#events = events;
    let failure: Error | undefined;
    this.#socket.on("message", (data, isBinary) => {
      if (isBinary) events.data(data as Buffer);
      else this.#socket.close(1003, "binary messages only");
    });
    this.#socket.on("error", (error) => {
      failure = error;
    });
    this.#socket.on("close", (code) => {
      const lost = ORDERLY.has(code) ? undefined : new Error(`the WebSocket ended with ${code}`);
      events.closed(failure ?? lost);
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), LINGER_MS);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #sent(): void {
    if (this.#socket.bufferedAmount === 0) this.#events?.drain();
  }
}

const NOTHING = new Uint8Array();

const BINARY = { binary: true } as const;
const { OPEN } = WebSocket;

/** What leads to the objects of one gateway; the room of Pyro knows it by its shape. */
export interface WebSocketGateway {
  uriOf(object: string): string;
  open(object: string, options: Omit<WebSocketDialOptions, "key">): Promise<ByteStream>;
}

/**
 * Reads `ws://gateway/lab.thermostat`. A gateway behind a proxy may be below a path: the object is what follows the last
 * slash, with its own slashes as `%2F`.
 * @throws BunsenError `ERR_BAD_URI`.
 */
export function webSocketGateway(
  uri: string,
  key: string | undefined,
): { readonly gateway: WebSocketGateway; readonly object: string } {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const at = url?.pathname.lastIndexOf("/") ?? -1;
  const object = decodeURIComponent(url?.pathname.slice(at + 1) ?? "");
  if (!url || object === "" || !/^wss?:$/.test(url.protocol)) {
    throw new BunsenError(
      "ERR_BAD_URI",
      `Expected a URI such as "ws://gateway:8080/lab.thermostat", got ${JSON.stringify(uri)}`,
    );
  }
  const urlOf = (name: string) => {
    const made = new URL(url);
    made.pathname = url.pathname.slice(0, at + 1) + encodeURIComponent(name);
    return made;
  };
  const gateway: WebSocketGateway = {
    uriOf: (name) => urlOf(name).href,
    open: (name, options) => dialWebSocket(urlOf(name), { ...options, key }),
  };
  return { gateway, object };
}

export interface WebSocketDialOptions {
  /** Milliseconds; 0 leaves the wait to the operating system. */
  readonly timeoutMs: number;
  readonly tls?: CallerTls | true | undefined;
  /** The gateway's key. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a WebSocket.
 * @throws CommunicationError `ERR_CONNECT`; SecurityError `ERR_GATEWAY_REFUSED` with the gateway's words, `ERR_TLS`;
 *   TimeoutError `ERR_CONNECT_TIMEOUT`.
 */
export function dialWebSocket(url: URL, options: WebSocketDialOptions): Promise<ByteStream> {
  const { timeoutMs, tls, key, signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      followRedirects: false,
      ...(key !== undefined && { headers: { "X-Pyro-Gateway-Key": key } }),
      ...(tls && (connectionOptions(tls, url.hostname) as object as ClientOptions)),
    });
    const giveUp = (reason: unknown) => {
      settle();
      reject(reason);
      socket.terminate();
    };
    const aborted = () => giveUp(signal?.reason);
    const expire = () => {
      const text = `${url.host} did not accept a WebSocket within ${timeoutMs} ms; is a gateway there?`;
      giveUp(new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" }));
    };
    const timer = timeoutMs > 0 ? setTimeout(expire, timeoutMs) : undefined;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
    signal?.addEventListener("abort", aborted);
    // What ends a socket that is given up has been told already.
    socket.on("error", (cause: NodeJS.ErrnoException) => giveUp(dialError(url, cause)));
    socket.once("unexpected-response", (_request, response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (chunk: string) => {
        if (text.length < MAX_REFUSAL) text += chunk;
      });
      response.on("end", () => {
        const words = text.trim().split("\n", 1)[0] || `HTTP status ${response.statusCode}`;
        const message = `${url.host} refused a WebSocket for ${url.pathname}: ${words}`;
        giveUp(new SecurityError("ERR_GATEWAY_REFUSED", message));
      });
    });
    let beneath: Writable | undefined;
    socket.once("upgrade", (response) => {
      beneath = response.socket;
    });
    socket.once("open", () => {
      settle();
      socket.removeAllListeners("error");
      const side = { side: "client", identity: undefined } as const;
      resolve(new WebSocketStream(socket, beneath as Writable, url.host, side));
    });
  });
}

/** Characters of a refusal that are read. */
const MAX_REFUSAL = 1000;

function dialError(url: URL, cause: NodeJS.ErrnoException): CommunicationError | SecurityError {
  const advice = tlsAdvice(cause, url.hostname);
  if (advice) {
    return new SecurityError("ERR_TLS", `cannot trust ${url.host}: ${advice}`, { cause });
  }
  const text = `cannot connect to ${url.host}: ${cause.message || cause.code}; is a gateway there?`;
  return new CommunicationError("ERR_CONNECT", text, { cause, retry: "later" });
}
