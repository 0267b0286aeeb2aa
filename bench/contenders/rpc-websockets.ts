import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Client, Server } from "rpc-websockets";
import type { NodeContender } from "../contender.ts";
import { echoLoads } from "../load.ts";

/** JSON-RPC 2.0. */
const contender: NodeContender = {
  async serve() {
    const server = new Server({ host: "127.0.0.1", port: 0 });
    server.register("echo", (params) => (params as string[])[0]);
    await once(server.wss, "listening");
    return (server.wss.address() as AddressInfo).port;
  },

  async loads(port) {
    const client = new Client(`ws://127.0.0.1:${port}`);
    await new Promise<void>((resolve) => client.once("open", resolve));
    return echoLoads({
      echo: (text) => client.call("echo", [text]),
      close: () => client.close(),
    });
  },
};

export default contender;
