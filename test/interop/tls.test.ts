import { X509Certificate } from "node:crypto";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ConnectOptions,
  callContext,
  connect,
  Daemon,
  expose,
  type PeerCertificate,
  SecurityError,
  SILENT,
} from "../../src/index.ts";
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

async function serve(requireClientCert: boolean, logger = SILENT): Promise<Daemon> {
  const daemon = new Daemon({ logger });
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

  it("shows each side the certificate of the other, once it is checked", async () => {
    await using daemon = await serve(false);
    const seen: (PeerCertificate | undefined)[] = [];
    daemon.validateHandshake(({ certificate }) => void seen.push(certificate));
    const { ca, client } = authority;
    const onHandshake: ConnectOptions["onHandshake"] = (_answer, _annotations, certificate) =>
      void seen.push(certificate);
    for (const tls of [{ ca, ...client }, { ca }]) {
      await using door = await connect<Door>(daemon.uriFor("door"), { tls, onHandshake });
      await door.whoami();
    }
    expect(seen.map((certificate) => certificate?.subject)).toEqual([
      "CN=Rosalind",
      "CN=localhost",
      undefined,
      "CN=localhost",
    ]);
    expect(seen[0]?.raw).toEqual(new X509Certificate(client.cert).raw);
    await expect(
      connect(daemon.uriFor("door"), {
        tls: { ca },
        onHandshake(_answer, _annotations, certificate) {
          throw new Error(`not the one I expected: ${certificate?.serialNumber}`);
        },
      }),
    ).rejects.toThrow(/not the one I expected: [0-9A-F]+/);
  });

  it("lets a caller without a certificate in where none is required, as nobody", async () => {
    await using daemon = await serve(false);
    await using door = await connect<Door>(daemon.uriFor("door"), { tls: { ca: authority.ca } });
    expect(await door.whoami()).toBe("nobody");
  });

  it("refuses a caller that shows no certificate where one is required, with what to do", async () => {
    const lines: object[] = [];
    const warn = (fields: object, message: string) => void lines.push({ ...fields, message });
    await using daemon = await serve(true, { ...SILENT, warn });
    const refused = connect(daemon.uriFor("door"), { tls: { ca: authority.ca } });
    await expect(refused).rejects.toBeInstanceOf(SecurityError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_CLIENT_CERT",
      message: expect.stringMatching(/client certificate required: .*tls\.cert and tls\.key/),
    });
    expect(lines).toMatchObject([
      { code: "ERR_CLIENT_CERT", peer: expect.stringContaining("127.0.0.1:") },
    ]);
  });

  it.each([true, false])(
    "refuses a certificate that another authority issued, required or not (%s)",
    async (required) => {
      using stranger = await testAuthority("Mallory");
      await using daemon = await serve(required);
      const tls = { ca: authority.ca, ...stranger.client };
      await expect(connect(daemon.uriFor("door"), { tls })).rejects.toMatchObject({
        code: "ERR_CLIENT_CERT",
        message: expect.stringContaining("(UNABLE_TO_VERIFY_LEAF_SIGNATURE)"),
      });
    },
  );

  it("says which file cannot be used", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    const tls = { ...authority.server, key: authority.client.key };
    await expect(daemon.listen("pyro://localhost:0", { tls })).rejects.toMatchObject({
      code: "ERR_TLS",
      message: expect.stringContaining("the key is that of the certificate"),
    });
    const refused = connect("PYRO:door@localhost:1", { tls: { ca: "no certificate", cert: "?" } });
    await expect(refused).rejects.toMatchObject({ code: "ERR_TLS" });
  });

  it("says that TLS is on one side only", async () => {
    await using secure = await serve(false);
    await expect(connect(secure.uriFor("door"))).rejects.toMatchObject({
      message: expect.stringContaining("does it expect TLS"),
    });
    await using plain = new Daemon({ logger: SILENT });
    plain.register("door", new Door());
    await plain.listen("pyro://localhost:0");
    await expect(
      connect(plain.uriFor("door"), { tls: { ca: authority.ca } }),
    ).rejects.toMatchObject({ code: "ERR_TLS" });
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

  it("tells its clients without a certificate that they need one", async () => {
    await using daemon = await serve(true);
    const said = await runPython(
      `
      import sys
      ${generation === 5 ? "import Pyro5.api as pyro; from Pyro5 import config" : "import Pyro4 as pyro; config = pyro.config"}
      config.SSL, config.SSL_CACERTS = True, sys.argv[2]
      try: pyro.Proxy(sys.argv[1]).whoami()
      except Exception as x: print(type(x).__name__, x)
      `,
      [daemon.uriFor("door"), file("ca.pem")],
    );
    expect(said).toMatch(
      /^CommunicationError .* rejected: client certificate required: .*SSL_CLIENTCERT/,
    );
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
    using stranger = await testAuthority("Mallory");
    for (const own of [{}, stranger.client]) {
      const refused = connect(peer.lines[0] as string, { tls: { ca, ...own } });
      await expect(refused).rejects.toMatchObject({
        code: "ERR_CLIENT_CERT",
        message: expect.stringMatching(/^localhost:\d+ wants a client certificate/),
      });
    }
  });
});
