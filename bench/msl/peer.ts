import net from "node:net";

const LINE_FEED = 0x0a;

/**
 * A client or service that does as little as it can, so that the manager is what is measured: it writes lines that are
 * made beforehand, and finds the id in what it reads without parsing it.
 */
export class Peer {
  readonly #socket: net.Socket;
  #held: Buffer[] = [];
  /** Called with each line. */
  receive: (line: Buffer) => void = () => {};

  static async connect(port: number, identity: object): Promise<Peer> {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    const peer = new Peer(socket);
    await peer.#next();
    peer.send(`${JSON.stringify({ result: identity })}\r\n`);
    // The handshake has no acknowledgement: an answer to a request is one.
    const known = peer.#next();
    peer.send(request("Manager", "identity", "hello"));
    await known;
    return peer;
  }

  static client(port: number, name: string): Promise<Peer> {
    return Peer.connect(port, { type: "client", name });
  }

  static service(port: number, name: string): Promise<Peer> {
    return Peer.connect(port, { type: "service", name, attributes: {} });
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => {
      throw error;
    });
  }

  send(line: string | Uint8Array): void {
    this.#socket.write(line);
  }

  close(): void {
    this.#socket.destroy();
  }

  #next(): Promise<Buffer> {
    return new Promise((resolve) => {
      this.receive = resolve;
    });
  }

  #read(chunk: Buffer): void {
    let start = 0;
    // What is sent for the lines of one read leaves as one write.
    this.#socket.cork();
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const tail = chunk.subarray(start, end);
      const line = this.#held.length === 0 ? tail : Buffer.concat([...this.#held, tail]);
      this.#held = [];
      start = end + 1;
      this.receive(line);
    }
    this.#socket.uncork();
    if (start < chunk.length) this.#held.push(chunk.subarray(start));
  }
}

/** A request, as Python's clients write it. */
export function request(service: string, attribute: string, uid: string): string {
  return `{"args": ["thermostat 7 reads 20.25 degrees"], "attribute": "${attribute}", "error": false, "kwargs": {}, "service": "${service}", "uid": "${uid}"}\r\n`;
}

/** The text that a line has for a key. */
export function textOf(line: Buffer, key: string): string {
  const start = line.indexOf(`"${key}": "`) + key.length + 5;
  return line.toString("latin1", start, line.indexOf(0x22, start));
}
