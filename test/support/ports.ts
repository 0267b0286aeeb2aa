import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A TCP port of 127.0.0.1 that was free a moment ago. Prefer port 0 wherever the peer can say what it got. */
export async function freePort(): Promise<number> {
  const server = await listen(0);
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

/**
 * Waits until nobody else on this machine runs the programs of the documentation, for these use the ports
 * that are written there. The turn ends when it is disposed of, or with the process.
 */
export async function documentedPorts(): Promise<AsyncDisposable> {
  for (;;) {
    try {
      const server = await listen(TURN_PORT);
      return { [Symbol.asyncDispose]: async () => void server.close() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      await sleep(100);
    }
  }
}

/** Below the range that systems hand out by themselves, and in no document. */
const TURN_PORT = 28_657;

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
