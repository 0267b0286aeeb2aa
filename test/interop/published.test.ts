import dns from "node:dns";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  connect,
  Daemon,
  type DaemonOptions,
  expose,
  type ListenOptions,
  locateNameServer,
  type Remote,
  release,
  startNameServer,
  uriOf,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";
import { Relay } from "../support/relay.ts";
import { Warnings } from "../support/warnings.ts";

checkLeaks();
afterEach(() => {
  vi.restoreAllMocks();
});

class Laser {
  power(): number {
    return 5;
  }
}
expose(Laser, { power: true });

/** Gives out an object that is registered beside it, and calls those that it is given. */
class Cupboard {
  readonly laser = new Laser();
  get(): Laser {
    return this.laser;
  }
  async use(laser: Remote<Laser>): Promise<number> {
    try {
      return await laser.power();
    } finally {
      await release(laser);
    }
  }
  pass(thing: unknown): unknown {
    return thing;
  }
}
expose(Cupboard, { get: true, use: true, pass: true });

interface RemoteCupboard {
  get(): Remote<Laser>;
  use(laser: unknown): number;
  pass(thing: unknown): Remote<Laser>;
}

function daemonWithCupboard(options: DaemonOptions = {}): Daemon {
  const daemon = new Daemon({ logger: SILENT, ...options });
  const cupboard = new Cupboard();
  daemon.register("cupboard", cupboard);
  daemon.register("laser", cupboard.laser);
  return daemon;
}

const IMPORTS = {
  5: "import sys, Pyro5.api as pyro\nfrom Pyro5.api import locate_ns as locate, config\n",
  4: "import sys, Pyro4 as pyro\nfrom Pyro4 import locateNS as locate, config\n",
};

/** Fetches the laser of each cupboard, tells its URI, and calls it. */
const FETCH = `
for uri in sys.argv[1:]:
    with pyro.Proxy(uri) as cupboard:
        with cupboard.get() as laser:
            print(laser._pyroUri, laser.power())
`;

const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
const isLinux = process.platform === "linux";
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((found) => found?.address === "::1");

const portOf = ({ address }: { readonly address: string }) => Number(address.replace(/.*:/, ""));

describe("a daemon that listens at several places", () => {
  it("gives its objects out at the place that the caller reached", async () => {
    await using daemon = daemonWithCupboard();
    const urls = ["pyro://localhost:0"];
    if (isLinux) urls.push("pyro://127.0.0.2:0");
    if (hasIpv6) urls.push("pyro://[::1]:0");
    if (process.platform !== "win32") {
      urls.push(`pyro://./u:${join(tmpdir(), `bunsen-${process.pid}.sock`)}`);
    }
    for (const url of urls) {
      const { address, published } = await daemon.listen(url);
      expect(published).toBe(address);
      await using cupboard = await connect<RemoteCupboard>(`PYRO:cupboard@${address}`);
      await using laser = await cupboard.get();
      expect(uriOf(laser)).toBe(`PYRO:laser@${address}`);
      expect(await laser.power()).toBe(5);
    }
    expect(daemon.uriFor("laser")).toMatch(/^PYRO:laser@localhost:/);
  });

  it("names the address of its own that the caller used, where it listens at all of them", async () => {
    await using daemon = daemonWithCupboard();
    const listener = await daemon.listen("pyro://0.0.0.0:0");
    expect(listener.address).toMatch(/^0\.0\.0\.0:/);
    const port = portOf(listener);
    const hosts = [
      "127.0.0.1",
      ...(isLinux ? ["127.0.0.2"] : []),
      ...(ownAddress ? [ownAddress] : []),
    ];
    for (const host of hosts) {
      await using cupboard = await connect<RemoteCupboard>(`PYRO:cupboard@${host}:${port}`);
      await using laser = await cupboard.get();
      expect(uriOf(laser)).toBe(`PYRO:laser@${host}:${port}`);
      expect(await laser.power()).toBe(5);
    }
    // Nobody asks: the network's address, or that of a machine without one.
    expect(daemon.uriFor("laser")).toBe(`PYRO:laser@${ownAddress ?? "127.0.0.1"}:${port}`);
    expect(listener.published).toBe(`${ownAddress ?? "127.0.0.1"}:${port}`);
  });

  it("announces the address that faces the name server", async () => {
    await using daemon = daemonWithCupboard();
    const port = portOf(await daemon.listen("pyro://0.0.0.0:0"));
    await using names = await startNameServer({ host: "0.0.0.0", port: 0, broadcastPort: false });
    const namesPort = portOf({ address: `${names.internalUri}` });
    const at = { host: ownAddress ?? "127.0.0.1", port: namesPort };
    const { uri } = await daemon.announce("laser", "lab.laser", at);
    expect(uri).toBe(`PYRO:laser@${at.host}:${port}`);
    // A name server on this machine may be asked from others, too.
    await daemon.announce("laser", "lab.again", { host: "127.0.0.1", port: namesPort });
    expect(`${names.names.lookup("lab.again")}`).toBe(uri);
  });
});

