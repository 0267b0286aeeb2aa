import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Request } from "zeromq";
import {
  assign,
  ClassRegistry,
  connect,
  connectionState,
  Daemon,
  describe as describeRemote,
  expose,
  type Remote,
  RemoteError,
  release,
  SecurityError,
  SILENT,
  signatureOf,
  withOptions,
} from "../../src/index.ts";
import { TimeDelta } from "../../src/proximity/time-delta.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { fromHex } from "../support/vectors.ts";

checkLeaks();

class Maths {
  scale = 2;
  unit = "K";
  /** Sum of two values. */
  add_two(x: number, y = 1): number {
    return x + y;
  }
  div_two(x: number, y: number): number {
    if (y === 0) throw new RangeError("division by zero");
    return x / y;
  }
  echo(v: unknown): unknown {
    return v;
  }
  wait(ms: number): Promise<number> {
    return new Promise((resolve) => setTimeout(resolve, ms, ms));
  }
  *count(n: number): Iterable<number> {
    for (let i = 0; i < n; i++) yield i;
  }
  _hidden(): string {
    return "secret";
  }
}
expose(Maths, {
  scale: true,
  unit: { readonly: true },
  add_two: true,
  div_two: true,
  echo: true,
  wait: true,
  count: true,
});

class Cat {
  readonly #says: string;
  constructor(says: string) {
    this.#says = says;
  }
  /** What it says. */
  cat(): string {
    return this.#says;
  }
}

interface Animals {
  cat(): string;
  angry: { cat(): string };
}

let daemon: Daemon;
let port: number;

async function serve(at = 0): Promise<void> {
  daemon = new Daemon({ logger: SILENT });
  daemon.register("maths", new Maths());
  daemon.register("animals", new Cat("meow"), { expose: /./ });
  daemon.register("animals.angry", new Cat("hiss"), { expose: /./ });
  const { url } = await daemon.listen(`proximity://127.0.0.1:${at}`);
  port = Number(url.split(":").at(-1));
}

beforeEach(() => serve());
afterEach(() => daemon.close());

const maths = (options = {}) => connect<Maths>(`proximity://127.0.0.1:${port}/maths`, options);

describe("an interface of a PyProximity server", () => {
  it.each(["msgpack", "json"] as const)("is called, described and set, in %s", async (encoding) => {
    await using proxy = await maths({ proximity: { encoding } });
    expect(await proxy.add_two(2, 3)).toBe(5);
    expect(await proxy.add_two(2)).toBe(3);
    const members = [...describeRemote(proxy).members.values()];
    expect(members.map(signatureOf)).toContain("add_two(x, y=1)");
    expect(describeRemote(proxy).members.get("add_two")?.doc).toBe("Sum of two values.");
    expect(await proxy.scale).toBe(2);
    await assign(proxy, { scale: 5 });
    expect(await proxy.scale).toBe(5);
    await expect(assign(proxy as never, { unit: "F" } as never)).rejects.toThrow(/read-only/);
    expect(await proxy.count(4)).toEqual([0, 1, 2, 3]);
  });

  it("carries values, dates and durations too", async () => {
    await using proxy = await maths();
    const value = [
      0,
      -1,
      255,
      65536,
      2 ** 40,
      1.5,
      "h\u00e9llo",
      "x".repeat(300),
      null,
      true,
      { k: [1] },
    ];
    expect(await proxy.echo(value)).toEqual(value);
    const when = new Date("2024-02-29T12:30:00.250Z");
    expect(await proxy.echo({ when, took: new TimeDelta(3600.5) })).toEqual({
      when,
      took: new TimeDelta(3600.5),
    });
    expect(await proxy.echo(Buffer.from([0xff, 0xfe]))).toEqual(new Uint8Array([0xff, 0xfe]));
  });

  it("tells errors as they were, and apart from what is not there", async () => {
    await using proxy = await maths();
    const failed = proxy.div_two(1, 0);
    await expect(failed).rejects.toThrow(/division by zero/);
    await expect(failed).rejects.toBeInstanceOf(RemoteError);
    await expect(failed).rejects.toMatchObject({
      remote: { type: "builtins.ValueError", traceback: expect.stringContaining("div_two") },
    });
    const other = proxy as unknown as Remote<{ nothing(): void; _hidden(): void }>;
    await expect(other.nothing()).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
    await expect(other._hidden()).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
    await expect(connect(`proximity://127.0.0.1:${port}/nobody`)).rejects.toMatchObject({
      code: "ERR_UNKNOWN_OBJECT",
    });
  });

  it("has parts, which are interfaces of their own", async () => {
    await using proxy = await connect<Animals>(`proximity://127.0.0.1:${port}/animals`);
    expect(await proxy.cat()).toBe("meow");
    const { angry } = proxy as unknown as { angry: Remote<Cat> };
    expect(await angry.cat()).toBe("hiss");
    expect(Object.getOwnPropertyNames(proxy)).toEqual(["cat", "angry"]);
    expect("cat" in angry).toBe(true);
  });

  it("runs many calls at once over one socket", async () => {
    await using proxy = await maths();
    await using second = await connect<Maths>(`proximity://127.0.0.1:${port}/maths`);
    const slow = proxy.wait(200);
    const order: string[] = [];
    void slow.then(() => order.push("slow"));
    const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => second.add_two(i, 1)));
    order.push("quick");
    expect(sums).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    await slow;
    expect(order).toEqual(["quick", "slow"]);
  });

  it("takes any number of calls at once: those that the server has no room for wait here", async () => {
    await using proxy = await maths();
    const waits = Array.from({ length: 3000 }, () => proxy.wait(1));
    expect(new Set(await Promise.all(waits))).toEqual(new Set([1]));
  });

  it("gives each call its time, and drops answers that come too late", async () => {
    await using proxy = await maths({ timeout: 100 });
    await expect(proxy.wait(300)).rejects.toMatchObject({ code: "ERR_TIMEOUT", retry: "unknown" });
    expect(await proxy.add_two(20, 22)).toBe(42);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await proxy.add_two(1, 1)).toBe(2);
  });
});

