import { chmod, lstat, unlink } from "node:fs/promises";
import net from "node:net";
import { CommunicationError, TimeoutError } from "../errors.ts";
import { formatLocation, type Location } from "../pyro/location.ts";
import type { ByteStream, StreamEvents } from "./stream.ts";

class SocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket, remoteAddress: string) {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
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
    socket.on("data", (chunk: Buffer) => events.data(chunk));
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

/**
 * Opens a connection.
 * @param timeoutMs - 0 leaves the wait to the operating system.
 * @throws CommunicationError `ERR_CONNECT` with the system's error as cause; TimeoutError `ERR_CONNECT_TIMEOUT`.
 */
export function dial(location: Location, timeoutMs: number): Promise<ByteStream> {
  const address = formatLocation(location);
  return new Promise((resolve, reject) => {
    const socket = net.connect(
      location.kind === "unix"
        ? { path: location.path }
        : { host: location.host, port: location.port, noDelay: true, keepAlive: true },
    );
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            reject(
              new TimeoutError(
                "ERR_CONNECT_TIMEOUT",
                `${address} did not accept a connection within ${timeoutMs} ms; is the host up, and does a firewall drop the port?`,
                { retry: "later" },
              ),
            );
            socket.destroy();
          }, timeoutMs)
        : undefined;
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(new SocketStream(socket, address));
    });
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(
        new CommunicationError(
          "ERR_CONNECT",
          `cannot connect to ${address}: ${connectAdvice(cause)}`,
          {
            cause,
            retry: "later",
          },
        ),
      );
    });
  });
}

function connectAdvice(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "nothing listens there (ECONNREFUSED); is the daemon running, on this port?";
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
  /** Stops accepting. Connections that are open stay. */
  close(): Promise<void>;
}

/**
 * Listens on a location.
 * @throws CommunicationError `ERR_LISTEN` with the system's error as cause.
 */
export async function listen(
  location: Location,
  onStream: (stream: ByteStream) => void,
): Promise<Acceptor> {
  const server = net.createServer({ noDelay: true, keepAlive: true }, (socket) => {
    onStream(new SocketStream(socket, remoteOf(socket, location)));
  });
  if (location.kind === "unix") await removeStaleSocket(location.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new CommunicationError(
          "ERR_LISTEN",
          `cannot listen on ${formatLocation(location)}: ${listenAdvice(cause)}`,
          {
            cause,
            retry: "later",
          },
        ),
      );
    });
    const backlog = 511;
    if (location.kind === "unix") server.listen({ path: location.path, backlog }, resolve);
    else server.listen({ host: bindHost(location.host), port: location.port, backlog }, resolve);
  });
  // Accepting may fail for a while (no file descriptors left): the listener must survive that.
  server.on("error", () => {});
  if (location.kind === "unix" && !location.path.startsWith("\0"))
    await chmod(location.path, 0o600);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const actual: Location = location.kind === "tcp" ? { ...location, port } : location;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      // `close` waits for open connections, which are their owners' to close: accepting has ended by now.
      resolve();
    });
    return closing;
  };
  return { location: actual, close, [Symbol.asyncDispose]: close };
}

/** Pyro's `localhost` is 127.0.0.1, whatever comes first where names are resolved: its clients may try no other. */
function bindHost(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

/** A socket file that nobody listens on any more is in the way after a crash. One in use is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  if (path.startsWith("\0")) return;
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket()) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
  if (!alive) await unlink(path).catch(() => {});
}

function listenAdvice(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EADDRINUSE":
      return "the address is in use (EADDRINUSE); stop the other program, or choose another port (0 picks a free one)";
    case "EADDRNOTAVAIL":
      return "this machine does not have that address (EADDRNOTAVAIL); use one of its own, or 0.0.0.0 for all";
    case "EACCES":
      return "permission denied (EACCES); ports below 1024 need more rights";
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
    host: remoteAddress.replace(/^::ffff:/, ""),
    port: remotePort,
  });
}
