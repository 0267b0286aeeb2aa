import type { X509Certificate } from "node:crypto";
import { chmod, lstat, unlink } from "node:fs/promises";
import net from "node:net";
import tls from "node:tls";
import { isMainThread } from "node:worker_threads";
import { CommunicationError, SecurityError, TimeoutError } from "../errors.ts";
import { isLoopback, loopbackName, plainAddress } from "./addresses.ts";
import { Inlet, SHARES_READS, withInlet } from "./inlet.ts";
import { formatLocation, type Location } from "./location.ts";
import type { ByteStream, StreamEvents } from "./stream.ts";
import {
  certificateOf,
  certificateProblem,
  connectionOptions,
  identityOf,
  type JudgedTls,
  judgement,
  type ListenerTls,
  serverOptions,
  tlsAdvice,
} from "./tls.ts";

class SocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly #socket: net.Socket;
  readonly #inlet: Inlet | undefined;

  constructor(socket: net.Socket, remoteAddress: string, inlet?: Inlet) {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
    this.#inlet = inlet;
  }

  get localHost(): string | undefined {
    const { localAddress } = this.#socket;
    return localAddress === undefined ? undefined : plainAddress(localAddress);
  }

  get identity(): string | undefined {
    return this.#socket instanceof tls.TLSSocket ? identityOf(this.#socket) : undefined;
  }

  get certificate(): X509Certificate | undefined {
    return certificateOf(this.#socket);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#socket.write(bytes, done);
  }

  start(events: StreamEvents): void {
    let failure: Error | undefined;
    const socket = this.#socket;
    const receive = (chunk: Uint8Array) => events.data(chunk);
    if (this.#inlet) this.#inlet.open(receive, () => events.place?.());
    else socket.on("data", receive).resume();
    socket.on("drain", () => events.drain());
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => events.closed(failure));
    // The peer will send no more: whatever it still waited for, it can no longer be understood to want.
    socket.on("end", () => socket.end());
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
    // A peer that does not close its side must not keep ours.
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const LINGER_MS = 500;

/** A socket that is connected already, however it came to be; `name` is how messages call one without an address. */
export function streamOfSocket(socket: net.Socket, name: string): ByteStream {
  const { remoteAddress: host, remotePort: port } = socket;
  if (host === undefined || port === undefined) return new SocketStream(socket, name);
  const location = { kind: "tcp", host: plainAddress(host), port } as const;
  return new SocketStream(socket, formatLocation(location));
}

export interface DialOptions {
  /** Milliseconds; 0 leaves the wait to the operating system. */
  readonly timeoutMs: number;
  readonly tls?: JudgedTls | true | undefined;
  /** Gives up when aborted, and rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a byte stream to a place is opened: `dial` itself, or by way of a tunnel. */
export type Dial = (location: Location, options: DialOptions) => Promise<ByteStream>;

/**
 * Opens a connection.
 * @throws CommunicationError `ERR_CONNECT` with the system's error as cause; TimeoutError `ERR_CONNECT_TIMEOUT`;
 *   SecurityError `ERR_TLS` where the peer's certificate is not to be trusted, or it speaks no TLS.
 */
export function dial(location: Location, options: DialOptions): Promise<ByteStream> {
  const { timeoutMs, signal } = options;
  const address = formatLocation(location);
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (location.kind === "tcp" && !(location.port >= 0 && location.port <= 65_535)) {
    // Node would throw, and leave a socket behind.
    const text = `cannot connect to ${address}: a port is 1 to 65535`;
    return Promise.reject(new CommunicationError("ERR_CONNECT", text, { retry: "never" }));
  }
  return new Promise((resolve, reject) => {
    const inlet = SHARES_READS && !options.tls ? new Inlet() : undefined;
    const socket = open(location, options.tls, inlet);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
    const giveUp = (reason: unknown) => {
      settle();
      reject(reason);
      socket.destroy();
    };
    const aborted = () => giveUp(signal?.reason);
    const expire = () => {
      const text = `${address} did not accept a connection within ${timeoutMs} ms; is the host up, and does a firewall drop the port?`;
      giveUp(new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" }));
    };
    const timer = timeoutMs > 0 ? setTimeout(expire, timeoutMs) : undefined;
    signal?.addEventListener("abort", aborted);
    socket.once(options.tls ? "secureConnect" : "connect", () => {
      const distrusted =
        socket instanceof tls.TLSSocket ? judgement(options.tls, socket) : undefined;
      if (distrusted) return giveUp(distrusted);
      settle();
      socket.removeAllListeners("error");
      resolve(new SocketStream(socket, address, inlet));
    });
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      settle();
      reject(dialError(location, address, cause, options.tls !== undefined));
    });
  });
}

function open(
  location: Location,
  secure: JudgedTls | true | undefined,
  inlet: Inlet | undefined,
): net.Socket {
  const to =
    location.kind === "unix"
      ? { path: location.path }
      : { host: location.host, port: location.port, noDelay: true, keepAlive: true };
  if (!secure) return net.connect(inlet ? { ...to, onread: inlet.onread } : to);
  return usable(() => tls.connect({ ...connectionOptions(secure, hostOf(location)), ...to }));
}

/** Node says of a key or certificate only what OpenSSL says. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const text = `tls.cert, tls.key or tls.ca cannot be used: ${(cause as Error).message}; each is PEM, the key is that of the certificate, and one that is encrypted takes tls.passphrase (SSL_SERVERKEYPASSWD or SSL_CLIENTKEYPASSWD of the environment)`;
    throw new SecurityError("ERR_TLS", text, { cause });
  }
}

function dialError(
  location: Location,
  address: string,
  cause: NodeJS.ErrnoException,
  secure: boolean,
): CommunicationError | SecurityError {
  // A Unix socket may be the near end of a tunnel, with TLS in it.
  const host = location.kind === "tcp" ? location.host : "localhost";
  const advice = secure ? tlsAdvice(cause, host) : undefined;
  if (advice) {
    return new SecurityError("ERR_TLS", `cannot trust ${address}: ${advice}`, { cause });
  }
  const text = `cannot connect to ${address}: ${connectAdvice(cause, hostOf(location))}`;
  return new CommunicationError("ERR_CONNECT", text, { cause, retry: "later" });
}

function hostOf(location: Location): string {
  return location.kind === "tcp" ? location.host : "localhost";
}

function connectAdvice(error: NodeJS.ErrnoException, host: string): string {
  switch (error.code) {
    case "ECONNREFUSED": {
      const { address = host } = error as { address?: string };
      const name = nameProblem(host, address);
      if (name) return `${name}, and nothing listens there (ECONNREFUSED); use the host's address`;
      return "nothing listens there (ECONNREFUSED); is the daemon running, on this port?";
    }
    case "ENOENT":
      return "there is no such socket (ENOENT); is the daemon running?";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name does not resolve (${error.code}); check its spelling, or use the address`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `the host cannot be reached from here (${error.code}); is the network or a tunnel up?`;
    default:
      return error.message;
  }
}

/** A socket that accepts connections. */
export interface Acceptor extends AsyncDisposable {
  /** What was bound: port 0 has become a real one. */
  readonly location: Location;
  /** Why others cannot reach the host name that was given, where that shows already. */
  readonly problem: string | undefined;
  /** Lets the process end though this is open. */
  unref(): void;
  /** Stops accepting. Connections that are open stay. */
  close(): Promise<void>;
}

export interface AcceptOptions {
  readonly tls?: ListenerTls | false | undefined;
  /** Milliseconds that a TLS handshake may take. */
  readonly handshakeTimeoutMs: number;
  /** A caller that failed the TLS handshake. */
  readonly onRefused: (peer: string, error: Error) => void;
  /** Tells a caller that its certificate is not good enough, and lets it go. Without it, that is a failed handshake. */
  readonly onUnproven?: (stream: ByteStream, problem: string) => void;
}

/**
 * Listens on a location.
 * @throws CommunicationError `ERR_LISTEN` with the system's error as cause.
 */
export async function listen(
  location: Location,
  options: AcceptOptions,
  onStream: (stream: ByteStream) => void,
): Promise<Acceptor> {
  const accept = (socket: net.Socket) => {
    onStream(new SocketStream(socket, remoteOf(socket, location)));
  };
  const turnAway = (socket: net.Socket, problem: string) => {
    const peer = remoteOf(socket, location);
    if (options.onUnproven) options.onUnproven(new SocketStream(socket, peer), problem);
    else {
      options.onRefused(peer, new Error(problem));
      socket.destroy();
    }
  };
  const basics = { noDelay: true, keepAlive: true };
  const { tls: secure, handshakeTimeoutMs } = options;
  const server = secure
    ? usable(() =>
        tls.createServer({ ...basics, ...serverOptions(secure, handshakeTimeoutMs) }, (socket) => {
          const problem = certificateProblem(socket, secure);
          if (problem === undefined) accept(socket);
          else turnAway(socket, problem);
        }),
      )
    : net.createServer({ ...basics, pauseOnConnect: SHARES_READS }, (socket) => {
        const inlet = new Inlet();
        const reading = SHARES_READS ? withInlet(socket, inlet) : undefined;
        if (reading) onStream(new SocketStream(reading, remoteOf(reading, location), inlet));
        else accept(socket);
      });
  server.on("tlsClientError", (error: Error, socket: net.Socket) => {
    options.onRefused(remoteOf(socket, location), error);
    // After a time-out the socket is still open.
    socket.destroy();
  });
  return await bind(server, location);
}

/**
 * Lets a server listen at a location, with what that takes beside `server.listen`.
 * @throws CommunicationError `ERR_LISTEN` with the system's error as cause.
 */
export async function bind(server: net.Server, location: Location): Promise<Acceptor> {
  const isFile = location.kind === "unix" && !location.path.startsWith("\0");
  if (isFile) await removeStaleSocket(location.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new CommunicationError(
          "ERR_LISTEN",
          `cannot listen on ${formatLocation(location)}: ${listenAdvice(cause, location)}`,
          {
            cause,
            retry: "later",
          },
        ),
      );
    });
    const backlog = 511;
    if (location.kind === "unix") {
      forOwnerOnly(() => server.listen({ path: location.path, backlog }, resolve));
    } else server.listen({ host: bindHost(location.host), port: location.port, backlog }, resolve);
  });
  // Accepting may fail for a while (no file descriptors left): the listener must survive that.
  server.on("error", () => {});
  if (isFile) await chmod(location.path, 0o600);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const actual: Location = location.kind === "tcp" ? { ...location, port } : location;
  const problem =
    location.kind === "tcp" && typeof bound === "object" && bound !== null
      ? nameProblem(location.host, bound.address)
      : undefined;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      // `close` waits for open connections, which are their owners' to close: accepting has ended by now.
      resolve();
    });
    return closing;
  };
  const unref = () => void server.unref();
  return { location: actual, problem, unref, close, [Symbol.asyncDispose]: close };
}

