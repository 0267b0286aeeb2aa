import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  connect,
  Daemon,
  expose,
  locateNameServer,
  type RunningNameServer,
  startNameServer,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { type TestAuthority, testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

const NAME_SERVER = new URL("peers/name_server.py", import.meta.url);

class Laser {
  power(): number {
    return 5;
  }
}
expose(Laser, { power: true });

let authority: TestAuthority;
beforeAll(async () => {
  authority = await testAuthority();
});
afterAll(() => authority[Symbol.dispose]());

const listenerTls = () => ({ ...authority.server, ca: authority.ca, requireClientCert: true });
const callerTls = () => ({ ...authority.client, ca: authority.ca });

function secureNames(): Promise<RunningNameServer> {
  const listen = { tls: listenerTls() };
  return startNameServer({ port: 0, broadcastPort: false, logger: SILENT, listen });
}

function portOf({ uri }: RunningNameServer): number {
  if (uri.location.kind !== "tcp") throw new Error(`${uri} has no port`);
  return uri.location.port;
}

describe("a name server with TLS", () => {
  checkLeaks();

  it("serves whoever shows a certificate, and the tls of connect holds for it too", async () => {
    await using names = await secureNames();
    const where = { host: "localhost", port: portOf(names), channel: { tls: callerTls() } };
    await using daemon = new Daemon({ logger: SILENT });
    await daemon.listen("pyro://localhost:0", { tls: listenerTls() });
    daemon.register("laser", new Laser());
    await daemon.announce("laser", "lab.laser", where);
    await using client = await locateNameServer(where);
    expect(`${await client.lookup("lab.laser")}`).toBe(daemon.uriFor("laser"));
    const uri = `PYRONAME:lab.laser@localhost:${where.port}`;
    // The name in its certificate is the daemon's own: it must not be asked of the name server.
    const tls = { ...callerTls(), serverName: "localhost" };
    await using laser = await connect<Laser>(uri, { tls });
    expect(await laser.power()).toBe(5);
    await client.setMetadata("lab.laser", ["cold"]);
    const nameServer = { host: "localhost", port: where.port };
    await using found = await connect<Laser>("PYROMETA:cold", { tls, nameServer });
    expect(await found.power()).toBe(5);
  });

  it("may have objects without TLS, and the other way round", async () => {
    await using names = await secureNames();
    await using plain = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    await using open = new Daemon({ logger: SILENT });
    await open.listen("pyro://localhost:0");
    await using secure = new Daemon({ logger: SILENT });
    await secure.listen("pyro://localhost:0", { tls: listenerTls() });
    names.names.register("laser", open.register("laser", new Laser()).uri);
    plain.names.register("laser", secure.register("laser", new Laser()).uri);
    const channel = { tls: callerTls() };
    await using one = await connect<Laser>(`PYRONAME:laser@localhost:${portOf(names)}`, {
      nameServer: { channel },
    });
    expect(await one.power()).toBe(5);
    await using two = await connect<Laser>(`PYRONAME:laser@localhost:${portOf(plain)}`, {
      tls: callerTls(),
      nameServer: { channel: {} },
    });
    expect(await two.power()).toBe(5);
  });

  it("tells whoever comes without TLS, or is not trusted, that it cannot be used", async () => {
    await using names = await secureNames();
    const where = { host: "localhost", port: portOf(names) };
    await expect(locateNameServer(where)).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: /),
    });
    await expect(locateNameServer({ ...where, channel: { tls: true } })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: .*tls\.ca/),
      cause: { code: "ERR_TLS" },
    });
  });

  describeWithPython.each([5, 4])("and Pyro%i", (generation) => {
    const file = (name: string) => join(authority.folder, name);
    const clientSettings = () => ({
      PYRO_SSL: "true",
      PYRO_SSL_CACERTS: file("ca.pem"),
      PYRO_SSL_CLIENTCERT: file("client.pem"),
      PYRO_SSL_CLIENTKEY: file("client.key"),
    });

    it("serves Python", async () => {
      await using names = await secureNames();
      names.names.register("lab.laser", "PYRO:laser@h:1");
      const imports =
        generation === 5
          ? "from Pyro5.api import locate_ns as locate"
          : "from Pyro4 import locateNS as locate";
      const code = `import sys\n${imports}\nprint(locate("localhost", int(sys.argv[1])).lookup("lab.laser"))`;
      const output = await runPython(code, [`${portOf(names)}`], { env: clientSettings() });
      expect(output.trim()).toBe("PYRO:laser@h:1");
    });

    it("is served by Python's", async () => {
      const env = {
        PYRO_SSL: "true",
        PYRO_SSL_REQUIRECLIENTCERT: "true",
        PYRO_SSL_CACERTS: file("ca.pem"),
        PYRO_SSL_SERVERCERT: file("server.pem"),
        PYRO_SSL_SERVERKEY: file("server.key"),
        PYRO_SSL_CLIENTCERT: file("client.pem"),
        PYRO_SSL_CLIENTKEY: file("client.key"),
      };
      const args = [`${generation}`, "-n", "localhost", "-p", "0", "-x"];
      const ready = /^URI = .*:(\d+)$/;
      await using peer = await spawnPython(NAME_SERVER, args, { ready, env });
      const port = Number(peer.ready?.[1]);
      const channel = { tls: callerTls() };
      await using names = await locateNameServer({ host: "localhost", port, channel });
      await names.register("lab.laser", "PYRO:laser@h:1");
      expect(`${await names.lookup("lab.laser")}`).toBe("PYRO:laser@h:1");
    });
  });
});