describe("NAT", () => {
  it("host and port are in every URI that is handed out", async () => {
    await using daemon = daemonWithCupboard();
    const { url, published } = await daemon.listen("pyro://localhost:0", {
      natHost: "gate.example",
      natPort: 7777,
    });
    expect(published).toBe("gate.example:7777");
    expect(daemon.uriFor("laser")).toBe("PYRO:laser@gate.example:7777");
    await using cupboard = await connect<RemoteCupboard>(url.replace("pyro://", "PYRO:cupboard@"));
    const own = url.replace("pyro://", "PYRO:Pyro.Daemon@");
    await using pyroDaemon = await connect<{ info(): string }>(own);
    expect(await pyroDaemon.info()).toContain(", NAT gate.example:7777, 3 objects registered");
    expect(uriOf(await cupboard.get())).toBe("PYRO:laser@gate.example:7777");
  });

  it("port 0, or none, is the port of the listener", async () => {
    await using daemon = daemonWithCupboard();
    for (const natPort of [0, undefined]) {
      const options: ListenOptions = { natHost: "gate.example", ...(natPort === 0 && { natPort }) };
      const listener = await daemon.listen("pyro://localhost:0", options);
      expect(listener.published).toBe(`gate.example:${portOf(listener)}`);
    }
  });

  it.each([
    ["a port without a host", "pyro://localhost:0", { natPort: 1 }, /natHost with natPort/],
    ["a Unix socket", "pyro://./u:/nowhere/x", { natHost: "gate" }, /natHost.*Unix socket/],
  ])("%s is refused", async (_, url, options, message) => {
    await using daemon = daemonWithCupboard();
    await expect(daemon.listen(url, options)).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringMatching(message),
    });
  });

  it("of a name server is in its own URI, and not in what it answers broadcasts with", async () => {
    await using names = await startNameServer({
      host: "0.0.0.0",
      port: 0,
      broadcastPort: 0,
      listen: { natHost: "gate.example", natPort: 9099 },
    });
    expect(`${names.uri}`).toBe("PYRO:Pyro.NameServer@gate.example:9099");
    expect(`${names.names.lookup("Pyro.NameServer")}`).toBe(`${names.uri}`);
    expect(`${names.internalUri}`).toMatch(/^PYRO:Pyro\.NameServer@0\.0\.0\.0:\d+$/);
    const broadcast = { port: names.broadcast?.port ?? 0, addresses: ["127.0.0.1"] };
    const port = await freePort();
    await using found = await locateNameServer({ port, broadcast });
    expect(found.uri).toBe(`${names.internalUri}`.replace("0.0.0.0", "127.0.0.1"));
  });
});

