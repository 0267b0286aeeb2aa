import { once } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { connect, locateNameServer } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

/** Takes connections and says nothing. */
async function silentServer() {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    socket.resume();
    sockets.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe("the signal of connect", () => {
  it.each([
    ["the handshake", (port: number) => `PYRO:laser@127.0.0.1:${port}`],
    ["the name server", (port: number) => `PYRONAME:laser@127.0.0.1:${port}`],
  ])("ends a wait for %s, with its reason, and the connection", async (_, uri) => {
    await using server = await silentServer();
    const abort = new AbortController();
    const connecting = connect(uri(server.port), { signal: abort.signal });
    await expect.poll(() => server.sockets.length).toBe(1);
    abort.abort(new Error("the user has left"));
    await expect(connecting).rejects.toThrow("the user has left");
    await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
  });

  it("that is aborted already makes no connection", async () => {
    await using server = await silentServer();
    const signal = AbortSignal.abort(new Error("too late"));
    const uri = `PYRO:laser@127.0.0.1:${server.port}`;
    await expect(connect(uri, { signal })).rejects.toThrow("too late");
    const at = { host: "127.0.0.1", port: server.port };
    await expect(locateNameServer({ ...at, signal })).rejects.toThrow("too late");
    expect(server.sockets).toEqual([]);
  });
});
