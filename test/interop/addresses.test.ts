import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connect, Daemon, expose, locateNameServer, startNameServer } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

const CONTROL = new URL("peers/nsc.py", import.meta.url);
const NAME_SERVER = new URL("peers/name_server.py", import.meta.url);

const directory = mkdtempSync(join(tmpdir(), "bunsen-sockets-"));
afterAll(() => rmSync(directory, { recursive: true }));
let count = 0;
const socketPath = () => join(directory, `${++count}.sock`);

class Laser {
  power(): number {
    return 5;
  }
  *pulses(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
}
expose(Laser, { power: true, pulses: true });

const IMPORTS = {
  5: "import sys, Pyro5.api as pyro\nfrom Pyro5.api import locate_ns as locate, config\n",
  4: "import sys, Pyro4 as pyro\nfrom Pyro4 import locateNS as locate, config\n",
};

/** Calls the object of the URI, then looks its name up in the name server at the host and port. */
const CLIENT = `
uri, host, port = sys.argv[1:4]
with pyro.Proxy(uri) as laser:
    print(laser.power(), list(laser.pulses(3)))
ns = locate(host, int(port))
print(ns._pyroUri)
print(ns.lookup("lab.laser"))
ns.register("python", "PYRO:python@" + sys.argv[4], metadata=["tag"])
with pyro.Proxy(ns.lookup("lab.laser")) as laser:
    print(laser.power())
`;

/** Serves an object at argv[1] (a path) or argv[2] (a host), whichever is not empty. */
const SERVER = `
@pyro.expose
class Thing(object):
    def add(self, a, b):
        return a + b
path, host = sys.argv[1:3]
daemon = pyro.Daemon(unixsocket=path) if path else pyro.Daemon(host=host)
print(daemon.register(Thing, "thing"))
daemon.requestLoop()
`;

const isWindows = process.platform === "win32";
describe.skipIf(isWindows)("Unix sockets (which Node has not got on Windows)", () => {
  checkLeaks();

  it("carry calls and names between our own peers", async () => {
    const [objects, service] = [socketPath(), socketPath()];
    await using names = await startNameServer({ unixSocket: service, logger: SILENT });
    expect(`${names.uri}`).toBe(`PYRO:Pyro.NameServer@./u:${service}`);
    expect(names.broadcastRefusal).toContain("unix sockets");
    await using daemon = new Daemon({ logger: SILENT });
    const { address, url } = await daemon.listen(`pyro://./u:${objects}`);
    expect([address, url]).toEqual([`./u:${objects}`, `pyro://./u:${objects}`]);
    const { uri } = daemon.register("laser", new Laser());
    expect(uri).toBe(`PYRO:laser@./u:${objects}`);
    const where = { host: `./u:${service}` };
    await daemon.announce("laser", "lab.laser", { ...where, metadata: ["light"] });
    for (const to of [uri, `PYRONAME:lab.laser@./u:${service}`, `PYROMETA:light@./u:${service}`]) {
      await using laser = await connect<Laser>(to);
      expect(await laser.power()).toBe(5);
      expect(await Array.fromAsync(laser.pulses(3))).toEqual([0, 1, 2]);
    }
    await using client = await locateNameServer(where);
    expect(client.uri).toBe(`${names.uri}`);
    expect((await client.list({ prefix: "lab." })).size).toBe(1);
    await daemon.close();
    expect((await client.list({ prefix: "lab." })).size).toBe(0);
  });

  it("are there for their owner only, and gone when the listener is closed", async () => {
    const path = socketPath();
    const daemon = new Daemon({ logger: SILENT });
    await daemon.listen(`pyro://./u:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await daemon.close();
    await expect.poll(() => existsSync(path)).toBe(false);
    await expect(connect(`PYRO:laser@./u:${path}`)).rejects.toMatchObject({
      code: "ERR_CONNECT",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it("are refused to a second listener while the first is there", async () => {
    const path = socketPath();
    await using first = new Daemon({ logger: SILENT });
    await first.listen(`pyro://./u:${path}`);
    const { uri } = first.register("laser", new Laser());
    await using second = new Daemon({ logger: SILENT });
    await expect(second.listen(`pyro://./u:${path}`)).rejects.toMatchObject({ code: "ERR_LISTEN" });
    await using laser = await connect<Laser>(uri);
    expect(await laser.power()).toBe(5);
  });

  it.runIf(process.platform === "linux")(
    "have names instead of files on Linux, after a NUL",
    async () => {
      await using daemon = new Daemon({ logger: SILENT });
      const name = `\0bunsen-test-${process.pid}`;
      await daemon.listen(`pyro://./u:${name}`);
      const { uri } = daemon.register("laser", new Laser());
      expect(uri).toBe(`PYRO:laser@./u:${name}`);
      await using laser = await connect<Laser>(uri);
      expect(await laser.power()).toBe(5);
    },
  );

  describeWithPython.each([5, 4] as const)("with Pyro%i", (generation) => {
    it("let Python call an object and use the name server", async () => {
      const [objects, service] = [socketPath(), socketPath()];
      await using names = await startNameServer({ unixSocket: service, logger: SILENT });
      await using daemon = new Daemon({ logger: SILENT });
      await daemon.listen(`pyro://./u:${objects}`);
      const { uri } = daemon.register("laser", new Laser());
      await daemon.announce("laser", "lab.laser", { host: `./u:${service}` });
      const args = [uri, `./u:${service}`, "0", "./u:/run/python.sock"];
      const output = await runPython(IMPORTS[generation] + CLIENT, args);
      expect(output.trim().split("\n")).toEqual(["5 [0, 1, 2]", `${names.uri}`, uri, "5"]);
      expect(`${names.names.lookup("python")}`).toBe("PYRO:python@./u:/run/python.sock");
      const list = await runPython(CONTROL, [`${generation}`, "-u", service, "list", "lab."]);
      expect(list).toContain(`lab.laser --> ${uri}`);
    });

    it("let us call a Python object and use Python's name server", async () => {
      const [objects, service] = [socketPath(), socketPath()];
      const args = [`${generation}`, "-u", service];
      await using _names = await spawnPython(NAME_SERVER, args, { ready: /^URI =/ });
      const serving = IMPORTS[generation] + SERVER;
      await using server = await spawnPython(serving, [objects, ""], { ready: /^PYRO:.*$/ });
      await using client = await locateNameServer({ host: `./u:${service}` });
      await client.register("lab.thing", `${server.ready}`, { metadata: ["tag"] });
      expect(`${await client.lookup("lab.thing")}`).toBe(`PYRO:thing@./u:${objects}`);
      for (const name of ["PYRONAME:lab.thing", "PYROMETA:tag"]) {
        await using thing = await connect<{ add(a: number, b: number): number }>(
          `${name}@./u:${service}`,
        );
        expect(await thing.add(40, 2)).toBe(42);
      }
    });
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
describe.skipIf(!hasIpv6)("IPv6 (skipped where the machine has no ::1)", () => {
  checkLeaks();

  it("carries calls and names between our own peers", async () => {
    await using names = await startNameServer({ host: "::1", port: 0, logger: SILENT });
    expect(`${names.uri}`).toMatch(/^PYRO:Pyro\.NameServer@\[::1\]:\d+$/);
    expect(names.broadcast).toBeUndefined();
    const { location } = names.uri;
    if (location.kind !== "tcp") throw new Error("expected a port");
    await using daemon = new Daemon({ logger: SILENT });
    const { address, url } = await daemon.listen("pyro://[::1]:0");
    expect(url).toBe(`pyro://${address}`);
    const { uri } = daemon.register("laser", new Laser());
    expect(uri).toBe(`PYRO:laser@${address}`);
    for (const host of ["::1", "[::1]"]) {
      const where = { host, port: location.port };
      await using announced = await daemon.announce("laser", "lab.laser", where);
      await using client = await locateNameServer(where);
      expect(`${await client.lookup(announced.name)}`).toBe(uri);
      await using laser = await connect<Laser>(`PYRONAME:lab.laser@[::1]:${location.port}`);
      expect(await laser.power()).toBe(5);
    }
  });

  describeWithPython.each([5, 4] as const)("with Pyro%i", (generation) => {
    it("lets Python call an object and use the name server", async () => {
      await using names = await startNameServer({ host: "::1", port: 0, logger: SILENT });
      const { location } = names.uri;
      if (location.kind !== "tcp") throw new Error("expected a port");
      await using daemon = new Daemon({ logger: SILENT });
      await daemon.listen("pyro://[::1]:0");
      const { uri } = daemon.register("laser", new Laser());
      await daemon.announce("laser", "lab.laser", { host: "::1", port: location.port });
      const args = [uri, "::1", `${location.port}`, "[::1]:4444"];
      const output = await runPython(IMPORTS[generation] + CLIENT, args);
      expect(output.trim().split("\n")).toEqual(["5 [0, 1, 2]", `${names.uri}`, uri, "5"]);
      expect(`${names.names.lookup("python")}`).toBe("PYRO:python@[::1]:4444");
    });

    it("lets us call a Python object and use Python's name server", async () => {
      const args = [`${generation}`, "-n", "::1", "-p", "0"];
      await using peer = await spawnPython(NAME_SERVER, args, { ready: /^URI = .*:(\d+)$/ });
      const serving = IMPORTS[generation] + SERVER;
      await using server = await spawnPython(serving, ["", "::1"], { ready: /^PYRO:.*$/ });
      const port = Number(peer.ready?.[1]);
      await using client = await locateNameServer({ host: "::1", port });
      await client.register("lab.thing", `${server.ready}`);
      await using thing = await connect<{ add(a: number, b: number): number }>(
        `PYRONAME:lab.thing@[::1]:${port}`,
      );
      expect(await thing.add(40, 2)).toBe(42);
    });
  });
});
