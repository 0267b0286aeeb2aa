import { describe, expect, it, vi } from "vitest";
import { callContext, connect, Daemon, expose, type Held, type Remote } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { collectGarbage } from "../support/garbage.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

checkLeaks();

class Cart {
  readonly things: unknown[] = [];
  add(thing: unknown): number {
    return this.things.push(thing);
  }
  allocate(): void {
    callContext().trackResource({ close() {} });
  }
  *count(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  async call(thing: unknown): Promise<string> {
    this.things.push(thing);
    return await (thing as Remote<Named>).name();
  }
}
expose(Cart, { add: true, allocate: true, count: true, call: true });

const NOTHING: Held = {
  objects: 1,
  sessions: 0,
  instances: 0,
  resources: 0,
  loans: 0,
  streams: 0,
  proxies: 0,
};

async function serve() {
  const daemon = new Daemon({ logger: SILENT, streamLingerMs: 0 });
  await daemon.listen("pyro://localhost:0");
  return { daemon, uri: daemon.register("cart", Cart).uri };
}

describe("what a daemon holds for its callers", () => {
  it("is counted, and let go of with their connections", async () => {
    const { daemon, uri } = await serve();
    await using _daemon = daemon;
    expect(daemon.held).toEqual(NOTHING);
    const carts = [await connect<Cart>(uri), await connect<Cart>(uri)];
    for (const cart of carts) {
      await cart.add("apple");
      await cart.allocate();
    }
    expect(daemon.held).toEqual({ ...NOTHING, sessions: 2, instances: 2, resources: 2 });
    const [first, second] = carts as [Remote<Cart>, Remote<Cart>];
    expect(await first.call(new Named())).toBe("named");
    await first[Symbol.asyncDispose]();
    await expect
      .poll(() => daemon.held)
      .toEqual({ ...NOTHING, sessions: 1, instances: 1, resources: 1 });
    await second[Symbol.asyncDispose]();
    await expect.poll(() => daemon.held).toEqual(NOTHING);
  });
});

describeWithPython("an object that is registered with `weak`", () => {
  it.each([
    ["Pyro5.api", "Pyro5"],
    ["Pyro4", "Pyro4"],
  ])("is called by %s while it is there, and unknown when it is collected", async (api, pyro) => {
    await using daemon = new Daemon({ logger: SILENT });
    await daemon.listen("pyro://localhost:0");
    let named: Named | undefined = new Named();
    const { uri } = daemon.register("named", named, { weak: true });
    const code = `
      import sys
      from ${api} import Proxy
      from ${pyro}.errors import CommunicationError
      try: print(Proxy(sys.argv[1]).name())
      except CommunicationError as error: print("unknown object" in str(error))
    `;
    expect(await runPython(code, [uri])).toBe("named\n");
    expect(named.name()).toBe("named");
    named = undefined;
    await vi.waitFor(async () => {
      await collectGarbage();
      expect(daemon.objects).toEqual([]);
    });
    expect(await runPython(code, [uri])).toBe("True\n");
  });
});

class Named {
  name(): string {
    return "named";
  }
}
expose(Named, { name: true });

const CLIENT = `
@pyro.expose
class Thing(object):
    def name(self):
        return "python"

def serve():
    daemon.requestLoop()

daemon = pyro.Daemon()
daemon.register(Thing(), "thing")
thread = threading.Thread(target=serve)
thread.daemon = True
thread.start()

cart = pyro.Proxy(sys.argv[1])
cart.add("apple")
cart.allocate()
stream = cart.count(3)
print(next(stream))
print(cart.call(pyro.Proxy(daemon.uriFor("thing"))))
print("ready")
sys.stdin.readline()
`;

describeWithPython.each([
  [5, "import sys, threading, Pyro5.api as pyro\n"],
  [4, "import sys, threading, Pyro4 as pyro\n"],
] as const)("for a client of Pyro%i", (_, imports) => {
  const start = (uri: string): Promise<PythonPeer> =>
    spawnPython(imports + CLIENT, [uri], { ready: /^ready$/ });

  it("is let go of when it is killed", async () => {
    const { daemon, uri } = await serve();
    await using _daemon = daemon;
    await using python = await start(uri);
    const held = { sessions: 1, instances: 1, resources: 1, streams: 1, proxies: 1 };
    expect(daemon.held).toEqual({ ...NOTHING, ...held });
    python.kill("SIGKILL");
    await expect.poll(() => daemon.held).toEqual(NOTHING);
  });

  it("is let go of when the daemon closes, connections to its objects too", async () => {
    const { daemon, uri } = await serve();
    await using _python = await start(uri);
    expect(daemon.held.proxies).toBe(1);
    await daemon.close();
    await expect.poll(() => daemon.held).toEqual(NOTHING);
  });
});
