import { expect, it } from "vitest";
import { connect, Daemon, expose, kwargs } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";
import { StockManager } from "./stock.ts";

class Instrument {
  unit = "V";
  read(channel: number, gain = 1): number {
    return channel * gain;
  }
  fail(): never {
    throw new RangeError("out of range");
  }
}
expose(Instrument, { unit: true, read: true, fail: true });

const PLAIN = { tls: false } as const;

// The name of a service on the command line is the object's; ours are the arguments after it.
const MSL_CLIENT = `
  import sys
  from msl.network import connect
  client = connect(port=int(sys.argv[1]), disable_tls=True)
  link = client.link(sys.argv[2])
  print(link.read(3, gain=2))
  print(link.unit())
  try:
      link.fail()
  except RuntimeError as e:
      print([line for line in str(e).splitlines() if "Error" in line][-1])
  client.disconnect()
`;

const PYRO_CLIENT = `
  import sys
  import Pyro5.api
  with Pyro5.api.Proxy(sys.argv[1]) as proxy:
      print(proxy.read(3, gain=2))
      print(proxy.unit)
      try:
          proxy.fail()
      except Exception as e:
          print(type(e).__name__ + ": " + str(e))
`;

const PYRO_SERVER = `
  import Pyro5.api
  @Pyro5.api.expose
  class Instrument:
      unit_ = "V"
      @property
      def unit(self):
          return self.unit_
      def read(self, channel, gain=1):
          return channel * gain
      def fail(self):
          raise ValueError("out of range")
  daemon = Pyro5.api.Daemon()
  print(daemon.register(Instrument, "instrument"), flush=True)
  daemon.requestLoop()
`;

const MSL_SERVICE = `
  import sys
  from msl.network import Service
  class Instrument(Service):
      unit = "V"
      def read(self, channel, gain=1):
          return channel * gain
      def fail(self):
          raise ValueError("out of range")
  Instrument(name="Original").start(port=int(sys.argv[1]), disable_tls=True)
`;

const EXPECTED = ["6", "V", "ValueError: out of range"];

const lines = (output: string) => output.trim().split("\n");

describeWithPython("between Pyro and MSL-Network", () => {
  checkLeaks();

  it("an object that is registered once answers clients of both, with the same errors", async () => {
    await using manager = await StockManager.start();
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("Instrument", new Instrument());
    await daemon.listen("pyro://localhost:0");
    await daemon.join(manager.url, PLAIN);
    const env = { MSL_NETWORK_HOME: manager.home };
    const outputs = await Promise.all([
      runPython(MSL_CLIENT, [String(manager.port), "Instrument"], { env }),
      runPython(PYRO_CLIENT, [daemon.uriFor("Instrument")]),
    ]);
    expect(outputs.map(lines)).toEqual([EXPECTED, EXPECTED]);
    await using pyro = await connect<Instrument>(daemon.uriFor("Instrument"));
    await using msl = await connect<Instrument>(`${manager.url}/Instrument`, { msl: PLAIN });
    const errors = await Promise.all(
      [pyro, msl].map((proxy) => proxy.fail().catch((error: Error) => [error.name, error.message])),
    );
    expect(errors[1]).toEqual(["RemoteValueError", "ValueError: out of range"]);
    expect(errors[0]?.[0]).toBe("RemoteValueError");
  });

  it("a stock MSL service that a daemon adopts is called from Pyro5", async () => {
    await using manager = await StockManager.start();
    const env = { MSL_NETWORK_HOME: manager.home };
    await using _ = await spawnPython(MSL_SERVICE, [String(manager.port)], { env });
    const original = await connect<Instrument>(`${manager.url}/Original`, {
      msl: { ...PLAIN, waitMs: 15_000 },
    });
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("adopted", original);
    await daemon.listen("pyro://localhost:0");
    expect(lines(await runPython(PYRO_CLIENT, [daemon.uriFor("adopted")]))).toEqual(EXPECTED);
    await original[Symbol.asyncDispose]();
  });

  it("a Pyro5 object is called from a stock MSL client, through the manager", async () => {
    await using manager = await StockManager.start();
    await using server = await spawnPython(PYRO_SERVER, [], { ready: /^PYRO:.*/ });
    const original = await connect<Instrument>(`${server.ready?.[0]}`);
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("Instrument", original);
    await daemon.join(manager.url, PLAIN);
    const env = { MSL_NETWORK_HOME: manager.home };
    const output = await runPython(MSL_CLIENT, [String(manager.port), "Instrument"], { env });
    expect(lines(output)).toEqual(EXPECTED);
    await using back = await connect<Instrument>(`${manager.url}/Instrument`, { msl: PLAIN });
    expect(await back.read(2, kwargs({ gain: 5 }))).toBe(10);
    await original[Symbol.asyncDispose]();
  });
});
