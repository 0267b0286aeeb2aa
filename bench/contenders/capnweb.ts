import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { newWebSocketRpcSession, type RpcStub, RpcTarget } from "capnweb";
import WebSocket, { WebSocketServer } from "ws";
import type { NodeContender } from "../contender.ts";
import { callLoads, type Peer } from "../load.ts";

class Bench extends RpcTarget {
  echo(text: string): string {
    return text;
  }

  bytes(data: Uint8Array): Uint8Array {
    return data;
  }

  items(count: number): ReadableStream<number> {
    let next = 0;
    return new ReadableStream({
      pull(controller) {
        if (next < count) controller.enqueue(next++);
        else controller.close();
      },
    });
  }
}

const contender: NodeContender = {
  async serve() {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    server.on("connection", (socket) => {
      newWebSocketRpcSession(asStandard(socket), new Bench());
    });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },

  loads(port) {
    return callLoads(() => open(port));
  },
};

export default contender;

async function open(port: number): Promise<Peer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const stub: RpcStub<Bench> = newWebSocketRpcSession<Bench>(asStandard(socket));
  await once(socket, "open");
  return {
    echo: (text) => stub.echo(text),
    bytes: (data) => stub.bytes(data) as PromiseLike<Uint8Array>,
    items: (count) => stub.items(count) as unknown as PromiseLike<ReadableStream<number>>,
    close: () => stub[Symbol.dispose](),
  };
}

/** The `ws` package's socket, which its README has cast like this as well. */
function asStandard(socket: WebSocket): globalThis.WebSocket {
  return socket as unknown as globalThis.WebSocket;
}
