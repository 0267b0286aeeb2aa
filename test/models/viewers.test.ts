import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect, Daemon, expose, type Remote, release } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { everyone, type ModelOptions } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type ExampleModel, exampleModel, keepingLogger } from "./example.ts";

checkLeaks();

let daemon: Daemon;
let served: ExampleModel;
let proxies: object[];
let logger: ReturnType<typeof keepingLogger>;
beforeEach(() => {
  daemon = new Daemon({ logger: SILENT });
  proxies = [];
  logger = keepingLogger();
});
afterEach(async () => {
  await served.close();
  await Promise.all(proxies.map(release));
  await daemon.close();
});

async function serve(options: ModelOptions = {}, host = "127.0.0.1"): Promise<ExampleModel> {
  await daemon.listen(`pyro://${host}:0`);
  served = exampleModel({ policy: everyone, logger, ...options });
  daemon.register("model", served);
  return served;
}

async function caller(): Promise<Remote<ExampleModel>> {
  const proxy = await connect<ExampleModel>(daemon.uriFor("model"));
  proxies.push(proxy);
  return proxy;
}

/** A viewer with a daemon of its own, as Python's are. */
async function ownDaemon(
  refresh: () => unknown,
  { host = "127.0.0.1", natHost }: { host?: string; natHost?: string } = {},
): Promise<{ uri: string; close(): Promise<void> }> {
  const its = new Daemon({ logger: SILENT });
  const listener = await its.listen(`pyro://${host}:0`, natHost === undefined ? {} : { natHost });
  const { uri } = its.register("viewer", expose({ refresh }, { refresh: true }));
  expect(listener.published).toContain(natHost ?? host);
  return { uri, close: () => its.close() };
}

const said = (event: string) => logger.lines.filter(({ message }) => message === event);

describe("watch()", () => {
  it("gives what is there at first, and then what changes", async () => {
    await serve();
    const viewer = await caller();
    const seen: unknown[] = [];
    for await (const { version, state } of viewer.watch()) {
      seen.push([version, state.value]);
      if (version === 2) break;
      await served.doModify({ value: version + 1 });
    }
    expect(seen).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it("gives a slow watcher the newest: versions may be left out, and never go back", async () => {
    await serve();
    const viewer = await caller();
    const states = viewer.watch()[Symbol.asyncIterator]();
    const next = async () => {
      const step = await states.next();
      return step.done ? Number.NaN : step.value.version;
    };
    expect(await next()).toBe(0);
    for (let value = 1; value <= 500; value++) await served.doModify({ value });
    // What was sent before this answer has arrived with it.
    await viewer.query();
    const versions = [await next()];
    while ((versions.at(-1) as number) < 500) versions.push(await next());
    expect(versions.length).toBeLessThan(4);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    await states.return?.();
  });

  it("holds for the model's own program, too, and ends with the model", async () => {
    await serve();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { version } of served.watch()) seen.push(version);
    })();
    await served.doModify({ value: 1 });
    await served.close();
    await watching;
    expect(seen.at(-1)).toBe(1);
  });

  it("ends for remote watchers when the model is closed", async () => {
    await serve();
    const watching = Array.fromAsync((await caller()).watch());
    await expect.poll(() => daemon.held.sessions).toBe(1);
    await served.close();
    expect((await watching).at(-1)?.version).toBe(0);
  });
});

