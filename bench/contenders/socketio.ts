import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import type { NodeContender } from "../contender.ts";
import { echoLoads } from "../load.ts";

/** Events with acknowledgements, over WebSockets from the start. */
const contender: NodeContender = {
  async serve() {
    const http = createServer();
    const server = new Server(http, { transports: ["websocket"] });
    server.on("connection", (socket) => {
      socket.on("echo", (text: string, acknowledge: (text: string) => void) => acknowledge(text));
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return (http.address() as AddressInfo).port;
  },

  async loads(port) {
    const socket = io(`ws://127.0.0.1:${port}`, { transports: ["websocket"] });
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return echoLoads({
      echo: (text) => new Promise((resolve) => socket.emit("echo", text, resolve)),
      close: () => socket.close(),
    });
  },
};

export default contender;
