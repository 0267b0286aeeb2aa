import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A socket that reads and writes lines: a client or service of which every byte is the test's. */
export class RawPeer implements AsyncDisposable {
  readonly #socket: net.Socket;
  #text = "";
  #ended = false;
  /** What was read at once. */
  readonly segments: string[] = [];

  static async connect(port: number): Promise<RawPeer> {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawPeer(socket);
  }

  /** One that said who it is. */
  static async identified(port: number, identity: object): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    await peer.nextLine();
    peer.send({ result: identity });
    return peer;
  }

  /** A client that the manager knows: the handshake has no acknowledgement, so it asks for something. */
  static async client(port: number, name = "Raw"): Promise<RawPeer> {
    const peer = await RawPeer.identified(port, { type: "client", name });
    peer.send({ service: "Manager", attribute: "identity", uid: "hello" });
    await peer.nextMessage();
    return peer;
  }

  /** A service that the manager knows. */
  static async service(port: number, name: string, more: object = {}): Promise<RawPeer> {
    const peer = await RawPeer.identified(port, { type: "service", name, attributes: {}, ...more });
    peer.send({ service: "Manager", attribute: "identity", uid: "hello" });
    await peer.nextMessage();
    return peer;
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      this.segments.push(text);
      this.#text += text;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
    });
  }

  get port(): number {
    return this.#socket.localPort as number;
  }

  /** Text is sent as it is. */
  send(message: object | string): void {
    this.#socket.write(typeof message === "string" ? message : `${JSON.stringify(message)}\r\n`);
  }

  bytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  /** The next line without its terminator; undefined at the end. */
  async nextLine(): Promise<string | undefined> {
    const deadline = Date.now() + 10_000;
    while (!this.#text.includes("\n")) {
      if (this.#ended) return undefined;
      if (Date.now() > deadline)
        throw new Error(`no line came; so far: ${this.#text.slice(0, 200)}`);
      await sleep(1);
    }
    const at = this.#text.indexOf("\n");
    const line = this.#text.slice(0, at).replace(/\r$/, "");
    this.#text = this.#text.slice(at + 1);
    return line;
  }

  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON, whose shape the test knows
  async nextMessage(): Promise<any> {
    const line = await this.nextLine();
    if (line === undefined) throw new Error("the connection was closed");
    return JSON.parse(line);
  }

  /** Waits for the end of the stream; returns what was left to read. */
  async ended(): Promise<string> {
    const deadline = Date.now() + 10_000;
    while (!this.#ended) {
      if (Date.now() > deadline) throw new Error("the connection is still open");
      await sleep(1);
    }
    return this.#text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.ended();
  }
}
