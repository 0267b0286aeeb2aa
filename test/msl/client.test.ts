import { afterAll, beforeAll, expect, it } from "vitest";
import {
  batch,
  connect,
  describe as describeProxy,
  kwargs,
  RemoteKeyError,
  RemoteTypeError,
  RemoteValueError,
  release,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import {
  acquireLock,
  connectManager,
  formatIdentities,
  onNotification,
  releaseLock,
  serviceOf,
  shutdownService,
} from "../../src/msl/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, type PythonPeer, runPython } from "../support/python.ts";
import { Relay } from "../support/relay.ts";
import { StockManager } from "./stock.ts";

interface Calc {
  units: string;
  add_numbers(a: number, b: number, c: number, d: number): number;
  power(a: number, n?: number): number;
  fail(text?: string): void;
  lookup(key: string): unknown;
  wait(seconds: number, tag?: unknown): unknown;
  echo(...args: unknown[]): [unknown[], Record<string, unknown>];
  emit(...args: unknown[]): void;
}

const PLAIN = { tls: false, logger: SILENT } as const;

describeWithPython("a client of a stock manager", () => {
  checkLeaks();
  let manager: StockManager;
  let service: PythonPeer;

  beforeAll(async () => {
    manager = await StockManager.start();
    service = await manager.service();
    const client = await connectManager(manager.url, PLAIN);
    await client.link("Calc", { waitMs: 15_000 });
    await client.close();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await manager[Symbol.asyncDispose]();
  });

  const calc = (name = "Client") =>
    connect<Calc>(`${manager.url}/Calc`, { timeout: 10_000, msl: { ...PLAIN, name } });

  it("calls a service, with keyword arguments", async () => {
    await using proxy = await calc();
    expect(await proxy.add_numbers(1, 2, 3, 4)).toBe(10);
    expect(await proxy.power(4)).toBe(16);
    expect(await proxy.power(5, kwargs({ n: 3 }))).toBe(125);
    expect(await proxy.echo(1, "two", [null], kwargs({ x: 3.5 }))).toEqual([
      [1, "two", [null]],
      { x: 3.5 },
    ]);
  });

  it("knows members, signatures and attributes", async () => {
    await using proxy = await calc();
    const { members } = describeProxy(proxy);
    expect(members.get("power")).toMatchObject({
      kind: "method",
      parameters: [
        { name: "a", optional: false },
        { name: "n", optional: true, default: "2" },
      ],
    });
    expect(members.get("units")?.kind).toBe("attribute");
    expect(await proxy.units).toBe("mm");
    expect(serviceOf(proxy)).toMatchObject({ name: "Calc", maxClients: -1 });
  });

  it("tells errors of the service as Pyro would", async () => {
    await using proxy = await calc();
    await expect(proxy.fail()).rejects.toSatisfy(
      (error) =>
        error instanceof RemoteValueError && error.message === "ValueError: x must be positive",
    );
    await expect(proxy.fail("two\nlines")).rejects.toThrow("ValueError: two\nlines");
    await expect(proxy.lookup("it's")).rejects.toSatisfy(
      (error) => error instanceof RemoteKeyError && error.remote.args[0] === "it's",
    );
    await expect((proxy.power as () => Promise<number>)()).rejects.toBeInstanceOf(RemoteTypeError);
    await expect((proxy as never as Record<string, () => unknown>)["nope"]?.()).rejects.toThrow(
      "AttributeError: 'Calc' object has no attribute 'nope'",
    );
  });

  it("makes calls side by side", async () => {
    await using proxy = await calc();
    const order: unknown[] = [];
    await Promise.all([
      proxy.wait(0.3, "slow").then((tag) => order.push(tag)),
      proxy.wait(0, "quick").then((tag) => order.push(tag)),
    ]);
    expect(order).toEqual(["quick", "slow"]);
  });

  it("gives a call up in time, or when told, and goes on", async () => {
    await using proxy = await calc();
    await expect(withOptions(proxy, { timeout: 50 }).wait(0.3)).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      retry: "unknown",
    });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(withOptions(proxy, { signal }).wait(0)).rejects.toThrow("enough");
    expect(await proxy.wait(0, "on")).toBe("on");
  });

  it("sends a batch in order, up to the first failure", async () => {
    await using proxy = await calc();
    expect(await batch(proxy, (b) => [b.power(2), b.power(3)])).toEqual([4, 9]);
    await expect(batch(proxy, (b) => [b.fail(), b.power(3)])).rejects.toThrow("ValueError");
  });

  it("gets what the service emits, with each of its links", async () => {
    await using client = await connectManager(manager.url, PLAIN);
    const proxy = await client.link<Calc>("Calc");
    const other = await client.link<Calc>("Calc");
    const heard: unknown[] = [];
    onNotification(proxy, (args, keywords) => heard.push(["first", args, keywords]));
    const stop = onNotification(other, (args) => heard.push(["second", args]));
    await proxy.emit(1, kwargs({ t: [0.5] }));
    stop();
    await proxy.emit(2);
    await expect.poll(() => heard.length).toBe(3);
    expect(heard).toEqual([
      ["first", [1], { t: [0.5] }],
      ["second", [1]],
      ["first", [2], {}],
    ]);
  });

  it("keeps a link as long as one of its proxies is used, and links again with the next call", async () => {
    await using client = await connectManager(manager.url, PLAIN);
    const one = await client.link<Calc>("Calc");
    const other = await client.link<Calc>("Calc");
    const heard: unknown[] = [];
    onNotification(one, (args) => heard.push(["one", ...args]));
    onNotification(other, (args) => heard.push(["other", ...args]));
    await release(one);
    await other.emit(1);
    await expect.poll(() => heard).toEqual([["other", 1]]);
    await release(other);
    expect(await one.power(3)).toBe(9);
    await one.emit(2);
    await expect
      .poll(() => heard)
      .toEqual([
        ["other", 1],
        ["one", 2],
      ]);
  });

  it("says who is there, as Python's client shows it", async () => {
    await using client = await connectManager(manager.url, { ...PLAIN, name: "Alice" });
    const identity = await client.identities();
    expect([...identity.services.keys()]).toEqual(["Calc"]);
    const ours = formatIdentities(identity);
    const theirs = await runPython(
      `
      import sys
      from msl.network import connect
      client = connect(name="Bob", port=int(sys.argv[1]), disable_tls=True)
      print(client.identities(as_string=True))
      client.disconnect()
      `,
      [String(manager.port)],
      { env: { MSL_NETWORK_HOME: manager.home } },
    );
    expect(withoutClients(ours)).toBe(withoutClients(theirs.trimEnd()));
    expect(ours).toMatch(/^Clients \[1\]:\n {2}Alice\[\S+\]\n {4}language: Node .*\n {4}os: /m);
  });

  it("links with a service that is not there yet, as long as it is told to wait", async () => {
    await using client = await connectManager(manager.url, PLAIN);
    await expect(client.link("Later")).rejects.toMatchObject({
      code: "ERR_UNKNOWN_SERVICE",
      retry: "later",
      message: expect.stringContaining("bunsen msl identities"),
    });
    const linking = client.link<Calc>("Later", { waitMs: 15_000 });
    await using _ = await manager.service({ name: "Later" });
    expect(await (await linking).power(3)).toBe(9);
  });

  it("keeps others from linking with a lock", async () => {
    await using client = await connectManager(manager.url, { ...PLAIN, name: "Holder" });
    const proxy = await client.link<Calc>("Calc");
    expect(await acquireLock(proxy)).toEqual([expect.stringMatching(/^Holder\[/)]);
    await expect(calc()).rejects.toThrow("PermissionError: 'Calc' service is locked");
    expect(await releaseLock(proxy)).toEqual([]);
    await (await calc())[Symbol.asyncDispose]();
  });

  it("spawns another connection", async () => {
    await using client = await connectManager(manager.url, { ...PLAIN, name: "One" });
    await using other = await client.spawn("Two");
    expect([...(await other.identities()).clients.values()].map(({ name }) => name).sort()).toEqual(
      ["One", "Two"],
    );
  });

  it("fails the calls under way with the connection, and makes it anew for the next", async () => {
    await using relay = await Relay.to(manager.port);
    await using proxy = await connect<Calc>(`msl://localhost:${relay.port}/Calc`, { msl: PLAIN });
    const heard: unknown[] = [];
    onNotification(proxy, (args) => heard.push(args));
    const call = proxy.wait(5);
    relay.reset();
    await expect(call).rejects.toMatchObject({ code: "ERR_CONNECTION_LOST", retry: "unknown" });
    expect(await proxy.power(6)).toBe(36);
    await proxy.emit("again");
    await expect.poll(() => heard).toEqual([["again"]]);
  });

  it("fails calls of a service that has gone, and only those", async () => {
    const gone = await manager.service({ name: "Gone" });
    await using client = await connectManager(manager.url, PLAIN);
    const proxy = await client.link<Calc>("Gone", { waitMs: 15_000 });
    const calcProxy = await client.link<Calc>("Calc");
    expect(await shutdownService(proxy, 1, kwargs({ now: true }))).toEqual([
      "bye",
      [1],
      { now: true },
    ]);
    await gone.exit();
    const waiting = calcProxy.wait(0.2, "still here");
    await expect(proxy.power(2)).rejects.toMatchObject({ code: "ERR_UNKNOWN_SERVICE" });
    expect(await waiting).toBe("still here");
  });

  it("refuses what the wire has no word for, and names the place", async () => {
    await using proxy = await calc();
    await expect(proxy.echo([1, { f: () => 1 }])).rejects.toMatchObject({
      code: "ERR_NOT_SERIALIZABLE",
      message: expect.stringContaining("args[0][1].f"),
    });
    expect(await proxy.power(2)).toBe(4);
  });
});

function withoutClients(text: string): string {
  return text.replace(/^Clients [\s\S]*?(?=^Services)/m, "");
}