describe("listWatchers()", () => {
  it("tells who watches, since when, and what they have, for as long as they do", async () => {
    await serve();
    const [viewer, other] = [await caller(), await caller()];
    await viewer.addController("rosalind");
    const states = viewer.watch()[Symbol.asyncIterator]();
    await states.next();
    await served.doModify({ value: 1 });
    await states.next();
    const listed = await other.listWatchers();
    expect(listed).toEqual([
      expect.objectContaining({ identity: "rosalind", role: "controller", version: 1 }),
    ]);
    expect(Date.now() - Date.parse(listed[0]?.since ?? "")).toBeLessThan(60_000);
    await states.return?.();
    await expect.poll(() => served.listWatchers()).toEqual([]);
  });

  it("forgets who went without a word, and does not count the model's own program", async () => {
    await serve();
    const viewer = await caller();
    const watching = Array.fromAsync(viewer.watch()).catch(() => {});
    const own = served.watch();
    await expect.poll(() => served.listWatchers()).toHaveLength(1);
    await release(viewer);
    await expect.poll(() => served.listWatchers()).toEqual([]);
    await watching;
    await own.return?.();
  });

  it("forgets watchers when the model is closed", async () => {
    await serve();
    const watching = Array.fromAsync((await caller()).watch());
    await expect.poll(() => served.listWatchers()).toHaveLength(1);
    await served.close();
    await watching;
    expect(served.listWatchers()).toEqual([]);
  });
});

describe("a viewer of a Bunsen peer", () => {
  it("may be a function, and is forgotten with its connection", async () => {
    await serve();
    const viewer = await caller();
    const seen: unknown[] = [];
    const refresh = async () => void seen.push(await viewer.query());
    await viewer.addViewer(refresh);
    await viewer.addViewer(refresh);
    expect(served.listViewers()).toHaveLength(1);
    await served.doModify({ value: 1 });
    expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
    expect(seen).toEqual([{ name: "xxx", value: 1 }]);
    await release(viewer);
    await expect.poll(() => served.listViewers()).toEqual([]);
    expect(said("viewer-removed")).toEqual([
      expect.objectContaining({ reason: expect.stringContaining("cannot be reached any more") }),
    ]);
  });

  it("may be an object with a refresh, and takes itself off", async () => {
    await serve();
    const viewer = await caller();
    const display = expose({ refresh: () => {} }, { refresh: true });
    await viewer.addViewer(display);
    await viewer.removeViewer(display);
    await viewer.removeViewer(display);
    expect(served.listViewers()).toEqual([]);
    expect(said("viewer-removed")).toEqual([
      expect.objectContaining({ reason: "removed on request" }),
    ]);
  });
});

