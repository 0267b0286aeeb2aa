import { expect, it } from "vitest";
import { SILENT } from "../../src/log.ts";
import { everyone, type ModelOptions } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { exampleModel, keepingLogger, shop } from "./example.ts";
import { control, view } from "./original.ts";

const WAIT = { timeout: 25_000 };

const open = (options: ModelOptions = {}) =>
  exampleModel({ policy: everyone, logger: SILENT, ...options });

describeWithPython("viewers in Python", () => {
  checkLeaks();

  it.each([
    ["Pyro4", "Pyro4.expose", "PYRO:"],
    ["Pyro5.api", "Pyro5.api.expose", "PYRO:"],
  ])(
    "of %s that are never told anything are asked whether they are there",
    async (pyro, expose) => {
      await using served = open({ viewers: { pingMs: 50 } });
      await using at = await shop("remoteServer", served);
      await using viewer = await spawnPython(
        `
      import sys
      import ${pyro}

      class Viewer:
          @${expose}
          def refresh(self):
              print("refreshed", flush=True)

      daemon = ${pyro}.Daemon()
      print("viewing", daemon.register(viewer := Viewer()), flush=True)
      with ${pyro}.Proxy(sys.argv[1]) as model:
          print(model.addViewer(viewer), flush=True)
      daemon.requestLoop()
      `,
        [at.uri],
        { ready: /^viewing (PYRO:\S+)/ },
      );
      await viewer.nextLine(/^None$/);
      // Several questions later it is there as it was, and was told nothing.
      const started = Date.now();
      await expect.poll(() => Date.now() - started, WAIT).toBeGreaterThan(400);
      expect(served.listViewers()).toMatchObject([{ viewer: viewer.ready?.[1], failures: 0 }]);
      expect(viewer.stdout).not.toContain("refreshed");
      viewer.kill("SIGKILL");
      await expect.poll(() => served.listViewers(), WAIT).toEqual([]);
      expect(served.version).toBe(0);
    },
  );

  it("that stand still as a whole are given up, and cost nobody anything", async () => {
    const logger = keepingLogger();
    await using served = open({ logger, viewers: { refreshMs: 3000, retryMs: 50 } });
    await using at = await shop("remoteServer", served);
    await using standing = await view(at.env);
    await using viewer = await view(at.env);
    standing.kill("SIGSTOP");
    try {
      await control(at.env, "rm.doModify({'value': 1})");
      await viewer.nextLine(/'value': 1/);
      expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 1 });
      expect(served.listViewers()).toMatchObject([{ viewer: viewer.ready?.[1] }]);
    } finally {
      standing.kill("SIGKILL");
    }
    expect(logger.lines.find(({ message }) => message === "viewer-removed")).toMatchObject({
      viewer: standing.ready?.[1],
      reason: "it did not answer within 3000 ms, twice",
    });
  });

  it("of which two are killed at once leave the third as it was", async () => {
    await using served = open();
    await using at = await shop("remoteServer", served);
    await using first = await view(at.env);
    await using second = await view(at.env);
    await using third = await view(at.env);
    await control(at.env, "rm.doModify({'value': 1})");
    expect(await served.delivered()).toMatchObject({ told: 3 });
    for (const viewer of [first, second]) viewer.kill("SIGKILL");
    await control(at.env, "rm.doModify({'value': 2})");
    await third.nextLine(/'value': 2/);
    await expect
      .poll(() => served.listViewers().map(({ viewer }) => viewer), WAIT)
      .toEqual([third.ready?.[1]]);
  });

  it("whose refresh is one-way are told, and nobody waits for them", async () => {
    await using served = open();
    await using at = await shop("remoteServer", served);
    await using viewer = await spawnPython(
      `
      import sys, time
      import Pyro4

      @Pyro4.expose
      class Viewer:
          @Pyro4.oneway
          def refresh(self):
              with Pyro4.Proxy(sys.argv[1]) as model:
                  print("refreshed:", model.query(), flush=True)
              time.sleep(1000)

      daemon = Pyro4.Daemon()
      daemon.register(viewer := Viewer())
      with Pyro4.Proxy(sys.argv[1]) as model:
          model.addViewer(viewer)
      print("viewing", flush=True)
      daemon.requestLoop()
      `,
      [at.uri],
      { ready: /^viewing$/ },
    );
    await served.doModify({ value: 1 });
    expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
    await viewer.nextLine(/^refreshed: \{'name': 'xxx', 'value': 1\}$/);
  });

  it("are given and taken off as a proxy, a URI, or its text; it is one viewer", async () => {
    await using served = open();
    await using at = await shop("remoteServer", served);
    const said = await control(
      at.env,
      `
ways = [Pyro4.Proxy("PYRO:viewer@localhost:1"), Pyro4.URI("PYRO:viewer@localhost:1"), "PYRO:viewer@localhost:1"]
print([rm.addViewer(way) for way in ways], [viewer["viewer"] for viewer in rm.listViewers()])
for way in ways:
    rm.removeViewer(way)
    print(rm.listViewers(), end=" ")
    rm.addViewer("PYRO:viewer@localhost:1")
print()
`,
    );
    expect(said).toBe("[None, None, None] ['PYRO:viewer@localhost:1']\n[] [] [] \n");
  });
});