describe("either end", () => {
  it("may come first", async () => {
    const at = await freePort();
    await using early = await connect<Maths>(`proximity://127.0.0.1:${at}/maths`, {
      proximity: { patience: 50 },
    });
    const waiting = expect(early.add_two(1, 2)).resolves.toBe(3);
    await daemon.close();
    await serve(at);
    await waiting;
    await expect.poll(() => describeRemote(early).members.has("add_two")).toBe(true);
  });

  it("may go and come again; a call that was given up is not carried out later", async () => {
    const at = port;
    await using proxy = await maths({ timeout: 5000 });
    const lost = expect(proxy.wait(1500)).rejects.toMatchObject({
      code: "ERR_CONNECTION_LOST",
      retry: "unknown",
    });
    await proxy.add_two(1, 1);
    await daemon.close();
    await lost;
    expect(connectionState(proxy).value.name).toBe("lost");
    const given = await connect<Maths>(`proximity://127.0.0.1:${at}/maths`, {
      timeout: 100,
      proximity: { patience: 10 },
    });
    await expect(assign(given, { scale: 99 } as never)).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      retry: "later",
    });
    await serve(at);
    expect(await proxy.add_two(20, 22)).toBe(42);
    expect(await proxy.scale).toBe(2);
    await (given as unknown as AsyncDisposable)[Symbol.asyncDispose]();
  });
});

describe("a proxy", () => {
  it("that is closed ends its own calls, and no other's", async () => {
    await using kept = await maths();
    const closed = await maths();
    const ended = expect(closed.wait(10_000)).rejects.toMatchObject({ code: "ERR_CLOSED" });
    const other = kept.wait(50);
    await Promise.all([release(closed), release(closed)]);
    await ended;
    expect(await other).toBe(50);
    // It may be used again.
    expect(await closed.add_two(1, 2)).toBe(3);
    await release(closed);
  });

  it("cannot send what has no mapping, one-way or not", async () => {
    await using proxy = await maths();
    await expect(proxy.echo(Symbol("no"))).rejects.toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
    const oneway = withOptions(proxy, { oneway: true });
    await expect(oneway.echo(Symbol("no"))).rejects.toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
    expect(await oneway.add_two(1, 2)).toBeNull();
  });

  it("shows whether its server is there", async () => {
    const proxy = await maths();
    const states: string[] = [connectionState(proxy).value.name];
    connectionState(proxy).subscribe(({ name }) => states.push(name));
    await daemon.close();
    await expect.poll(() => states).toEqual(["connected", "lost"]);
    await release(proxy);
    expect(states.at(-1)).toBe("idle");
  });

  it.each([
    "proximity://127.0.0.1",
    "proximity://127.0.0.1:5555",
    "proximity://127.0.0.1:5555/%zz",
    "proximity:nothing",
  ])("is not made of %s", async (uri) => {
    await expect(connect(uri)).rejects.toMatchObject({ code: "ERR_BAD_URI" });
  });

  it("is found by IPv6, by a name, and at a socket of the file system", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bunsen-proximity-"));
    for (const url of [
      "proximity://[::1]:0",
      "proximity://localhost:0",
      `proximity+ipc://${folder}/lab.sock`,
    ]) {
      await using place = await daemon.listen(url);
      const separator = url.includes("ipc") ? "#" : "/";
      await using proxy = await connect<Maths>(`${place.url}${separator}maths`);
      expect(await proxy.add_two(1, 2)).toBe(3);
    }
    const { published } = await daemon.listen("proximity://0.0.0.0:0");
    expect(published).not.toMatch(/^0\.0\.0\.0/);
    await rm(folder, { recursive: true });
  });

  it("carries custom classes as maps that name them", async () => {
    class Point {
      x = 0;
    }
    const own = new ClassRegistry();
    own.register(Point, { name: "geometry.Point" });
    await using proxy = await maths({ classes: own });
    const point = Object.assign(new Point(), { x: 3 });
    const echoed = (await proxy.echo([point])) as Point[];
    expect(echoed[0]).toBeInstanceOf(Point);
    await using plain = await maths();
    expect(await plain.echo({ __class__: "geometry.Point", x: 3 })).toEqual({
      __class__: "geometry.Point",
      x: 3,
    });
  });
});