describe("a viewer with a daemon of its own", () => {
  it("is told at its address, given as a proxy or as text, once for the same address", async () => {
    await serve();
    let refreshed = 0;
    const its = await ownDaemon(() => void refreshed++);
    const via = await caller();
    await via.addViewer(its.uri);
    const itself = await connect(its.uri);
    proxies.push(itself);
    await via.addViewer(itself);
    expect(await via.listViewers()).toEqual([
      {
        viewer: its.uri,
        address: expect.stringMatching(/^127\.0\.0\.1:/),
        since: expect.stringMatching(/Z$/),
        lastRefresh: null,
        failures: 0,
      },
    ]);
    expect(refreshed).toBe(0);
    expect(await via.doModify({ value: 1 }, { delivered: true })).toMatchObject({ told: 1 });
    expect(refreshed).toBe(1);
    expect(served.listViewers()[0]?.lastRefresh).toMatch(/Z$/);
    await via.removeViewer(its.uri);
    expect(served.listViewers()).toEqual([]);
    await its.close();
  });

  it("gets one refresh for all that was changed while it was busy with another", async () => {
    await serve();
    const gate = Promise.withResolvers<void>();
    const seen: number[] = [];
    const its = await ownDaemon(async () => {
      seen.push(served.version);
      if (seen.length === 1) await gate.promise;
    });
    served.addViewer(its.uri);
    await served.doModify({ value: 1 });
    await expect.poll(() => seen).toEqual([1]);
    for (let value = 2; value <= 9; value++) await served.doModify({ value });
    gate.resolve();
    expect(await served.delivered()).toEqual({ version: 9, told: 1, lost: 0 });
    expect(seen).toEqual([1, 9]);
    await its.close();
  });

  it("may change the model in its refresh: nothing waits for it", async () => {
    await serve();
    const its = await ownDaemon(async () => {
      if (served.version < 3) await served.doModify({ value: served.version });
    });
    served.addViewer(its.uri);
    await served.doModify({ value: 10 });
    await expect.poll(() => served.version).toBe(3);
    expect(await served.delivered()).toMatchObject({ version: 3, told: 1 });
    await its.close();
  });

  it("is not bound by the time that the one who changed has", async () => {
    await serve();
    const gate = Promise.withResolvers<void>();
    const its = await ownDaemon(() => gate.promise);
    served.addViewer(its.uri);
    const hasty = await connect<ExampleModel>(daemon.uriFor("model"), { timeout: 1000 });
    proxies.push(hasty);
    await hasty.doModify({ value: 1 });
    await release(hasty);
    gate.resolve();
    expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
    expect(said("refresh-failed")).toEqual([]);
    await its.close();
  });

  it("that fails by itself is kept, until it failed so often in a row", async () => {
    await serve({ viewers: { maxFailures: 3 } });
    let broken = true;
    const its = await ownDaemon(() => {
      if (broken) throw new Error("no paper");
    });
    served.addViewer(its.uri);
    const change = async () => {
      await served.doModify({ value: served.version });
      await served.delivered();
      return served.listViewers().map(({ failures }) => failures);
    };
    expect(await change()).toEqual([1]);
    expect(await change()).toEqual([2]);
    broken = false;
    expect(await change()).toEqual([0]);
    broken = true;
    expect(await change()).toEqual([1]);
    expect(await change()).toEqual([2]);
    expect(await change()).toEqual([]);
    expect(said("viewer-removed")[0]?.["reason"]).toMatch(/failed 3 times in a row.*no paper/);
    await its.close();
  });

  it("that is slow once is tried again", async () => {
    await serve({ viewers: { refreshMs: 300, retryMs: 10 } });
    let calls = 0;
    const its = await ownDaemon(() => (++calls === 1 ? sleep(2000) : undefined));
    served.addViewer(its.uri);
    await served.doModify({ value: 1 });
    expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
    expect(calls).toBe(2);
    expect(said("refresh-failed")).toHaveLength(1);
    await its.close();
  });

  it("that died is noticed before anything is changed", async () => {
    await serve({ viewers: { pingMs: 20 } });
    const its = await ownDaemon(() => {});
    served.addViewer(its.uri);
    await its.close();
    await expect.poll(() => served.listViewers()).toEqual([]);
    expect(served.version).toBe(0);
  });

  it("that is alive is left alone by those questions", async () => {
    await serve({ viewers: { pingMs: 10 } });
    let refreshed = 0;
    const its = await ownDaemon(() => void refreshed++);
    served.addViewer(its.uri);
    await expect.poll(() => daemon.held).toBeDefined();
    await sleep(100);
    expect(served.listViewers()).toEqual([expect.objectContaining({ failures: 0 })]);
    expect(refreshed).toBe(0);
    await its.close();
  });
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

it.skipIf(outside === undefined)(
  "a viewer that gives a loopback address, and comes from elsewhere, is tried where it comes from",
  async () => {
    const host = outside as string;
    await serve({}, host);
    let refreshed = 0;
    const its = await ownDaemon(() => void refreshed++, { host, natHost: "localhost" });
    expect(its.uri).toMatch(/@localhost:/);
    await (await caller()).addViewer(its.uri);
    await served.doModify({ value: 1 });
    expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
    expect(refreshed).toBe(1);
    expect(said("viewer-moved")).toEqual([
      expect.objectContaining({ viewer: its.uri, to: its.uri.replace("localhost", host) }),
    ]);
    await its.close();
  },
);

it.each([[{ refresh: "no proxy" }], ["nobody"], [7], [null]])("%j is no viewer", async (given) => {
  await serve();
  expect(() => served.addViewer(given)).toThrow(
    expect.objectContaining({ code: "ERR_BAD_VIEWER" }),
  );
  expect(served.listViewers()).toEqual([]);
});

it("has room for so many viewers", async () => {
  await serve({ viewers: { maxViewers: 1 } });
  served.addViewer("PYRO:a@localhost:1");
  served.addViewer("PYRO:a@localhost:1");
  expect(() => served.addViewer("PYRO:b@localhost:1")).toThrow(
    expect.objectContaining({ code: "ERR_MODEL_FULL" }),
  );
});
