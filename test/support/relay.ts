import { once } from "node:events";
import net from "node:net";

/** Stands between a caller and a daemon: counts bytes, and cuts the line where a test wants it cut. */
export class Relay implements AsyncDisposable {
  readonly port: number;
  /** Bytes that passed towards the daemon, and back. */
  readonly passed: { up: number; down: number } = { up: 0, down: 0 };
  readonly #server: net.Server;
  /** Each with the way of what it reads. */
  readonly #sockets = new Map<net.Socket, "up" | "down">();
  #cut: { readonly way: "up" | "down"; bytes: number } | undefined;

  private constructor(server: net.Server, target: number) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
    server.on("connection", (near: net.Socket) => {
      const far = net.connect(target, "127.0.0.1");
      this.#join(near, far, "up");
      this.#join(far, near, "down");
    });
  }

  /** @param target - A port of 127.0.0.1; `port` is the relay's own. */
  static async to(target: number, port = 0): Promise<Relay> {
    const server = net.createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server, target);
  }

  /** Lets so many more bytes pass in one direction, then closes both sides in good order. */
  cutAfter(bytes: number, way: "up" | "down"): void {
    this.#cut = { way, bytes };
  }

  /** Closes all connections as a crash does. */
  reset(): void {
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
  }

  /** Passes nothing on any more, and closes nothing: as a cable that was pulled, or a reader that stopped. */
  stall(only?: "up" | "down"): void {
    for (const [socket, way] of this.#sockets) {
      if (only === undefined || way === only) socket.removeAllListeners("data").pause();
    }
  }

  /** `uri` with the relay's port in place of the daemon's. */
  uriOf(uri: string): string {
    return uri.replace(/:\d+$/, `:${this.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: net.Socket, to: net.Socket, way: "up" | "down"): void {
    this.#sockets.set(from, way);
    from.on("data", (chunk) => {
      const cut = this.#cut?.way === way ? this.#cut : undefined;
      const part = cut ? chunk.subarray(0, cut.bytes) : chunk;
      this.passed[way] += part.length;
      to.write(part);
      if (!cut) return;
      cut.bytes -= part.length;
      if (cut.bytes > 0) return;
      this.#cut = undefined;
      from.end();
      to.end();
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.end();
    });
  }
}
