import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  callContext,
  connect,
  Daemon,
  expose,
  type RegisterOptions,
  type Remote,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

checkLeaks();

/** A device that breaks when two use it at once. */
class Device {
  readonly log: string[] = [];
  using = 0;
  most = 0;
  readonly gate = Promise.withResolvers<void>();
  async use(name: string, ms = 5): Promise<string> {
    this.#begin();
    await sleep(ms);
    this.#end(name);
    return name;
  }
  async hold(): Promise<void> {
    this.#begin();
    await this.gate.promise;
    this.#end("hold");
  }
  quick(name: string): string {
    this.#begin();
    this.#end(name);
    return `${name} for ${callContext().caller.address}`;
  }
  async *readings(n: number): AsyncGenerator<number> {
    try {
      for (let i = 0; i < n; i++) {
        this.#begin();
        await sleep(1);
        this.#end(`reading ${i}`);
        yield i;
      }
    } finally {
      this.log.push("readings end");
    }
  }
  stop(): number {
    this.gate.resolve();
    return this.using;
  }
  #begin(): void {
    this.using++;
    this.most = Math.max(this.most, this.using);
  }
  #end(name: string): void {
    this.using--;
    this.log.push(name);
  }
}
const MEMBERS = { use: true, hold: true, quick: true, readings: true } as const;
expose(Device, { ...MEMBERS, stop: { serial: false } });

async function serve(options: RegisterOptions<Device> = {}, device = new Device()) {
  const daemon = new Daemon({ logger: SILENT });
  await daemon.listen("pyro://localhost:0");
  const { uri } = daemon.register("device", device, options);
  return { daemon, device, uri, [Symbol.asyncDispose]: () => daemon.close() };
}

describe("an object", () => {
  it("runs any number of calls at once", async () => {
    await using served = await serve();
    await using device = await connect<Device>(served.uri);
    const names = Array.from({ length: 500 }, (_, i) => `${i}`);
    expect(await Promise.all(names.map((name) => device.use(name, 50)))).toEqual(names);
    expect(served.device.most).toBe(500);
  });
});