describe("names that lead astray", () => {
  it("are told when a daemon listens at its own name, and that is loopback", async () => {
    pretend("lab.example", "127.0.0.1");
    const log = new Warnings();
    await using daemon = daemonWithCupboard({ logger: log });
    await daemon.listen("pyro://lab.example:0");
    expect(log.warnings).toEqual([
      expect.stringMatching(
        /^the host name "lab\.example" resolves to 127\.0\.0\.1 on this machine.*\/etc\/hosts.*listen at/,
      ),
    ]);
    await daemon.listen("pyro://localhost:0");
    await daemon.listen("pyro://127.0.0.1:0");
    await daemon.listen("pyro://lab.example:0", { natHost: "gate.example" });
    expect(log.warnings).toHaveLength(1);
  });

  it("are told to a caller who is refused there", async () => {
    pretend("lab.example", "127.0.0.1");
    await expect(connect(`PYRO:laser@lab.example:${await freePort()}`)).rejects.toMatchObject({
      code: "ERR_CONNECT",
      message: expect.stringMatching(/"lab\.example" resolves to 127\.0\.0\.1.*ECONNREFUSED/),
    });
  });

  it.skipIf(ownAddress === undefined)(
    "are told when they are announced to a name server of the network (needs one)",
    async () => {
      pretend("lab.example", "127.0.0.1");
      const log = new Warnings();
      await using daemon = daemonWithCupboard({ logger: log });
      const natted = await daemon.listen("pyro://0.0.0.0:0", { natHost: "lab.example" });
      const host = `${ownAddress}`;
      await using names = await startNameServer({ host, port: 0, broadcastPort: false });
      const at = { host, port: portOf({ address: `${names.uri}` }) };
      await daemon.announce("laser", "lab.laser", at);
      expect(log.warnings).toEqual([
        expect.stringMatching(/lab\.laser is announced as PYRO:laser@lab\.example:.*resolves to/),
      ]);
      await natted.close();
      await daemon.listen("pyro://0.0.0.0:0", { natHost: "nowhere.invalid" });
      await daemon.announce("laser", "lab.second", at);
      expect(log.warnings[1]).toMatch(/"nowhere\.invalid" does not resolve on this machine/);
    },
  );

  function pretend(host: string, address: string): void {
    const real = dns.lookup;
    const family = 4;
    const lookup = (name: string, ...rest: unknown[]) => {
      const done = rest.at(-1) as (error: null, ...found: unknown[]) => void;
      if (name !== host) return Reflect.apply(real, dns, [name, ...rest]);
      const all = typeof rest[0] === "object" && (rest[0] as dns.LookupOptions).all;
      setImmediate(() => (all ? done(null, [{ address, family }]) : done(null, address, family)));
    };
    vi.spyOn(dns, "lookup").mockImplementation(lookup as never);
    const realPromise = dns.promises.lookup;
    vi.spyOn(dns.promises, "lookup").mockImplementation((async (name: string, options: object) =>
      name === host
        ? [{ address, family }]
        : await Reflect.apply(realPromise, dns.promises, [name, options])) as never);
  }
});

describe("a registered object", () => {
  it("can be passed by whoever has its daemon in the same process, in any call", async () => {
    await using daemon = daemonWithCupboard();
    await daemon.listen("pyro://localhost:0");
    await using home = new Daemon({ logger: SILENT });
    const { address } = await home.listen("pyro://127.0.0.1:0");
    const laser = new Laser();
    home.register("mine", laser);
    await using cupboard = await connect<RemoteCupboard>(daemon.uriFor("cupboard"));
    expect(await cupboard.use(laser)).toBe(5);
    expect(uriOf(await cupboard.pass(laser))).toBe(`PYRO:mine@${address}`);
    home.unregister(laser);
    // Lent, and come back.
    expect(await cupboard.pass(laser)).toBe(laser);
  });

  it("of a daemon that listens nowhere is lent to a Bunsen peer", async () => {
    await using daemon = daemonWithCupboard();
    await daemon.listen("pyro://localhost:0");
    await using home = new Daemon({ logger: SILENT });
    const laser = new Laser();
    home.register("mine", laser);
    await using cupboard = await connect<RemoteCupboard>(daemon.uriFor("cupboard"));
    expect(await cupboard.use(laser)).toBe(5);
  });
});

