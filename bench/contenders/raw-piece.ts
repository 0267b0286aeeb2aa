import { once } from "node:events";
import net from "node:net";
import { BLOB_BYTES, type NodeContender } from "../contender.ts";
import { echoBytes } from "../load.ts";
import { connect } from "./raw.ts";

/** As the raw echo, but each end puts a large message into one piece of memory, as whoever gives bytes to a user has to. */
const rawPiece: NodeContender = {
  async serve() {
    const server = net.createServer({ noDelay: true }, (socket) => {
      inOnePiece(socket, (message) => socket.write(message));
      socket.on("error", () => {});
    });
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    return (server.address() as net.AddressInfo).port;
  },

  async loads(port) {
    const socket = await connect(port);
    let answered: (message: Uint8Array) => void = () => {};
    inOnePiece(socket, (message) => answered(message));
    const bytes = (data: Uint8Array) =>
      new Promise<Uint8Array>((resolve) => {
        answered = resolve;
        socket.write(data);
      });
    return { bytes: (ms) => echoBytes(bytes, ms) };
  },
};

export default rawPiece;

function inOnePiece(socket: net.Socket, receive: (message: Uint8Array) => void): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < BLOB_BYTES) return;
    receive(Buffer.concat(chunks));
    chunks = [];
    bytes = 0;
  });
}
