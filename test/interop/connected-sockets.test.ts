import { describe, expect, it } from "vitest";
import {
  callContext,
  connect,
  Daemon,
  describe as describeProxy,
  expose,
  uriOf,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, type PythonPeer, spawnPython } from "../support/python.ts";

const IMPORTS = {
  5: "import socket, sys, Pyro5.api as pyro\n",
  4: "import socket, sys, Pyro4 as pyro\n",
};

/** Serves an object at the socket that it inherited. */
const SERVER = `
@pyro.expose
class Laser(object):
    def __init__(self):
        self._power = 5
    @property
    def power(self):
        return self._power
    @power.setter
    def power(self, value):
        self._power = value
    def fire(self, shots=1):
        return ["pew"] * shots
    def fail(self):
        raise ValueError("out of gas")
    def pulses(self, n):
        for i in range(n):
            yield i
    @pyro.oneway
    def off(self):
        self._power = 0

inherited = socket.socket(fileno=3)
daemon = pyro.Daemon(connected_socket=inherited)
daemon.register(Laser(), "laser")
print("ready")
daemon.requestLoop()
`;

/** Calls an object at the socket that it inherited; then, as Pyro's example, another one by a second proxy. */
const CLIENT = `
inherited = socket.socket(fileno=3)
with pyro.Proxy("laser", connected_socket=inherited) as laser:
    print(laser._pyroUri)
    print(laser.power, laser.fire(shots=2), list(laser.pulses(3)))
    laser.power = 7
    laser.off()
    print(laser.power)
    try:
        laser.fail()
    except ValueError as error:
        print(error)
    print(laser.who())
with pyro.Proxy("other", connected_socket=inherited) as other:
    print(other.power)
    try:
        other.missing()
    except AttributeError as error:
        print("no such member")
`;

class Laser {
  power: number;
  constructor(power = 5) {
    this.power = power;
  }
  fire(shots = 1): string[] {
    return Array<string>(shots).fill("pew");
  }
  fail(): never {
    throw new RangeError("out of gas");
  }
  *pulses(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  off(): void {}
  who(): string {
    return callContext().caller.address;
  }
}
expose(Laser, {
  power: true,
  fire: true,
  fail: true,
  pulses: true,
  off: { oneway: true },
  who: true,
});

describe.skipIf(process.platform === "win32")("connected socket pairs (not on Windows)", () => {
  checkLeaks();

  describeWithPython.each([5, 4] as const)("with Pyro%i at the other end", (generation) => {
    const start = (code: string, ready?: RegExp): Promise<PythonPeer> =>
      spawnPython(IMPORTS[generation] + code, [], { channel: true, ready });

    it("a proxy of ours calls what Python serves there", async () => {
      await using python = await start(SERVER, /^ready$/);
      await using laser = await connect<Laser>(
        { stream: python.channel, object: "laser", name: "the laser's process" },
        { generation, timeout: 10_000 },
      );
      expect(uriOf(laser)).toBe("PYRO:laser@<<connected-socket>>:0");
      expect([...describeProxy(laser).members.keys()].sort()).toEqual(
        ["fail", "fire", "off", "power", "pulses"].sort(),
      );
      expect(await Promise.all([laser.power, laser.fire(2), laser.fire()])).toEqual([
        5,
        ["pew", "pew"],
        ["pew"],
      ]);
      expect(await Array.fromAsync(laser.pulses(3))).toEqual([0, 1, 2]);
      await laser.off();
      await expect.poll(() => laser.power).toBe(0);
      await expect(laser.fail()).rejects.toThrow("out of gas");
      python.kill("SIGKILL");
      await expect(laser.fire()).rejects.toMatchObject({ retry: "unknown" });
      await expect(laser.fire()).rejects.toMatchObject({
        code: "ERR_STREAM_OVER",
        message: expect.stringContaining("no address to connect to anew"),
      });
    });

    it("an object that Python has not got there is told as such", async () => {
      await using python = await start(SERVER, /^ready$/);
      const target = { stream: python.channel, object: "maser" };
      await expect(connect(target, { generation })).rejects.toThrow("unknown object");
    });

    it("Python's proxies call what we serve there, one after the other", async () => {
      await using daemon = new Daemon({ logger: SILENT });
      daemon.register("laser", new Laser());
      daemon.register("other", new Laser(9));
      await using python = await start(CLIENT);
      const served = daemon.serve(python.channel, { name: "the client's process" });
      const { code } = await python.exit();
      expect([code, python.stderr]).toEqual([0, ""]);
      expect(python.lines).toEqual([
        "PYRO:laser@<<connected-socket>>:0",
        "5 ['pew', 'pew'] [0, 1, 2]",
        "7",
        "out of gas",
        "the client's process",
        "9",
        "no such member",
      ]);
      await served.closed;
      expect(daemon.counters.connections).toBe(0);
    });

    it("Python's daemon is closed with our end", async () => {
      await using python = await start(SERVER, /^ready$/);
      const laser = await connect<Laser>(
        { stream: python.channel, object: "laser" },
        { generation },
      );
      await laser[Symbol.asyncDispose]();
      await expect(python.exit(5000)).resolves.toMatchObject({ signal: null });
    });
  });
});