describe("what is no PyProximity server", () => {
  it.each([
    ["says nothing", () => {}],
    ["closes the connection", (socket: Socket) => socket.once("data", () => socket.end())],
    [
      "speaks HTTP",
      (socket: Socket) => socket.once("data", () => socket.write("HTTP/1.1 400\r\n")),
    ],
  ] as const)("and %s is told as that", async (_, greet) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      greet(socket);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port: at } = server.address() as AddressInfo;
    const proxy = await connect<Maths>(`proximity://127.0.0.1:${at}/maths`, {
      timeout: 300,
      proximity: { patience: 10 },
    });
    await expect(proxy.add_two(1, 2)).rejects.toThrow(
      /no answer within 300 ms; the server was not there, and it was not sent; what takes connections there has not spoken ZeroMQ/,
    );
    await release(proxy);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});

describe("a caller", () => {
  it("is judged by the handshake hook, which may refuse it", async () => {
    const seen: unknown[] = [];
    let welcome = false;
    daemon.validateHandshake(({ dialect, address }) => {
      seen.push([dialect, address]);
      if (!welcome) throw new SecurityError("ERR_LOGIN", "not today");
    });
    await expect(maths()).rejects.toThrow(/not today/);
    expect(seen[0]).toEqual(["proximity", expect.stringMatching(/^zeromq:/)]);
    welcome = true;
    await using proxy = await maths();
    const before = seen.length;
    expect(await proxy.add_two(1, 2)).toBe(3);
    expect(seen.length).toBe(before);
  });

  it("has an instance of its own, of a class that is registered", async () => {
    class Counter {
      n = 0;
      next() {
        return ++this.n;
      }
    }
    expose(Counter, { next: true });
    daemon.register("counter", Counter);
    const uri = `proximity://127.0.0.1:${port}/counter`;
    const one = await connect<Counter>(uri);
    expect([await one.next(), await one.next()]).toEqual([1, 2]);
    await release(one);
    await using two = await connect<Counter>(uri);
    expect(await two.next()).toBe(1);
  });

  it("cannot reach the daemon's own object", async () => {
    await expect(connect(`proximity://127.0.0.1:${port}/Pyro.Daemon`)).rejects.toMatchObject({
      code: "ERR_UNKNOWN_OBJECT",
    });
  });

  it("is told an error of a method that looks like the daemon's as what it is", async () => {
    daemon.register("odd", { fail: () => daemon.uriFor("nothing") }, { expose: /./ });
    await using odd = await connect<{ fail(): void }>(`proximity://127.0.0.1:${port}/odd`);
    await expect(odd.fail()).rejects.toThrow(/"nothing" is not registered/);
  });
});

describe("a client of the original", () => {
  async function ask(frames: (Buffer | string)[]): Promise<Buffer[]> {
    const socket = new Request({ linger: 0, receiveTimeout: 5000 });
    socket.connect(`tcp://127.0.0.1:${port}`);
    try {
      await socket.send(frames);
      return await socket.receive();
    } finally {
      socket.close();
    }
  }

  it("is answered as by Python, byte by byte where the encoding is unique", async () => {
    // "mp.call-positional": add_two(2, 3) of maths, in MessagePack.
    const call = fromHex(
      "84a461726773920203a470726f63a76164645f74776fa46e616d65a56d61746873a66b776172677380",
    );
    expect((await ask([Buffer.from(call)]))[0]?.toString("hex")).toBe("05");
    const cat = fromHex(
      "84a46172677390a470726f63a3636174a46e616d65a7616e696d616c73a66b776172677380",
    );
    expect((await ask([Buffer.from(cat)]))[0]?.toString("hex")).toBe("a46d656f77");
  });

  it.each([
    ["bytes that are no MessagePack", Buffer.from([0xc1])],
    ["two values in one frame", Buffer.from([0x01, 0x02])],
    ["no map", Buffer.from([0x93, 1, 2, 3])],
    ["a map without proc", Buffer.from([0x80])],
    ["nothing", Buffer.alloc(0)],
    ["broken JSON", Buffer.from("{")],
    ["nesting without end", Buffer.alloc(100_000, 0x91)],
    ["a marker without its date", Buffer.from("81ac5f5f6461746574696d655f5fc3", "hex")],
  ])("that sends %s is told, and the server goes on", async (_, bytes) => {
    const [answer] = await ask([bytes]);
    expect(answer?.toString("latin1")).toMatch(/EXCEPTION.*(ValueError|TypeError)/s);
    await using proxy = await maths();
    expect(await proxy.add_two(20, 22)).toBe(42);
  });

  it("that sends two frames is told, and the server goes on", async () => {
    const [answer] = await ask([Buffer.from([0x80]), Buffer.from([0x80])]);
    expect(answer?.toString("latin1")).toContain("one frame");
  });
});
