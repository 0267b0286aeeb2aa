import { io } from "socket.io-client";
import { expect, it } from "vitest";
import { connect, Daemon, SILENT, startNameServer } from "../../src/index.ts";
import { StockManager } from "../msl/stock.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";

const MSL_SERVICE = `
  import sys
  from msl.network import Service
  class Adder(Service):
      unit = "V"
      def add_two(self, x, y):
          return x + y
      def div_two(self, x, y):
          return x / y
  Adder(name="Adder").start(port=int(sys.argv[1]), disable_tls=True)
`;
const PROXIMITY_SERVER = new URL("../interop/peers/proximity_server.py", import.meta.url);

interface Adder {
  add_two(x: number, y: number): number;
  div_two(x: number, y: number): number;
}

/** What a gateway answers for an object, by each way there is. */
async function answersOf(url: string, object: string) {
  const post = (member: string, args: readonly unknown[]) =>
    fetch(`${url}/pyro/${object}/${member}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ args }),
    });
  const socket = io(`${url}/${object}`, { forceNew: true, transports: ["websocket"] });
  await using proxy = await connect<Adder>(`${url.replace("http", "ws")}/${object}`);
  const ask = (event: string, args: readonly unknown[]) =>
    socket.timeout(30_000).emitWithAck(event, { args });
  try {
    const failed = await post("div_two", [1, 0]);
    return {
      http: await (await post("add_two", [2, 3])).json(),
      webSocket: await proxy.add_two(2, 3),
      socketIo: (await ask("add_two", [2, 3])).result,
      failures: [
        [failed.status, ((await failed.json()) as { __class__: string }).__class__],
        await proxy.div_two(1, 0).catch((error: Error) => error.name),
        (await ask("div_two", [1, 0])).error.__class__,
      ],
      methods: (
        (await (await fetch(`${url}/pyro/${object}/$meta`)).json()) as { methods: string[] }
      ).methods,
    };
  } finally {
    socket.disconnect();
  }
}

const EXPECTED = {
  http: 5,
  webSocket: 5,
  socketIo: 5,
  failures: [
    [500, "builtins.ZeroDivisionError"],
    "RemoteArithmeticError",
    "builtins.ZeroDivisionError",
  ],
  methods: expect.arrayContaining(["add_two", "div_two"]),
};

describeWithPython("objects of other dialects behind the gateway, and behind a name server", () => {
  checkLeaks();

  /** In front of a daemon that adopted the object, and of a name server that lists it. */
  async function answers(adopted: object) {
    await using names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const where = { host: "localhost", port: location.kind === "tcp" ? location.port : 0 };
    await using bridge = new Daemon({ logger: SILENT });
    bridge.register("adder", adopted);
    await bridge.listen("pyro://localhost:0");
    await bridge.announce("adder", "http.adder", where);
    const gateway = { socketIo: true };
    const own = await bridge.listen("http://localhost:0", { gateway });
    await using front = new Daemon({ logger: SILENT });
    const { url } = await front.listen("http://localhost:0", {
      gateway: { ...gateway, nameServer: where },
    });
    return [await answersOf(own.url, "adder"), await answersOf(url, "http.adder")];
  }

  it("a service of MSL-Network, of its Python package", async () => {
    await using manager = await StockManager.start();
    const env = { MSL_NETWORK_HOME: manager.home };
    await using _service = await spawnPython(MSL_SERVICE, [`${manager.port}`], { env });
    await using adder = await connect(`${manager.url}/Adder`, {
      msl: { tls: false, waitMs: 30_000 },
    });
    expect(await answers(adder)).toEqual([EXPECTED, EXPECTED]);
  });

  it("an interface of PyProximity, in Python", async () => {
    const port = await freePort();
    await using _server = await spawnPython(PROXIMITY_SERVER, [`${port}`, "json"], {
      ready: /READY/,
    });
    await using adder = await connect(`proximity://127.0.0.1:${port}/maths`, {
      proximity: { encoding: "json" },
    });
    expect(await answers(adder)).toEqual([EXPECTED, EXPECTED]);
  });
});
