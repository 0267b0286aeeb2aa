import { connect as dial } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callContext, connect, Daemon, expose, SecurityError, SILENT } from "../../src/index.ts";
import { type TestAuthority, testAuthority } from "../support/certificates.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const SERVER = new URL("peers/server.py", import.meta.url);

class Door {
  whoami() {
    return callContext().caller.identity ?? "nobody";
  }
}
expose(Door, { whoami: true });

let authority: TestAuthority;
beforeAll(async () => {
  authority = await testAuthority("Rosalind");
});
afterAll(() => authority[Symbol.dispose]());

async function serve(requireClientCert: boolean): Promise<Daemon> {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("door", new Door());
  const { ca, server } = authority;
  await daemon.listen("pyro://localhost:0", { tls: { ...server, ca, requireClientCert } });
  return daemon;
}

describe("TLS between Bunsen peers", () => {
  it("names the caller by its certificate", async () => {
    await using daemon = await serve(true);
    const { ca, client } = authority;
    await using door = await connect<Door>(daemon.uriFor("door"), { tls: { ca, ...client } });
    expect(await door.whoami()).toBe("Rosalind");
  });

  it("lets a caller without a certificate in where none is required, as nobody", async () => {
    await using daemon = await serve(false);
    await using door = await connect<Door>(daemon.uriFor("door"), { tls: { ca: authority.ca } });
    expect(await door.whoami()).toBe("nobody");
  });

  it("refuses a caller that shows no certificate where one is required", async () => {
    await using daemon = await serve(true);
    await expect(connect(daemon.uriFor("door"), { tls: { ca: authority.ca } })).rejects.toThrow();
  });

  it("refuses a daemon whose authority is not trusted, and says what to give", async () => {
    await using daemon = await serve(false);
    const refused = connect(daemon.uriFor("door"), { tls: true });
    await expect(refused).rejects.toBeInstanceOf(SecurityError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_TLS",
      message: expect.stringContaining("tls.ca"),
    });
  });

  it("refuses a certificate for another name, and says how to name it", async () => {
    await using daemon = await serve(false);
    const byAddress = daemon.uriFor("door").replace("localhost", "127.0.0.1");
    const { ca } = authority;
    await expect(connect(byAddress, { tls: { ca } })).rejects.toMatchObject({
      code: "ERR_TLS",
      message: expect.stringContaining("serverName"),
    });
    await using door = await connect<Door>(byAddress, { tls: { ca, serverName: "localhost" } });
    expect(await door.whoami()).toBe("nobody");
  });

  it("closes a caller that speaks no TLS, and one that says nothing", async () => {
    await using daemon = await serve(false);
    await expect(connect(daemon.uriFor("door"))).rejects.toThrow();
    await using quick = new Daemon({ logger: SILENT });
    quick.register("door", new Door());
    const { server } = authority;
    const { address } = await quick.listen("pyro://localhost:0", {
      tls: server,
      handshakeTimeoutMs: 100,
    });
    const silent = dial(Number(address.split(":")[1]), "127.0.0.1");
    silent.on("error", () => {});
    await new Promise((resolve) => silent.once("close", resolve));
  });
});

describeWithPython.each([[5], [4]] as const)("TLS with Python's Pyro%i", (generation) => {
  const file = (name: string) => join(authority.folder, name);

  it("serves its clients, and names them by their certificates", async () => {
    await using daemon = await serve(true);
    const said = await runPython(
      `
      import sys
      uri, ca, cert, key = sys.argv[1:]
      ${generation === 5 ? "import Pyro5.api as pyro; from Pyro5 import config" : "import Pyro4 as pyro; config = pyro.config"}
      config.SSL = True
      config.SSL_CACERTS, config.SSL_CLIENTCERT, config.SSL_CLIENTKEY = ca, cert, key
      print(pyro.Proxy(uri).whoami())
      `,
      [daemon.uriFor("door"), file("ca.pem"), file("client.pem"), file("client.key")],
    );
    expect(said.trim()).toBe("Rosalind");
  });

  it("calls its daemons", async () => {
    const settings = ["SSL=True", "SSL_REQUIRECLIENTCERT=True", `SSL_CACERTS='${file("ca.pem")}'`];
    settings.push(
      `SSL_SERVERCERT='${file("server.pem")}'`,
      `SSL_SERVERKEY='${file("server.key")}'`,
    );
    await using peer: PythonPeer = await spawnPython(SERVER, [`${generation}`, ...settings], {
      ready: /READY/,
    });
    const { ca, client } = authority;
    interface Thing {
      add(a: number, b: number): number;
    }
    await using thing = await connect<Thing>(peer.lines[0] as string, { tls: { ca, ...client } });
    expect(await thing.add(40, 2)).toBe(42);
  });
});