/** Pyro's `localhost` is 127.0.0.1, whatever comes first where names are resolved: its clients may try no other. */
function bindHost(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

/** A name that a machine has for itself in /etc/hosts binds to loopback, where its name is told to others. */
function nameProblem(host: string, address: string): string | undefined {
  return !isLoopback(host) && isLoopback(address) ? loopbackName(host, address) : undefined;
}

/** Makes a socket file that nobody else can open at any time: binding makes it, before its mode can be set. */
function forOwnerOnly(bind: () => void): void {
  // Other threads than the first cannot have it set; there the mode follows a moment later.
  const before = isMainThread ? process.umask(0o077) : undefined;
  try {
    bind();
  } finally {
    if (before !== undefined) process.umask(before);
  }
}

/** A socket file that nobody listens on any more is in the way after a crash. One in use is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket()) return;
  const stale = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    // Anything else, such as EACCES, says nothing of whether another user's program listens.
    probe.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED"));
  });
  if (stale) await unlink(path).catch(() => {});
}

function listenAdvice(error: NodeJS.ErrnoException, { kind }: Location): string {
  switch (error.code) {
    case "EADDRINUSE":
      if (kind === "unix") {
        return "a program listens there, or the file is no socket (EADDRINUSE); stop the program, remove the file, or choose another path";
      }
      return "the address is in use (EADDRINUSE); stop the other program, or choose another port (0 picks a free one)";
    case "EADDRNOTAVAIL":
      return "this machine does not have that address (EADDRNOTAVAIL); use one of its own, or 0.0.0.0 for all";
    case "EACCES":
      return kind === "unix"
        ? "the folder is not there, or not yours to write to (EACCES); make it, or choose another path"
        : "permission denied (EACCES); ports below 1024 need more rights";

    default:
      return error.message;
  }
}

function remoteOf(socket: net.Socket, location: Location): string {
  if (location.kind === "unix") return formatLocation(location);
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return "a closed connection";
  return formatLocation({
    kind: "tcp",
    host: plainAddress(remoteAddress),
    port: remotePort,
  });
}
