import { once } from "node:events";
import net from "node:net";
import { BLOB_BYTES, type Loads, type NodeContender, OUTSTANDING } from "../contender.ts";
import { medianTime, openIdle, perSecond, sequentially, someBytes } from "../load.ts";

/** A frame as small as one of a small Bunsen call. */
const FRAME_BYTES = 100;
const FRAME: Buffer = Buffer.alloc(FRAME_BYTES, "echo ");

/** What Node's sockets allow: no protocol, no promises, no values. */
const raw: NodeContender = {
  async serve() {
    const server = net.createServer({ noDelay: true }, (socket) => {
      socket.once("data", (chunk) => {
        // A frame begins with a letter, a large message with a zero.
        const echo = chunk[0] === 0 ? blobEcho(socket) : frameEcho(socket);
        echo(chunk);
        socket.on("data", echo);
      });
      socket.on("error", () => {});
    });
    server.listen({ host: "127.0.0.1", port: 0, backlog: 511 });
    await once(server, "listening");
    return (server.address() as net.AddressInfo).port;
  },

  async loads(port): Promise<Loads> {
    const frames = await connect(port);
    const blobs = await connect(port);
    return {
      sequential: (ms) => echoFrames(frames, 1, ms),
      outstanding: (ms) => echoFrames(frames, OUTSTANDING, ms),
      bytes: (ms) => echoBlob(blobs, ms),
      // An echo has no streams: what it gets one after the other is what streams are compared with.
      streams: (ms) => echoFrames(frames, 1, ms),
      connect: (ms) => medianTime(() => connectOnce(port), echoOnce, ms),
      memory: () => openIdle(() => connectOnce(port), echoOnce),
    };
  },
};

export default raw;

export async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  return socket;
}

async function connectOnce(port: number): Promise<{ socket: net.Socket; close(): void }> {
  const socket = await connect(port);
  return { socket, close: () => void socket.destroy() };
}

async function echoOnce({ socket }: { socket: net.Socket }): Promise<void> {
  socket.write(FRAME);
  await once(socket, "data");
}

/**
 * Answers each frame with a write of its own, as whoever reads messages has to; those of one chunk leave together.
 * (To write the chunk back as it is brings 30 % more frames, and no longer deals with frames.)
 */
function frameEcho(socket: net.Socket): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    socket.cork();
    for (; at + FRAME_BYTES <= bytes.byteLength; at += FRAME_BYTES) {
      socket.write(bytes.subarray(at, at + FRAME_BYTES));
    }
    socket.uncork();
    rest = bytes.subarray(at);
  };
}

/**
 * Sends a large message back when it is there as a whole, as whoever answers messages has to. (To pass its chunks on as
 * they come lets both directions overlap, and no longer deals with messages.)
 */
function blobEcho(socket: net.Socket): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  return (chunk) => {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < BLOB_BYTES) return;
    socket.cork();
    for (const part of chunks) socket.write(part);
    socket.uncork();
    chunks = [];
    bytes = 0;
  };
}

/** Frames a second that come back, with `width` of them out at any time; again those of one chunk leave together. */
function echoFrames(socket: net.Socket, width: number, ms: number): Promise<number> {
  const start = performance.now();
  let bytes = 0;
  let returned = 0;
  let sent = 0;
  const send = (count: number) => {
    sent += count;
    socket.cork();
    for (let i = 0; i < count; i++) socket.write(FRAME);
    socket.uncork();
  };
  return new Promise((resolve) => {
    const receive = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      const frames = Math.floor(bytes / FRAME_BYTES) - returned;
      returned += frames;
      if (performance.now() - start < ms) send(frames);
      else if (returned === sent) {
        socket.off("data", receive);
        resolve(perSecond(returned, performance.now() - start));
      }
    };
    socket.on("data", receive);
    send(width);
  });
}

async function echoBlob(socket: net.Socket, ms: number): Promise<number> {
  const data = someBytes();
  const once = () =>
    new Promise<void>((resolve) => {
      let bytes = 0;
      const receive = (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes < BLOB_BYTES) return;
        socket.off("data", receive);
        resolve();
      };
      socket.on("data", receive);
      socket.write(data);
    });
  return (await sequentially(once, ms)) * BLOB_BYTES;
}
