import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Daemon } from "../../src/daemon.ts";
import { SILENT } from "../../src/log.ts";
import { AutoCleaner } from "../../src/names/auto-clean.ts";
import { NameServer } from "../../src/names/name-server.ts";
import { formatLocation, type Location, parseUri } from "../../src/pyro/uri.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";

/** A cleaner with a clock in our hands, for which the locations in `down` are unreachable. */
function scene(uris: Record<string, string>) {
  const names = new NameServer();
  names.registerSelf(parseUri("PYRO:Pyro.NameServer@down:1"));
  for (const [name, uri] of Object.entries(uris)) names.register(name, uri);
  const probed: string[] = [];
  const state = { nowMs: 0, down: ["down:1"], probed };
  const probe = async (location: Location) => {
    probed.push(formatLocation(location));
    return !state.down.includes(formatLocation(location));
  };
  const cleaner = new AutoCleaner(names, { intervalMs: 3000, probe, now: () => state.nowMs });
  return { names, cleaner, state };
}

describe("auto-clean (spec, section 12.3)", () => {
  it("removes what has been unreachable for 20 seconds in a row", async () => {
    const { cleaner, state, names } = scene({ gone: "PYRO:o@down:1", there: "PYRO:o@up:1" });
    expect(await cleaner.clean()).toEqual([]);
    state.nowMs = 19_999;
    expect(await cleaner.clean()).toEqual([]);
    state.nowMs = 20_000;
    expect(await cleaner.clean()).toEqual(["gone"]);
    expect(Object.keys(await names.list())).toEqual(["Pyro.NameServer", "there"]);
  });

  it("begins to count anew when it was reachable, or was registered elsewhere, in between", async () => {
    const { cleaner, state, names } = scene({ a: "PYRO:o@down:1", b: "PYRO:o@down:1" });
    await cleaner.clean();
    state.nowMs = 15_000;
    names.register("b", "PYRO:other@down:1");
    state.down = [];
    await cleaner.clean();
    state.down = ["down:1"];
    state.nowMs = 20_000;
    expect(await cleaner.clean()).toEqual([]);
    state.nowMs = 40_000;
    expect(await cleaner.clean()).toEqual(["a", "b"]);
  });

  it("keeps names that lead to another name server, its own entry, and what cannot be read", async () => {
    const { cleaner, state, names } = scene({
      "Pyro.Daemon": "PYRO:o@down:1",
      byName: "PYRONAME:n@down:1",
      byTag: "PYROMETA:t",
      nowhere: "PYRO:o@:5",
    });
    state.nowMs = 1;
    await cleaner.clean();
    expect(state.probed).toEqual([":5"]);
    expect(names.count()).toBe(5);
  });

  it("tries each location once, however many names lead there", async () => {
    const uris = Array.from({ length: 100 }, (_, i) => [`n${i}`, `PYRO:o${i}@h:${i % 2}`]);
    const { cleaner, state } = scene(Object.fromEntries(uris));
    await cleaner.clean();
    expect(state.probed).toEqual(["h:0", "h:1"]);
  });

  it("removes what its daemon does not know, and asks for all of a daemon's objects at once", async () => {
    const names = new NameServer();
    for (const id of ["a", "b", "c"]) names.register(id, `PYRO:${id}@h:1`);
    let asked = 0;
    const probe = async () => {
      asked++;
      return new Set(["a", "c"]);
    };
    const cleaner = new AutoCleaner(names, { intervalMs: 3000, unreachableMs: 0, probe });
    expect(await cleaner.clean()).toEqual(["b"]);
    expect(asked).toBe(1);
    expect(names.statistics()).toMatchObject({ autoCleaned: 1, names: 2 });
  });

  it("does not remove a name that is registered anew while it is probed", async () => {
    const names = new NameServer();
    names.register("a", "PYRO:o@down:1");
    const probe = async () => {
      names.register("a", "PYRO:o@up:1");
      return false;
    };
    const cleaner = new AutoCleaner(names, { intervalMs: 3000, unreachableMs: 0, probe });
    expect(await cleaner.clean()).toEqual([]);
    expect(names.count()).toBe(1);
  });

  it.each([2999, 0, Number.NaN])("cannot run every %d ms", (intervalMs) => {
    expect(() => new AutoCleaner(new NameServer(), { intervalMs })).toThrow(
      expect.objectContaining({
        code: "ERR_BAD_OPTION",
        message: expect.stringMatching(/^NS_AUTOCLEAN cannot be smaller than 3/),
      }),
    );
  });

  it("runs again and again until it is closed, also after a round that failed", async () => {
    vi.useFakeTimers();
    try {
      const names = new NameServer();
      const snapshot = vi.spyOn(names, "snapshot");
      snapshot.mockRejectedValueOnce(new Error("disk is gone"));
      const errors: unknown[] = [];
      const cleaner = new AutoCleaner(names, { intervalMs: 3000, onError: (e) => errors.push(e) });
      cleaner.start();
      cleaner.start();
      await vi.advanceTimersByTimeAsync(9001);
      expect(snapshot).toHaveBeenCalledTimes(3);
      expect(errors).toEqual([new Error("disk is gone")]);
      await cleaner.close();
      await vi.advanceTimersByTimeAsync(9001);
      expect(snapshot).toHaveBeenCalledTimes(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it("asks daemons, of any kind that listens, and leaves those that do not tell alone", async () => {
    const names = new NameServer();
    await using open = new Daemon({ logger: SILENT });
    const { address } = await open.listen("pyro://localhost:0");
    open.register("here", { ping() {} }, { expose: /ping/ });
    await using closed = new Daemon({ logger: SILENT });
    await closed.listen("pyro://localhost:0", { hmacKeys: ["secret"] });
    closed.register("kept", { ping() {} }, { expose: /ping/ });
    names.register("here", `PYRO:here@${address}`);
    names.register("gone", `PYRO:gone@${address}`);
    names.register("guarded", closed.uriFor("kept"));
    names.register("guarded, gone", closed.uriFor("kept").replace("kept", "other"));
    const cleaner = new AutoCleaner(names, { intervalMs: 3000, unreachableMs: 0 });
    expect(await cleaner.clean()).toEqual(["gone"]);
  });

  describeWithPython.each([
    [5, "import Pyro5.api as pyro"],
    [4, "import Pyro4 as pyro"],
  ])("asks daemons of Pyro%i", (_, imports) => {
    it("what they have", async () => {
      const code = `${imports}
@pyro.expose
class Thing(object):
    def ping(self):
        pass
daemon = pyro.Daemon()
print(daemon.register(Thing(), "thing"))
daemon.requestLoop()
`;
      await using python = await spawnPython(code, [], { ready: /^PYRO:.*$/ });
      const names = new NameServer();
      names.register("thing", `${python.ready}`);
      names.register("other", `${python.ready}`.replace("thing", "other"));
      const cleaner = new AutoCleaner(names, { intervalMs: 3000, unreachableMs: 0 });
      expect(await cleaner.clean()).toEqual(["other"]);
      python.kill("SIGKILL");
      await python.exited;
      expect(await cleaner.clean()).toEqual(["thing"]);
    });
  });

  it("connects to TCP and unix sockets, and takes whatever fails for unreachable", async () => {
    const directory = mkdtempSync(join(tmpdir(), "bunsen-clean-"));
    const path = join(directory, "s");
    const [tcp, unix] = await Promise.all([listen(0), listen(path)]);
    const { port } = tcp.address() as AddressInfo;
    const names = new NameServer();
    names.register("tcp", `PYRO:o@localhost:${port}`);
    names.register("unix", `PYRO:o@./u:${path}`);
    names.register("no file", `PYRO:o@./u:${path}2`);
    names.register("refused", "PYRO:o@127.0.0.1:1");
    names.register("impossible port", "PYRO:o@127.0.0.1:99999");
    const cleaner = new AutoCleaner(names, { intervalMs: 3000, unreachableMs: 0 });
    expect(await cleaner.clean()).toEqual(["impossible port", "no file", "refused"]);
    await Promise.all([tcp, unix].map((server) => server[Symbol.asyncDispose]()));
    rmSync(directory, { recursive: true });
  });
});

function listen(where: number | string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.listen(where, () => resolve(server));
  });
}
