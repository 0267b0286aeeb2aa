import { join } from "node:path";
import { expect, it } from "vitest";
import {
  callContext,
  connect,
  Daemon,
  expose,
  isProxy,
  type ListenOptions,
  locateNameServer,
  release,
  SecurityError,
  SILENT,
  startNameServer,
  uriOf,
} from "../../src/index.ts";
import { testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

checkLeaks();

class Vault {
  held: unknown;
  whoami() {
    return callContext().caller.identity ?? "nobody";
  }
  *count(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  keep(proxy: unknown) {
    this.held = proxy;
    return isProxy(proxy as object) ? uriOf(proxy as object) : "no proxy";
  }
  kept() {
    return this.held;
  }
  fail() {
    throw new RangeError("it failed");
  }
}
expose(Vault, { whoami: true, count: true, keep: true, kept: true, fail: true });

class Bell {
  async ring(callback: { rang(times: number): Promise<string> }) {
    try {
      return await callback.rang(3);
    } finally {
      await release(callback);
    }
  }
}
expose(Bell, { ring: true });

const KEYS = [
  { key: "rosalind's key", identity: "Rosalind" },
  { key: "niels's key", identity: "Niels" },
];

async function serve(listen: ListenOptions = { hmacKeys: KEYS }) {
  const daemon = new Daemon({ logger: SILENT });
  const vault = new Vault();
  daemon.register("vault", vault);
  await daemon.listen("pyro://localhost:0", listen);
  return {
    daemon,
    vault,
    uri: daemon.uriFor("vault"),
    [Symbol.asyncDispose]: () => daemon.close(),
  };
}

const DAEMON = `
  import sys
  import Pyro4
  @Pyro4.expose
  class Thing(object):
      def add(self, a, b): return a + b
      def count(self, n):
          for i in range(n): yield i
      def keep(self, proxy):
          self.held = proxy
          return repr(proxy._pyroHmacKey)
      def fail(self): raise ValueError("it failed")
      def other(self): return other
  daemon = Pyro4.Daemon()
  if sys.argv[1]: daemon._pyroHmacKey = sys.argv[1].encode()
  print(daemon.register(Thing()))
  other = Thing()
  daemon.register(other)
  print("READY")
  daemon.requestLoop()
`;

interface Thing {
  add(a: number, b: number): number;
  count(n: number): AsyncIterable<number>;
  keep(proxy: object): string;
  fail(): void;
  other(): object;
}

const pythonDaemon = (key: string) => spawnPython(DAEMON, [key], { ready: /READY/ });

describeWithPython("HMAC keys of Pyro4", () => {
  it("of its clients are accepted, each with an identity", async () => {
    await using server = await serve();
    const said = await runPython(
      `
      import sys, Pyro4
      for key in ("rosalind's key", b"niels's key"):
          with Pyro4.Proxy(sys.argv[1]) as vault:
              vault._pyroHmacKey = key
              try: vault.fail()
              except ValueError as x: print(x)
              print(vault.whoami(), list(vault.count(3)))
      `,
      [server.uri],
    );
    expect(said).toBe("it failed\nRosalind [0, 1, 2]\nit failed\nNiels [0, 1, 2]\n");
  });

  it("that are wrong or missing are refused as Pyro4 does, and its clients say why", async () => {
    await using server = await serve();
    await using open = await serve({});
    const said = await runPython(
      `
      import sys, Pyro4
      for uri, key in ((sys.argv[1], "wrong"), (sys.argv[1], None), (sys.argv[2], "a key")):
          with Pyro4.Proxy(uri) as vault:
              vault._pyroHmacKey = key
              try: vault.whoami()
              except Pyro4.errors.CommunicationError as x: print(x)
      `,
      [server.uri, open.uri],
    );
    const [wrong, missing, unexpected] = said.trim().split("\n");
    expect(wrong).toMatch(/^cannot connect to .*: message hmac mismatch$/);
    expect(missing).toMatch(
      /^connection to .* rejected: hmac key config not symmetric: .*_pyroHmacKey/,
    );
    expect(unexpected).toMatch(/^cannot connect to .*: hmac key config not symmetric$/);
  });

  it("of its daemons are spoken", async () => {
    await using peer = await pythonDaemon("shared key");
    const uri = peer.lines[0] as string;
    await using thing = await connect<Thing>(uri, { hmacKey: "shared key" });
    expect(await thing.add(40, 2)).toBe(42);
    const items: number[] = [];
    for await (const item of thing.count(3)) items.push(item);
    expect(items).toEqual([0, 1, 2]);
    await expect(thing.fail()).rejects.toThrow("it failed");
    // An object of the same daemon that it returns is called with the key too.
    await using other = (await thing.other()) as typeof thing;
    expect(await other.add(1, 2)).toBe(3);
  });

  it.each([
    ["wrong", "another key", "shared key", "ERR_HMAC_MISMATCH", /another HMAC key/],
    ["missing here", undefined, "shared key", "ERR_HMAC_ASYMMETRIC", /pass its key as hmacKey/],
    ["missing there", "a key", "", "ERR_HMAC_ASYMMETRIC", /does not sign its answers/],
  ])("of its daemons: one that is %s is a SecurityError", async (_, ours, theirs, code, text) => {
    await using peer = await pythonDaemon(theirs);
    const uri = peer.lines[0] as string;
    for (const generation of [undefined, 4] as const) {
      const options = { ...(ours && { hmacKey: ours }), ...(generation && { generation }) };
      const refused = connect<Thing>(uri, options);
      await expect(refused).rejects.toBeInstanceOf(SecurityError);
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
    }
  });

  it("stay at home when a proxy travels; Pyro4's own that arrives is not kept", async () => {
    await using server = await serve();
    await using peer = await pythonDaemon("shared key");
    // Ours to Python: a proxy that was made with a key.
    await using thing = await connect<Thing>(peer.lines[0] as string, { hmacKey: "shared key" });
    expect(await thing.keep(thing)).toBe("None");
    // Python's to ours, with the key in its state; and from there back to Python.
    const said = await runPython(
      `
      import sys, Pyro4
      with Pyro4.Proxy(sys.argv[1]) as vault, Pyro4.Proxy(sys.argv[2]) as thing:
          vault._pyroHmacKey = "niels's key"
          thing._pyroHmacKey = "shared key"
          assert "b64:" in str(thing.__getstate_for_dict__())
          print(vault.keep(thing))
          print(vault.kept()._pyroHmacKey)
      `,
      [server.uri, peer.lines[0] as string],
    );
    expect(said).toBe(`${peer.lines[0]}\nNone\n`);
    // Not kept: to call it takes the key, from whoever has it.
    const held = server.vault.held as { add(a: number, b: number): Promise<number> };
    await expect(held.add(1, 2)).rejects.toMatchObject({ code: "ERR_HMAC_ASYMMETRIC" });
    await using keyed = await connect<Thing>(uriOf(held), { hmacKey: "shared key" });
    expect(await keyed.add(1, 2)).toBe(3);
  });

  it("of objects that callers pass are given to the daemon that calls them", async () => {
    await using daemon = new Daemon({ logger: SILENT, proxies: { hmacKey: "callback key" } });
    daemon.register("bell", new Bell());
    await daemon.listen("pyro://localhost:0", { hmacKeys: KEYS });
    const said = await runPython(
      `
      import sys, threading, Pyro4
      class Callback(object):
          @Pyro4.expose
          def rang(self, times): return "rang %d times" % times
      with Pyro4.Daemon() as daemon, Pyro4.Proxy(sys.argv[1]) as bell:
          daemon._pyroHmacKey = b"callback key"
          bell._pyroHmacKey = "niels's key"
          callback = Callback()
          daemon.register(callback)
          threading.Thread(target=daemon.requestLoop, daemon=True).start()
          print(bell.ring(callback))
      `,
      [daemon.uriFor("bell")],
    );
    expect(said).toBe("rang 3 times\n");
  });

  // Pyro4's proxy asks for metadata before it can be given a key: over a connected socket only its daemons have one.
  it.skipIf(process.platform === "win32")("hold over a connected socket", async () => {
    const daemon = `
      import socket, Pyro4
      @Pyro4.expose
      class Thing(object):
          def add(self, a, b): return a + b
      daemon = Pyro4.Daemon(connected_socket=socket.socket(fileno=3))
      daemon._pyroHmacKey = b"shared key"
      daemon.register(Thing(), "thing")
      print("READY")
      daemon.requestLoop()
    `;
    await using python = await spawnPython(daemon, [], { channel: true, ready: /READY/ });
    const target = { stream: python.channel, object: "thing" };
    const options = { generation: 4, hmacKey: "shared key", timeout: 10_000 } as const;
    await using thing = await connect<Thing>(target, options);
    expect(await thing.add(40, 2)).toBe(42);
  });

  it("are what its name server asks for, and ours", async () => {
    const where = { host: "localhost", port: 0, broadcastPort: false, logger: SILENT } as const;
    await using names = await startNameServer({ ...where, listen: { hmacKeys: ["ns key"] } });
    const port = `${names.uri}`.split(":").at(-1) as string;
    await using server = await serve({ hmacKeys: ["ns key"] });
    await server.daemon.announce("vault", "lab.vault", {
      host: "localhost",
      port: Number(port),
      channel: { hmacKey: "ns key" },
    });
    // Python's clients have one key for both; its command line takes the key from the environment.
    const env = { PYRO_HMAC_KEY: "ns key" };
    const nsc = `import sys\nfrom Pyro4.nsc import main\nmain(["-n", "localhost", "-p", sys.argv[1], "list"])`;
    expect(await runPython(nsc, [port], { env })).toContain(`lab.vault --> ${server.uri}`);
    const client = `
      import sys, Pyro4
      with Pyro4.Proxy("PYRONAME:lab.vault@localhost:" + sys.argv[1]) as vault:
          vault._pyroHmacKey = "ns key"
          print(vault.whoami())
    `;
    expect(await runPython(client, [port])).toBe("nobody\n");
    await using vault = await connect<Vault>(`PYRONAME:lab.vault@localhost:${port}`, {
      hmacKey: "ns key",
    });
    expect(await vault.whoami()).toBe("nobody");
    const refused = locateNameServer({ host: "localhost", port: Number(port) });
    await expect(refused).rejects.toMatchObject({ cause: { code: "ERR_HMAC_ASYMMETRIC" } });
  });

  it("are shown to a name server that a broadcast found", async () => {
    const listen = { hmacKeys: ["ns key"] };
    const where = { host: "0.0.0.0", port: 0, broadcastPort: 0, logger: SILENT };
    await using server = await startNameServer({ ...where, listen });
    const port = await freePort(); // nothing there: so the network is asked
    const broadcast = { addresses: ["127.0.0.1"], port: server.broadcast?.port as number };
    await using names = await locateNameServer({ port, broadcast, channel: { hmacKey: "ns key" } });
    expect(await names.count()).toBe(1);
    await expect(locateNameServer({ port, broadcast })).rejects.toMatchObject({
      cause: { code: "ERR_HMAC_ASYMMETRIC" },
    });
    const env = {
      PYRO_BROADCAST_ADDRS: "127.0.0.1",
      PYRO_NS_BCPORT: `${broadcast.port}`,
      PYRO_NS_PORT: `${port}`,
    };
    const client = `import Pyro4\nprint(Pyro4.locateNS(hmac_key="ns key").count())`;
    expect(await runPython(client, [], { env })).toBe("1\n");
  });

  it("are what Python's name server asks for", async () => {
    const script = `from Pyro4.naming import main\nmain(["-n", "localhost", "-p", "0", "-x"])`;
    const env = { PYRO_HMAC_KEY: "ns key" };
    await using peer = await spawnPython(script, [], { ready: /^URI = .*:(\d+)$/, env });
    const nameServer = { host: "localhost", port: Number(peer.ready?.[1]) };
    await using server = await serve({ hmacKeys: ["another key"] });
    const channel = { hmacKey: "ns key" };
    const metadata = ["cold"];
    await server.daemon.announce("vault", "vault", { ...nameServer, channel, metadata });
    await using vault = await connect<Vault>("PYROMETA:cold", {
      hmacKey: "another key",
      nameServer: { ...nameServer, channel },
    });
    expect(await vault.whoami()).toBe("nobody");
    await expect(locateNameServer(nameServer)).rejects.toMatchObject({
      message: expect.stringContaining("pass its key as hmacKey"),
    });
  });
});

describeWithPython("a caller of Pyro5, which has no keys,", () => {
  const client = `
    import sys, Pyro5.api
    from Pyro5 import config
    uri, *tls = sys.argv[1:]
    if tls:
        config.SSL, config.SSL_CACERTS = True, tls[0]
        if tls[1:]: config.SSL_CLIENTCERT, config.SSL_CLIENTKEY = tls[1:]
    try: print(Pyro5.api.Proxy(uri).whoami())
    except Pyro5.errors.CommunicationError as x: print(x)
  `;

  it("is refused by a listener that has some, with what to do", async () => {
    await using server = await serve();
    const said = await runPython(client, [server.uri]);
    expect(said).toMatch(/rejected: hmac key config not symmetric: .*TLS client certificate/);
  });

  it("is let in with a client certificate, which is its identity; one of Pyro4 needs a key still", async () => {
    using authority = await testAuthority("Ada");
    const { ca, server: own, folder } = authority;
    await using server = await serve({ hmacKeys: KEYS, tls: { ...own, ca } });
    const file = (name: string) => join(folder, name);
    const certificate = [file("client.pem"), file("client.key")];
    expect(await runPython(client, [server.uri, file("ca.pem"), ...certificate])).toBe("Ada\n");
    const unproven = await runPython(client, [server.uri, file("ca.pem")]);
    expect(unproven).toMatch(/rejected: hmac key config not symmetric/);
    const pyro4 = client.replaceAll("Pyro5.api", "Pyro4").replaceAll("Pyro5", "Pyro4");
    const keyless = await runPython(pyro4, [server.uri, file("ca.pem"), ...certificate]);
    expect(keyless).toMatch(/rejected: hmac key config not symmetric/);
    // With both, it is the key that says who calls: that is what the listener lists.
    const tls = { ca, ...authority.client };
    await using vault = await connect<Vault>(server.uri, { tls, hmacKey: "niels's key" });
    expect(await vault.whoami()).toBe("Niels");
  });
});
