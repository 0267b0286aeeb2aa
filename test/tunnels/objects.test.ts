import { afterAll, beforeAll, expect, it } from "vitest";
import {
  connect,
  Daemon,
  expose,
  locateNameServer,
  type NameServerClient,
  type Remote,
  type RunningNameServer,
  startNameServer,
  uriOf,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import {
  type CallbackInfo,
  callbacksOf,
  openTunnel,
  type Tunnel,
} from "../../src/tunnels/index.ts";
import { testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { itWithPython, runPython, spawnPython } from "../support/python.ts";
import { Relay } from "../support/relay.ts";
import { countSshProcesses, describeWithSshd, Sshd } from "../support/sshd.ts";

// Here and there are one machine in these tests; who goes which way shows in the addresses, and in what sshd counts.

interface Teller {
  tell(value: unknown): unknown;
}

class Counter {
  #count = 0;
  add(n: number): number {
    this.#count += n;
    return this.#count;
  }
  itself(): Counter {
    return this;
  }
  async report(teller: Remote<Teller>): Promise<unknown> {
    return await teller.tell(this.#count);
  }
}
expose(Counter, { add: true, itself: true, report: true });

class Told implements Teller {
  readonly told: unknown[] = [];
  tell(value: unknown): string {
    this.told.push(value);
    return "told";
  }
}
expose(Told, { tell: true });

describeWithSshd("by way of a tunnel", () => {
  checkLeaks();
  const processes = countSshProcesses();
  let sshd: Sshd;
  let names: RunningNameServer;
  let namesPort: number;

  beforeAll(async () => {
    sshd = await Sshd.start();
    names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    if (names.uri.location.kind !== "tcp") throw new Error("the name server has no port");
    namesPort = names.uri.location.port;
  });
  afterAll(async () => {
    await names.close();
    await sshd[Symbol.asyncDispose]();
  });

  const daemonHere = async (listen = true) => {
    const daemon = new Daemon({ logger: SILENT });
    daemon.register("counter", new Counter());
    if (listen) await daemon.listen("pyro://localhost:0");
    return daemon;
  };
  const registered = async (name: string): Promise<string> => {
    await using client: NameServerClient = await locateNameServer({
      host: "localhost",
      port: namesPort,
    });
    return `${await client.lookup(name)}`;
  };

  it("a name is looked up there, and the object called there", async () => {
    await using there = await daemonHere();
    await using _ = await there.announce("counter", "lab.counter", {
      host: "localhost",
      port: namesPort,
    });
    const before = logins(sshd);
    await using counter = await connect<Counter>(`PYRONAME:lab.counter@localhost:${namesPort}`, {
      via: sshd.host,
    });
    expect(await counter.add(2)).toBe(2);
    expect(logins(sshd) - before).toBe(1);
  });

  it("the name server there is an object as any other", async () => {
    type Names = { list(): Record<string, string> };
    const uri = `PYRO:Pyro.NameServer@localhost:${namesPort}`;
    await using there = await connect<Names>(uri, { via: sshd.host });
    expect(await there.list()).toHaveProperty("Pyro.NameServer");
  });

  it("an object that is handed out is reached by the same way", async () => {
    await using there = await daemonHere();
    await using tunnel = await openTunnel(sshd.host, { logger: SILENT });
    await using counter = await connect<Counter>(there.uriFor("counter"), { via: tunnel });
    const itself = (await counter.itself()) as unknown as Remote<Counter>;
    expect(await itself.add(1)).toBe(1);
    // It is called by what it is called there, and by no other way: without the tunnel it cannot be.
    expect(uriOf(itself)).toBe(there.uriFor("counter"));
    await tunnel.close();
    await expect(itself.add(1)).rejects.toMatchObject({
      code: expect.stringMatching(/ERR_CLOSED|ERR_TUNNEL_LOST/),
    });
    await itself[Symbol.asyncDispose]();
  });

  it("an object here is announced there and called from there", async () => {
    await using here = await daemonHere(false);
    await here.announce("counter", "here.counter", { via: sshd.host, port: namesPort });
    const uri = await registered("here.counter");
    expect(uri).toMatch(/^PYRO:counter@localhost:\d+$/);
    expect(here.uriFor("counter")).toBe(uri);
    await using counter = await connect<Counter>(uri);
    expect(await counter.add(3)).toBe(3);
    // What it hands out leads back to the same door.
    await using itself = (await counter.itself()) as unknown as Remote<Counter> & AsyncDisposable;
    expect(uriOf(itself)).toBe(uri);
    expect(await itself.add(1)).toBe(4);
    await here.close();
    await expect(registered("here.counter")).rejects.toMatchObject({ code: "ERR_NAME_UNKNOWN" });
    await expect.poll(processes).toBe(0);
  });

  it("what an object asks of its callers here, it asks of those there", async () => {
    await using here = await daemonHere(false);
    await here.listen("pyro://localhost:0", { hmacKeys: ["a key"] });
    await here.announce("counter", "keyed.counter", { via: sshd.host, port: namesPort });
    const uri = await registered("keyed.counter");
    await expect(connect(uri)).rejects.toMatchObject({ code: "ERR_HMAC_ASYMMETRIC" });
    await using counter = await connect<Counter>(uri, { hmacKey: "a key" });
    expect(await counter.add(3)).toBe(3);
  });

  it("what speaks TLS there shows its certificate here, for its name there, and sees ours", async () => {
    using authority = await testAuthority();
    const { ca, server, client } = authority;
    await using there = new Daemon({ logger: SILENT });
    const seen: (string | undefined)[] = [];
    there.register("counter", new Counter());
    there.validateHandshake(({ certificate }) => void seen.push(certificate?.subject));
    await there.listen("pyro://localhost:0", { tls: { ...server, ca, requireClientCert: true } });
    await using counter = await connect<Counter>(there.uriFor("counter"), {
      via: sshd.host,
      tls: { ...client, ca },
      onHandshake: (_answer, _annotations, certificate) => void seen.push(certificate?.subject),
    });
    expect(await counter.add(2)).toBe(2);
    expect(seen).toEqual(["CN=the client", "CN=localhost"]);
  });

  it("several names announced at once share a tunnel and a port there", async () => {
    await using here = await daemonHere();
    const before = logins(sshd);
    const options = { via: sshd.host, port: namesPort };
    await Promise.all(["a", "b", "c"].map((name) => here.announce("counter", name, options)));
    const uris = new Set(await Promise.all(["a", "b", "c"].map(registered)));
    expect(uris.size).toBe(1);
    expect(logins(sshd) - before).toBe(1);
  });

  it("a callback that is passed by such a caller is reached in the caller's network", async () => {
    await using here = await daemonHere(false);
    const place = await here.listen("pyro://localhost:0", { via: sshd.host });
    const told = new Told();
    await using there = new Daemon({ logger: SILENT });
    there.register("told", told);
    await there.listen("pyro://localhost:0");
    await using counter = await connect<Counter>(`PYRO:counter@${place.address}`);
    const before = processes();
    const teller = (await connect(there.uriFor("told"))) as unknown as Remote<Teller>;
    expect(await counter.report(teller)).toBe("told");
    expect(told.told).toEqual([0]);
    // No second login: it went back by the tunnel that the daemon has.
    expect(processes()).toBe(before);
    await (teller as unknown as AsyncDisposable)[Symbol.asyncDispose]();
  });

  itWithPython("what such a caller names by a URI is reached there, too", async () => {
    await using relay = await Relay.to(sshd.port);
    await using here = await daemonHere(false);
    const long = "x".repeat(100_000);
    const callers = {
      async square(_x: number, { cb_info }: { cb_info?: CallbackInfo } = {}) {
        await using caller = callbacksOf(cb_info);
        await caller.done(long);
      },
    };
    here.register("callers", expose(callers, { square: true }));
    await here.announce("callers", "here.callers", {
      via: { ...sshd.host, port: relay.port },
      port: namesPort,
    });
    const before = relay.passed.up;
    expect(await runPython(PYRO4_NAMES_HANDLER, [String(namesPort)])).toBe("100000\n100000\n");
    // Neither was called by the direct way that there is on one machine.
    expect(relay.passed.up - before).toBeGreaterThan(2 * long.length);
  });

  it("an object of a daemon here is called back by the far end, once the daemon listens there", async () => {
    await using there = await daemonHere();
    await using tunnel = await openTunnel(sshd.host, { logger: SILENT });
    await using counter = await connect<Counter>(there.uriFor("counter"), { via: tunnel });
    const told = new Told();
    await using here = new Daemon({ logger: SILENT });
    here.register("told", told);
    await here.listen("pyro://localhost:0");
    const teller = told as unknown as Remote<Teller>;
    await expect(counter.report(teller)).rejects.toMatchObject({
      code: "ERR_NOT_LISTENING",
      message: expect.stringContaining('daemon.listen("pyro://localhost:0", { via })'),
    });
    const place = await here.listen("pyro://localhost:0", { via: tunnel });
    expect(await counter.report(teller)).toBe("told");
    expect(here.counters.connections).toBe(1);
    expect(place.address).not.toBe(here.uriFor("told").replace(/.*@/, ""));
  });

  it("a daemon listens at loopback alone there", async () => {
    await using here = await daemonHere(false);
    await expect(here.listen("pyro://0.0.0.0:0", { via: sshd.host })).rejects.toMatchObject({
      code: "ERR_BAD_URL",
    });
    await using taken = await daemonHere();
    const port = taken.uriFor("counter").replace(/.*:/, "");
    await expect(here.listen(`pyro://localhost:${port}`, { via: sshd.host })).rejects.toMatchObject(
      { code: "ERR_FORWARD_REFUSED" },
    );
    await expect.poll(processes).toBe(0);
  });

  it("a name is good again after the tunnel broke", async () => {
    await using relay = await Relay.to(sshd.port);
    await using tunnel = await openTunnel({ ...sshd.host, port: relay.port }, { logger: SILENT });
    await using here = await daemonHere(false);
    await here.announce("counter", "broken", { via: tunnel, port: namesPort, checkMs: 100 });
    relay.reset();
    await until(tunnel, "lost");
    await until(tunnel, "open");
    const call = async () => {
      await using counter = await connect<Counter>(await registered("broken"), { timeout: 2000 });
      return await counter.add(0);
    };
    await expect.poll(() => call().catch(String), { timeout: 10_000 }).toBe(0);
  });

  it("goes through two hops in both directions", async () => {
    await using inner = await Sshd.start();
    await using here = await daemonHere(false);
    const via = [sshd.host, inner.host];
    await here.announce("counter", "far.counter", { via, port: namesPort });
    await using counter = await connect<Counter>(`PYRONAME:far.counter@localhost:${namesPort}`, {
      via,
    });
    expect(await counter.add(1)).toBe(1);
    expect(logins(inner)).toBe(1);
  });

  itWithPython("Pyro4 there is called from here", async () => {
    await using server = await spawnPython(PYRO4_SERVER, [String(namesPort)], { ready: /ready/ });
    await using basic = await connect<{ square(x: number): number }>(
      `PYRONAME:BasicServer@localhost:${namesPort}`,
      { via: sshd.host },
    );
    expect(await basic.square(12)).toBe(144);
    expect(server.stderr).toBe("");
  });

  itWithPython("Pyro4 there calls a function that it is passed", async () => {
    await using _server = await spawnPython(PYRO4_SERVER, [String(namesPort)], { ready: /ready/ });
    await using basic = await connect<{ apply(f: (x: number) => number, x: number): number }>(
      `PYRONAME:BasicServer@localhost:${namesPort}`,
      { via: sshd.host },
    );
    expect(await basic.apply((x) => x + 1, 12)).toBe(13);
  });

  it("Bunsen there calls a function that it is passed", async () => {
    await using there = await daemonHere();
    await using counter = await connect<Counter>(there.uriFor("counter"), { via: sshd.host });
    await counter.add(3);
    const teller = { tell: (value: unknown) => `told ${value}` };
    expose(teller, { tell: true });
    expect(await counter.report(teller as unknown as Remote<Teller>)).toBe("told 3");
  });

  itWithPython("Pyro4 there calls what is announced from here, and is called back", async () => {
    await using here = await daemonHere(false);
    await here.announce("counter", "here.counter", { via: sshd.host, port: namesPort });
    const output = await runPython(PYRO4_CLIENT, [String(namesPort)]);
    expect(output.trim().split("\n")).toEqual(["5", "told", "[5]", "6"]);
  });
});

const PYRO4_SERVER = `
  import sys, Pyro4
  @Pyro4.expose
  class BasicServer(object):
      def square(self, x):
          return x ** 2
      def apply(self, f, x):
          with f:
              return f.call(x)
  daemon = Pyro4.Daemon()
  uri = daemon.register(BasicServer())
  Pyro4.locateNS("localhost", int(sys.argv[1])).register("BasicServer", uri)
  print("ready")
  daemon.requestLoop()
`;

const PYRO4_CLIENT = `
  import sys, threading, Pyro4
  @Pyro4.expose
  class Told(object):
      def __init__(self):
          self.told = []
      def tell(self, value):
          self.told.append(value)
          return "told"
  told = Told()
  daemon = Pyro4.Daemon()
  daemon.register(told)
  threading.Thread(target=daemon.requestLoop, daemon=True).start()
  with Pyro4.Proxy("PYRONAME:here.counter@localhost:" + sys.argv[1]) as counter:
      print(counter.add(5))
      print(counter.report(told))
      print(told.told)
      with counter.itself() as itself:
          print(itself.add(1))
`;

const PYRO4_NAMES_HANDLER = `
  import sys, threading, Pyro4
  @Pyro4.expose
  class Told(object):
      def cb(self, value):
          print(len(value), flush=True)
  daemon = Pyro4.Daemon()
  uri = daemon.register(Told())
  threading.Thread(target=daemon.requestLoop, daemon=True).start()
  with Pyro4.Proxy("PYRONAME:here.callers@localhost:" + sys.argv[1]) as callers:
      callers.square(2, cb_info={"cb_handler": uri, "cb": "cb"})
      callers.square(2, cb_info={"cb_handler": str(uri), "cb": "cb"})
`;

function logins({ log }: Sshd): number {
  return (log.match(/^Accepted /gm) ?? []).length;
}

async function until(tunnel: Tunnel, name: string): Promise<void> {
  for await (const state of tunnel.state) if (state.name === name) return;
}
