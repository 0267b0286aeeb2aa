import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  connect,
  Daemon,
  expose,
  type RunningNameServer,
  SILENT,
  startNameServer,
} from "../../src/index.ts";
import type { RunningProcess } from "../support/process.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

const peer = (name: string) => new URL(`peers/${name}`, import.meta.url);

class BasicServer {
  square(x: number) {
    return x ** 2;
  }
  fail() {
    throw new RangeError("on purpose");
  }
  size(data: Uint8Array) {
    return [data.constructor.name, data.length];
  }
  raw() {
    return Uint8Array.of(0, 255);
  }
}
expose(BasicServer, { square: true, fail: true, size: true, raw: true });

describeWithPython("python-socketio", () => {
  it.each(["polling", "websocket"])("calls objects, by %s", async (transport) => {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("BasicServer", new BasicServer());
    const { url } = await daemon.listen("http://localhost:0", {
      gateway: { socketIo: true, keys: ["k"] },
    });
    expect(JSON.parse(await runPython(peer("socket_client.py"), [url, transport]))).toEqual({
      event: ["success", 4],
      call: 9,
      bytes: [
        ["Uint8Array", 2],
        [0, 255],
      ],
      error: ["on purpose", null, "builtins.ValueError"],
    });
  });
});

describeWithPython.each(["Pyro4", "Pyro5"] as const)("objects of %s, by Socket.IO", (pyro) => {
  let names: RunningNameServer;
  let server: RunningProcess;
  const daemon = new Daemon({ logger: SILENT });
  let url: string;

  beforeAll(async () => {
    names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const port = location.kind === "tcp" ? location.port : 0;
    server = await spawnPython(peer("async_server.py"), [pyro, `${port}`], {
      ready: /ready (?<uri>\S+)/,
    });
    const proxy = await connect(server.ready?.groups?.["uri"] ?? "");
    daemon.onClose(() => proxy[Symbol.asyncDispose]());
    daemon.register("adopted", proxy);
    ({ url } = await daemon.listen("http://localhost:0", {
      gateway: { socketIo: true, nameServer: { host: "localhost", port }, expose: "" },
    }));
  }, 60_000);

  afterAll(async () => {
    await daemon.close();
    await server[Symbol.asyncDispose]();
    await names.close();
  });

  it.each(["adopted", "BasicServer"])("are called as ours are: %s", async (object) => {
    const socket = io(`${url}/${object}`, { forceNew: true, transports: ["websocket"] });
    const ask = (event: string, asked: object = {}) =>
      socket.timeout(30_000).emitWithAck(event, asked);
    const items: unknown[] = [];
    socket.on("items", ({ result }) => items.push(result));
    try {
      expect((await ask("square", { args: [3] })).result).toBe(9);
      expect((await ask("raw")).result).toEqual(Buffer.from([0, 255]));
      expect((await ask("size", { args: [Buffer.from([1, 2])] })).result).toEqual(
        expect.arrayContaining([2]),
      );
      const failed = await ask("fail");
      expect([failed.status, failed.error.__class__]).toEqual([
        "on purpose",
        expect.stringMatching(/\.KeyError$/),
      ]);
      const correlationId = crypto.randomUUID();
      expect((await ask("who", { correlationId })).result).toBe(correlationId);
      expect((await ask("items")).status).toBe("end");
      expect(items).toEqual([1, 2, null]);
    } finally {
      socket.disconnect();
    }
  });

  it.each(["adopted", "BasicServer"])(
    "tell the page by the events of its cb_info: %s",
    async (object) => {
      const socket = io(`${url}/${object}`, { forceNew: true, transports: ["websocket"] });
      const told: unknown[] = [];
      socket.on("on_update", (data) => told.push(data));
      socket.on("on_done", (data) => told.push(data));
      const cb_info = { cb: "on_done", cb_updates: "on_update" };
      socket.emit("slowly", { args: [3], kwargs: { cb_info } });
      try {
        await expect
          .poll(() => told, { timeout: 30_000 })
          .toEqual([
            { args: ["working on", 3], kwargs: {} },
            { args: [9], kwargs: {} },
          ]);
      } finally {
        socket.disconnect();
      }
    },
  );
});