describe("an object registered with `serial`", () => {
  it("runs one call after the other, whoever calls, in order", async () => {
    await using served = await serve({ serial: true });
    await using one = await connect<Device>(served.uri);
    await using other = await connect<Device>(served.uri);
    const names = Array.from({ length: 40 }, (_, i) => `${i}`);
    const called = names.map((name, i) => (i % 2 ? one : other).use(name, 1));
    expect(await Promise.all(called)).toEqual(names);
    expect(served.device.most).toBe(1);
    // Each caller's are in its own order.
    const log = served.device.log.map(Number);
    for (const rest of [0, 1]) {
      const own = log.filter((i) => i % 2 === rest);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  it("refuses calls beyond its queue, so that callers know", async () => {
    await using served = await serve({ serial: { queue: 2 } });
    await using device = await connect<Device>(served.uri);
    const calls = [device.hold(), device.use("a"), device.use("b")];
    const refused = device.use("c");
    await expect(refused).rejects.toMatchObject({
      code: "ERR_BUSY",
      retry: "later",
      message: expect.stringContaining('"device" takes one call at a time, and 2 wait already'),
    });
    await device.stop();
    await Promise.all(calls);
    expect(served.device.log).toEqual(["hold", "a", "b"]);
  });

  it("lets members through that do not wait", async () => {
    await using served = await serve({ serial: true });
    await using device = await connect<Device>(served.uri);
    const holding = device.hold();
    expect(await device.stop()).toBe(1);
    await holding;
  });

  it("forgets a waiting call that is cancelled, times out, or whose caller is gone", async () => {
    await using served = await serve({ serial: true });
    await using device = await connect<Device>(served.uri);
    const holding = device.hold();
    const abort = new AbortController();
    const cancelled = withOptions(device, { signal: abort.signal }).use("cancelled");
    const late = withOptions(device, { timeout: 20 }).use("late");
    const leaver = await connect<Device>(served.uri);
    const left = leaver.use("left");
    const stays = device.use("stays");
    abort.abort(new Error("no longer"));
    await expect(cancelled).rejects.toThrow("no longer");
    await expect(late).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await leaver[Symbol.asyncDispose]();
    await expect(left).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect.poll(() => served.daemon.held.sessions).toBe(1);
    await device.stop();
    await holding;
    expect(await stays).toBe("stays");
    expect(served.device.log).toEqual(["hold", "stays"]);
  });

  it("gives a stream one turn for each item, and others theirs in between", async () => {
    await using served = await serve({ serial: true });
    await using device = await connect<Device>(served.uri);
    const seen: number[] = [];
    let between: Promise<string> | undefined;
    for await (const reading of device.readings(20)) {
      seen.push(reading);
      between ??= device.use("between");
      if (seen.length === 15) break;
    }
    expect(seen).toEqual(Array.from({ length: 15 }, (_, i) => i));
    await between;
    await expect.poll(() => served.device.log.includes("readings end")).toBe(true);
    expect(served.device.most).toBe(1);
    expect(served.device.log.indexOf("between")).toBeLessThan(
      served.device.log.indexOf("readings end"),
    );
    // The turn was given back.
    expect(await device.use("after")).toBe("after");
  });

  it("runs each call in its own context, also one that waited", async () => {
    await using served = await serve({ serial: true });
    await using one = await connect<Device>(served.uri);
    await using other = await connect<Device>(served.uri);
    const addresses: unknown[] = [];
    served.daemon.use((call, caller, next) => {
      if (call.member === "quick") addresses.push(caller.address);
      return next();
    });
    const holding = one.hold();
    const quick = [other.quick("other"), one.quick("one")];
    await expect.poll(() => addresses.length).toBe(2);
    await other.stop();
    await holding;
    const answers = await Promise.all(quick);
    expect(new Set(answers.map((answer) => answer.replace(/.* for /, "")))).toEqual(
      new Set(addresses),
    );
    expect(answers.map((answer) => answer.replace(/ .*/, ""))).toEqual(["other", "one"]);
    expect(answers[0]).not.toBe(answers[1]?.replace("one", "other"));
  });

  it("is declared with the class, too, which a registration may take back", async () => {
    class Fragile extends Device {}
    expose(Fragile, { use: true }, { serial: true });
    await using served = await serve({}, new Fragile());
    await using device = await connect<Device>(served.uri);
    await Promise.all([device.use("a"), device.use("b")]);
    expect(served.device.most).toBe(1);
    await using taken = await serve({ serial: false }, new Fragile());
    await using free = await connect<Device>(taken.uri);
    await Promise.all([free.use("a"), free.use("b")]);
    expect(taken.device.most).toBe(2);
  });

  it("can be a remote one that is served on", async () => {
    await using inner = await serve();
    await using proxy = await connect<Device>(inner.uri);
    await using daemon = new Daemon({ logger: SILENT });
    await daemon.listen("pyro://localhost:0");
    const { uri } = daemon.register("relayed", proxy as object, { serial: true });
    await using device = await connect<Device>(uri);
    await Promise.all([device.use("a"), device.use("b"), device.use("c")]);
    expect(inner.device.most).toBe(1);
    expect(await Array.fromAsync(device.readings(3))).toEqual([0, 1, 2]);
  });
});

const IMPORTS = {
  5: "import sys, threading, Pyro5.api as pyro\nfrom Pyro5.api import locate_ns as locate, config\n",
  4: "import sys, threading, Pyro4 as pyro\nfrom Pyro4 import locateNS as locate, config\n",
};

/** A link of Pyro's circular example: calls the next, until the message comes round to where it began. */
class Link {
  readonly #name: string;
  next: Remote<Link> | undefined;
  constructor(name: string) {
    this.#name = name;
  }
  async process(message: string[]): Promise<string[]> {
    if (message.includes(this.#name)) return [`complete at ${this.#name}`];
    const rest = await (this.next as Remote<Link>).process([...message, this.#name]);
    return [`passed on from ${this.#name}`, ...rest];
  }
}
expose(Link, { process: true });

const PYTHON_LINK = `
@pyro.expose
class Link(object):
    def __init__(self, name):
        self.name, self.next = name, None
    def connect(self, uri):
        self.next_uri = uri
    def process(self, message):
        if self.name in message:
            return ["complete at " + self.name]
        with pyro.Proxy(self.next_uri) as next:
            return ["passed on from " + self.name] + next.process(message + [self.name])

daemon = pyro.Daemon()
print(daemon.register(Link(sys.argv[1]), "link"))
daemon.requestLoop()
`;

const ROUND = ["passed on from A", "passed on from B", "passed on from C", "complete at A"];

describe("three daemons in a circle", () => {
  it("pass a call round without waiting for each other, many times at once", async () => {
    await using stack = new AsyncDisposableStack();
    const links = ["A", "B", "C"].map((name) => new Link(name));
    const uris = await Promise.all(
      links.map(async (link) => {
        const daemon = stack.use(new Daemon({ logger: SILENT }));
        await daemon.listen("pyro://localhost:0");
        return daemon.register("link", link).uri;
      }),
    );
    for (const [i, link] of links.entries()) {
      link.next = stack.use(await connect<Link>(`${uris[(i + 1) % 3]}`));
    }
    const start = stack.use(await connect<Link>(`${uris[0]}`, { timeout: 20_000 }));
    const rounds = Array.from({ length: 50 }, () => start.process([]));
    expect(await Promise.all(rounds)).toEqual(Array(50).fill(ROUND));
  });

  describeWithPython.each([5, 4] as const)("with Pyro%i among them", (generation) => {
    it.each([
      ["A", "ours"],
      ["B and C", "ours"],
    ])("do so where %s is %s", async (ours) => {
      await using stack = new AsyncDisposableStack();
      const daemon = stack.use(new Daemon({ logger: SILENT }));
      await daemon.listen("pyro://localhost:0");
      const own = new Map<string, Link>();
      const uris = new Map<string, string>();
      for (const name of ["A", "B", "C"]) {
        if (ours.includes(name)) {
          const link = new Link(name);
          own.set(name, link);
          uris.set(name, daemon.register(name, link).uri);
        } else {
          const code = IMPORTS[generation] + PYTHON_LINK;
          const python = stack.use(await spawnPython(code, [name], { ready: /^PYRO:.*$/ }));
          uris.set(name, `${python.ready}`);
        }
      }
      for (const [i, name] of ["A", "B", "C"].entries()) {
        const next = `${uris.get(["B", "C", "A"][i] as string)}`;
        const link = own.get(name);
        if (link) link.next = stack.use(await connect<Link>(next));
        else {
          await using python = await connect<{ connect(uri: string): void }>(`${uris.get(name)}`);
          await python.connect(next);
        }
      }
      const start = stack.use(await connect<Link>(`${uris.get("A")}`, { timeout: 20_000 }));
      for (let i = 0; i < 5; i++) expect(await start.process([])).toEqual(ROUND);
      const code = `${IMPORTS[generation]}
with pyro.Proxy(sys.argv[1]) as link:
    print(link.process([]))
`;
      expect(await runPython(code, [`${uris.get("A")}`])).toBe(`['${ROUND.join("', '")}']\n`);
    });
  });
});

describeWithPython.each([5, 4] as const)("callers of Pyro%i", (generation) => {
  it("wait for their turn at a serial object, and are told when too many wait", async () => {
    await using served = await serve({ serial: { queue: 3 } });
    const code = `${IMPORTS[generation]}
def call(name, results):
    with pyro.Proxy(sys.argv[1]) as device:
        try:
            results.append(device.use(name, 300))
        except Exception as error:
            results.append("%s: %s" % (type(error).__name__, error))

results = []
threads = [threading.Thread(target=call, args=(str(i), results)) for i in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for result in sorted(results):
    print(result)
with pyro.Proxy(sys.argv[1]) as device:
    print(list(device.readings(3)))
`;
    const lines = (await runPython(code, [served.uri])).trim().split("\n");
    const refused = lines.filter((line) => line.includes("takes one call at a time"));
    expect(lines).toHaveLength(7);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatch(/^\w*Error: "device" takes one call at a time, and 3 wait/);
    expect(lines.at(-1)).toBe("[0, 1, 2]");
    expect(served.device.most).toBe(1);
  });

  it("who leave while they wait leave the queue", async () => {
    await using served = await serve({ serial: true });
    await using device = await connect<Device>(served.uri);
    const holding = device.hold();
    const code = `${IMPORTS[generation]}
device = pyro.Proxy(sys.argv[1])
device._pyroTimeout = 0.2
try:
    device.use("python")
except Exception as error:
    print(type(error).__name__)
`;
    expect(await runPython(code, [served.uri])).toBe("TimeoutError\n");
    await device.stop();
    await holding;
    expect(await device.use("ours")).toBe("ours");
    expect(served.device.log).toEqual(["hold", "ours"]);
  });
});
