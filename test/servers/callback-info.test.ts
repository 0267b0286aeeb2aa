import { afterEach, describe, expect, it } from "vitest";
import { connect, Daemon, expose, kwargs } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import {
  type CallbackInfo,
  type Callbacks,
  callbackInfo,
  callbacksOf,
} from "../../src/tunnels/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

const failures: unknown[] = [];
afterEach(() => {
  failures.length = 0;
});

class BasicServer {
  async square(x: number, { cb_info }: { cb_info?: CallbackInfo } = {}): Promise<void> {
    await using caller = callbacksOf(cb_info);
    try {
      await caller.update("working on", x);
      await caller.done(x ** 2);
    } catch (error) {
      failures.push((error as Error).message);
      throw error;
    }
  }
  /** Not before all have called, so that their calls overlap. */
  async together(x: number, { cb_info }: { cb_info?: CallbackInfo } = {}): Promise<void> {
    await using caller = callbacksOf(cb_info);
    arrived.push(x);
    while (arrived.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await caller.done(x);
  }
}
const arrived: number[] = [];
expose(BasicServer, { square: true, together: true });

/** As its author would: nobody waits for the method, which says what became of it. */
class Patient {
  readonly begun = Promise.withResolvers<void>();
  readonly gate = Promise.withResolvers<void>();
  readonly outcome = Promise.withResolvers<unknown>();
  async square(x: number, { cb_info }: { cb_info?: CallbackInfo } = {}): Promise<void> {
    await using caller = callbacksOf(cb_info);
    this.begun.resolve();
    await this.gate.promise;
    await caller.done(x ** 2).then(this.outcome.resolve, this.outcome.resolve);
  }
}
expose(Patient, { square: { oneway: true } });

async function daemonWithServer(): Promise<Daemon> {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("basic", new BasicServer());
  await daemon.listen("pyro://localhost:0");
  return daemon;
}

/** A client with an object of its own, `client`, and the proxy `server`. */
const LISTENING = `
  import sys, threading, time, Pyro4
  class Client(object):
      def __init__(self):
          self.heard = []
      @Pyro4.expose
      def square_cb(self, *args):
          self.heard.append(args)
      @Pyro4.expose
      def square_cb_updates(self, *args):
          self.heard.append(args)
  client = Client()
  daemon = Pyro4.Daemon(host="localhost")
  uri = daemon.register(client, objectId="BasicServer.Client")
  threading.Thread(target=daemon.requestLoop, daemon=True).start()
  server = Pyro4.Proxy(sys.argv[1])
`;

const CLIENT = `${LISTENING}
  def call(**cb_info):
      try:
          server.square(3, cb_info=cb_info)
      except Exception as e:
          print(type(e).__name__, str(e).split(";")[0].split(", which")[0])
      print(client.heard)
      del client.heard[:]
  call(cb_handler=client, cb="square_cb", cb_updates="square_cb_updates")
  call(cb_handler=uri, cb="square_cb")
  call(cb_handler=str(uri), cb="square_cb")
  call(cb_handler=client)
  call(cb_handler=client, cb="nothing_like_it")
  call(cb="square_cb")
  server.square(3)
  server._pyroRelease()
`;

const ONE_CALL = `
  import sys, threading, Pyro4
  heard = []
  class Client(object):
      @Pyro4.expose
      def cb(self, *args):
          heard.append(args)
      @Pyro4.expose
      def failing(self, result):
          raise ValueError("not like this: %r" % result)
  client = Client()
  daemon = Pyro4.Daemon(host="localhost")
  daemon.register(client)
  threading.Thread(target=daemon.requestLoop, daemon=True).start()
  uri, method, x, cb = sys.argv[1:]
  with Pyro4.Proxy(uri) as server:
      getattr(server, method)(int(x), cb_info={"cb_handler": client, "cb": cb})
      print("called", heard, flush=True)
      if method == "square":
          threading.Event().wait()
`;

const LISTENER = `
  import sys, threading, Pyro4
  class Client(object):
      @Pyro4.expose
      def on_tick(self, n):
          print("tick", n, flush=True)
  client = Client()
  daemon = Pyro4.Daemon(host="localhost")
  daemon.register(client)
  threading.Thread(target=daemon.requestLoop, daemon=True).start()
  with Pyro4.Proxy(sys.argv[1]) as server:
      server.on("tick", {"cb_handler": client, "cb": "on_tick"})
      server.tick(7)
`;

// As a method that pyro_support's decorator made asynchronous: it calls the handler that it is sent.
const SERVER = `
  import Pyro4
  @Pyro4.expose
  class BasicServer(object):
      def square(self, x, cb_info=None):
          handler = cb_info["cb_handler"]
          if "cb_updates" in cb_info:
              getattr(handler, cb_info["cb_updates"])("working on", x)
          getattr(handler, cb_info["cb"])(x ** 2)
  daemon = Pyro4.Daemon(host="localhost")
  print(daemon.register(BasicServer(), "basic"))
  daemon.requestLoop()
`;

describeWithPython("an asynchronous method of ours", () => {
  checkLeaks();

  it("tells Python's clients, by a proxy, a URI or its text, and says what it cannot do", async () => {
    await using daemon = await daemonWithServer();
    const output = await runPython(CLIENT, [daemon.uriFor("basic")]);
    expect(output.trim().split("\n")).toEqual([
      "[('working on', 3), (9,)]",
      "[(9,)]",
      "[(9,)]",
      "[]",
      expect.stringMatching(/^AttributeError cb_info names "nothing_like_it"/),
      "[]",
      expect.stringMatching(/cb_info names a method to call back, and has no cb_handler$/),
      "[]",
    ]);
    expect(failures).toEqual([expect.stringContaining("it has square_cb")]);
  });
});

describeWithPython("an asynchronous method of ours", () => {
  checkLeaks();

  it("tells each of Python's clients its own result, however their calls overlap", async () => {
    arrived.length = 0;
    await using daemon = await daemonWithServer();
    const ask = (x: string) => runPython(ONE_CALL, [daemon.uriFor("basic"), "together", x, "cb"]);
    expect(await Promise.all([ask("1"), ask("2")])).toEqual(["called [(1,)]\n", "called [(2,)]\n"]);
  });

  it("is what tells listeners of an event, too", async () => {
    const ticker = {
      listeners: [] as Callbacks[],
      on(_event: "tick", handler: CallbackInfo) {
        this.listeners.push(callbacksOf(handler));
      },
      async tick(n: number) {
        await Promise.allSettled(this.listeners.map((listener) => listener.done(n)));
      },
    };
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("ticker", expose(ticker, { on: true, tick: true }));
    await daemon.listen("pyro://localhost:0");
    expect(await runPython(LISTENER, [daemon.uriFor("ticker")])).toBe("tick 7\n");
  });

  it.each([
    ["is told that the client failed", "failing", /ValueError: not like this: 9/],
    ["is told that the client is gone", "cb", /cannot connect|connection/i],
  ])("%s, and the server goes on", async (what, cb, words) => {
    await using daemon = await daemonWithServer();
    const patient = new Patient();
    daemon.register("patient", patient);
    const args = [daemon.uriFor("patient"), "square", "3", cb];
    await using client = await spawnPython(ONE_CALL, args, { ready: /^called/ });
    await patient.begun.promise;
    if (what.endsWith("gone")) {
      client.kill("SIGKILL");
      await client.exited;
    }
    patient.gate.resolve();
    expect(String(await patient.outcome.promise)).toMatch(words);
    await using server = await connect<BasicServer>(daemon.uriFor("basic"));
    const told: unknown[] = [];
    await server.square(4, { cb_info: { cb: (result: unknown) => void told.push(result) } });
    expect(told).toEqual([16]);
  });
});

describe("an asynchronous method", () => {
  checkLeaks();

  it("tells each client its own result, however calls overlap", async () => {
    arrived.length = 0;
    await using daemon = await daemonWithServer();
    const told: [string, unknown][] = [];
    const ask = async (client: string, x: number) => {
      await using server = await connect<BasicServer>(daemon.uriFor("basic"));
      const done = (result: unknown) => told.push([client, result]);
      await server.together(x, kwargs({ cb_info: callbackInfo({ done }) }));
    };
    await Promise.all([ask("first", 1), ask("second", 2)]);
    expect(told.sort()).toEqual([
      ["first", 1],
      ["second", 2],
    ]);
  });

  it("tells of events later, whoever asked for them by the map of `on`", async () => {
    const handlers: Callbacks[] = [];
    const emitter = expose(
      { on: (_event: string, handler: CallbackInfo) => void handlers.push(callbacksOf(handler)) },
      { on: true },
    );
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("basic", emitter);
    await daemon.listen("pyro://localhost:0");
    await using client = await spawnPython(
      `${LISTENING}
  with server:
      server.on("tick", {"cb_handler": client, "cb": "square_cb"})
  print("listening", flush=True)
  while len(client.heard) < 2:
      time.sleep(0.01)
  print(client.heard, flush=True)
`,
      [daemon.uriFor("basic")],
      { ready: /^listening$/ },
    );
    expect(handlers).toHaveLength(1);
    for (const tick of [1, 2]) await handlers[0]?.done(tick);
    await client.nextLine(/^\[\(1,\), \(2,\)\]$/);
    await handlers[0]?.[Symbol.asyncDispose]();
  });

  it("tells a plain function of a Bunsen client", async () => {
    await using daemon = await daemonWithServer();
    await using server = await connect<BasicServer>(daemon.uriFor("basic"));
    const told: unknown[] = [];
    await server.square(4, { cb_info: { cb: (result: unknown) => void told.push(result) } });
    expect(told).toEqual([16]);
  });
});

describeWithPython("an asynchronous method of Python's", () => {
  checkLeaks();

  it("tells our client", async () => {
    await using server = await spawnPython(SERVER, [], { ready: /^PYRO:.*/ });
    await using basic = await connect<{ square(x: number, cb_info: CallbackInfo): void }>(
      `${server.ready?.[0]}`,
    );
    const told: unknown[] = [];
    const cb_info = callbackInfo({
      done: (result) => told.push(["done", result]),
      update: (...args) => told.push(["update", ...args]),
    });
    await basic.square(2, kwargs({ cb_info }));
    expect(told).toEqual([
      ["update", "working on", 2],
      ["done", 4],
    ]);
  });
});