describeWithPython.each([5, 4] as const)("with Pyro%i", (generation) => {
  const imports = IMPORTS[generation];

  it("Python is given objects at the place that it reached", async () => {
    await using daemon = daemonWithCupboard();
    const first = await daemon.listen("pyro://localhost:0");
    const all = await daemon.listen("pyro://0.0.0.0:0");
    const places = [first.address, `127.0.0.1:${portOf(all)}`];
    if (isLinux) places.push(`127.0.0.2:${portOf(all)}`);
    if (ownAddress) places.push(`${ownAddress}:${portOf(all)}`);
    const output = await runPython(
      imports + FETCH,
      places.map((place) => `PYRO:cupboard@${place}`),
    );
    expect(output.trim().split("\n")).toEqual(places.map((place) => `PYRO:laser@${place} 5`));
  });

  it("Python calls through NAT, what it is given too", async () => {
    await using daemon = daemonWithCupboard();
    const natPort = await freePort();
    const listener = await daemon.listen("pyro://127.0.0.1:0", { natHost: "localhost", natPort });
    await using _relay = await Relay.to(portOf(listener), natPort);
    const uri = daemon.uriFor("cupboard");
    expect(uri).toBe(`PYRO:cupboard@localhost:${natPort}`);
    expect(await runPython(imports + FETCH, [uri])).toBe(`PYRO:laser@localhost:${natPort} 5\n`);
  });

  it("we call a Python daemon through NAT, and what it gives us", async () => {
    const natPort = await freePort();
    const code = `${imports}
@pyro.expose
class Laser(object):
    def power(self):
        return 5

@pyro.expose
class Cupboard(object):
    def get(self):
        return laser

laser = Laser()
daemon = pyro.Daemon(host="127.0.0.1", nathost="localhost", natport=int(sys.argv[1]))
print(daemon.uriFor(laser if False else daemon.register(laser, "laser").object, nat=False))
print(daemon.register(Cupboard(), "cupboard"))
daemon.requestLoop()
`;
    await using server = await spawnPython(code, [`${natPort}`], { ready: /^PYRO:cupboard.*$/ });
    const port = Number(/:(\d+)$/.exec(server.lines[0] ?? "")?.[1]);
    await using _relay = await Relay.to(port, natPort);
    await using cupboard = await connect<RemoteCupboard>(`${server.ready}`);
    await using laser = await cupboard.get();
    expect(uriOf(laser)).toBe(`PYRO:laser@localhost:${natPort}`);
    expect(await laser.power()).toBe(5);
  });

  it("a proxy of a name, never used before, can be called where it arrives", async () => {
    await using names = await startNameServer({ port: 0, logger: SILENT });
    const port = portOf({ address: `${names.uri}` });
    await using daemon = daemonWithCupboard({ nameServer: { host: "localhost", port } });
    await daemon.listen("pyro://localhost:0");
    await daemon.announce("laser", "lab.laser", { host: "localhost", port, metadata: ["red"] });
    const code = `${imports}
with pyro.Proxy(sys.argv[1]) as cupboard:
    for uri in sys.argv[2:]:
        print(cupboard.use(pyro.Proxy(uri)))
`;
    const where = `localhost:${port}`;
    const uris = [`PYRONAME:lab.laser@${where}`, "PYRONAME:lab.laser", "PYROMETA:red"];
    expect(await runPython(code, [daemon.uriFor("cupboard"), ...uris])).toBe("5\n5\n5\n");
  });

  it("Python calls back an object that we pass", async () => {
    const code = `${imports}
@pyro.expose
class Cupboard(object):
    def use(self, laser):
        with laser:
            return laser.power()
    def pass_on(self, thing):
        return thing

daemon = pyro.Daemon()
print(daemon.register(Cupboard(), "cupboard"))
daemon.requestLoop()
`;
    await using server = await spawnPython(code, [], { ready: /^PYRO:.*$/ });
    await using home = new Daemon({ logger: SILENT });
    await home.listen("pyro://0.0.0.0:0");
    const laser = new Laser();
    home.register("mine", laser);
    await using cupboard = await connect<{
      use(laser: unknown): number;
      pass_on(thing: Laser): Remote<Laser>;
    }>(`${server.ready}`);
    expect(await cupboard.use(laser)).toBe(5);
    // As the other side sees this machine: both are on it.
    expect(uriOf(await cupboard.pass_on(laser))).toMatch(/^PYRO:mine@127\.0\.0\.1:/);
    home.unregister(laser);
    // One that is registered nowhere is called where its proxy keeps such things.
    expect(await cupboard.use(laser)).toBe(5);
    expect(uriOf(await cupboard.pass_on(laser))).toMatch(/^PYRO:callback-[-\w]+@127\.0\.0\.1:/);
  });
});

it.runIf(isLinux)("a name server at 127.0.1.1 is found as one of this machine", async () => {
  await using names = await startNameServer({ host: "127.0.1.1", port: 0, logger: SILENT });
  const port = portOf({ address: `${names.uri}` });
  await using found = await locateNameServer({ port, broadcast: false });
  expect(found.uri).toBe(`${names.uri}`);
  await found.ping();
});
