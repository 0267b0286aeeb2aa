import { expect, it } from "vitest";
import { simpleTicker } from "../../examples/models/simple-ticker.ts";
import { connect, Daemon, expose, type Remote, release } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { allowList, everyone } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";
import { exampleModel, keepingLogger, shop } from "./example.ts";
import { control, ORIGINAL, view } from "./original.ts";

describeWithPython("a model with the Python programs of the original", () => {
  checkLeaks();

  it("holds the dialogue of the original word for word", async () => {
    await using served = exampleModel({ policy: everyone, logger: keepingLogger() });
    await using at = await shop("remoteServer", served);
    await using viewer = await view(at.env);
    const said = await control(
      at.env,
      `print(rm.query())\nprint(rm.doModify({'name': 'newname', 'value': 99}))\nprint(rm.query())`,
    );
    expect(said.split("\n").slice(0, 3)).toEqual([
      "{'name': 'xxx', 'value': 0}",
      "None",
      "{'name': 'newname', 'value': 99}",
    ]);
    await viewer.nextLine(/^Model values now/);
    expect(viewer.lines.slice(1)).toEqual([
      "Received a refresh notification from the server",
      "Model values now: {'name': 'newname', 'value': 99}",
    ]);
  });

  it("goes on without a viewer that was killed, and says why", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({ policy: everyone, logger });
    await using at = await shop("remoteServer", served);
    await using first = await view(at.env);
    await using second = await view(at.env);
    expect(served.listViewers()).toHaveLength(2);
    first.kill("SIGKILL");
    await first.exited;
    await control(at.env, "rm.doModify({'name': 'newname', 'value': 99})");
    await second.nextLine(/^Model values now: \{'name': 'newname', 'value': 99\}$/);
    await expect
      .poll(() => served.listViewers().map(({ viewer }) => viewer))
      .toEqual([second.ready?.[1]]);
    expect(logger.lines.filter(({ message }) => message === "viewer-removed")).toEqual([
      expect.objectContaining({
        viewer: first.ready?.[1],
        reason: expect.stringContaining("cannot be reached any more"),
      }),
    ]);
  });

  it("notices that a viewer was killed which it has refreshed before, without a change", async () => {
    await using served = exampleModel({ policy: everyone, logger: SILENT });
    await using at = await shop("remoteServer", served);
    await using viewer = await view(at.env);
    await control(at.env, "rm.doModify({'value': 1})");
    expect(await served.delivered()).toMatchObject({ told: 1 });
    viewer.kill("SIGKILL");
    await expect.poll(() => served.listViewers()).toEqual([]);
    expect(served.version).toBe(1);
  });

  it("forgets a controller that was killed", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({ logger });
    await using at = await shop("remoteServer", served);
    await using controller = await spawnPython(
      `
      import time
      import Pyro4
      rm = Pyro4.Proxy("PYRONAME:remoteServer")
      print(rm.addController("rosalind"), flush=True)
      time.sleep(1000)
      `,
      [],
      { env: at.env, ready: /^rosalind$/ },
    );
    expect(served.validateController("rosalind")).toBe(true);
    controller.kill("SIGKILL");
    await expect.poll(() => served.listControllers()).toEqual([]);
    expect(logger.lines.at(-1)).toMatchObject({
      message: "controller-removed",
      who: { identity: "rosalind" },
      reason: "its connection was closed",
    });
  });

  it("removes one that hangs in its refresh, which costs the others nothing", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({
      policy: everyone,
      logger,
      viewers: { refreshMs: 3000, retryMs: 100 },
    });
    await using at = await shop("remoteServer", served);
    await using hanging = await view(at.env, "hang");
    await using viewer = await view(at.env);
    await control(at.env, "rm.doModify({'value': 1})");
    await viewer.nextLine(/'value': 1/);
    // The other one was told while this one is still waited for.
    expect(served.listViewers()).toHaveLength(2);
    await control(at.env, "rm.doModify({'value': 2})");
    await viewer.nextLine(/'value': 2/);
    expect(await served.delivered()).toEqual({ version: 2, told: 1, lost: 1 });
    expect(served.listViewers()).toHaveLength(1);
    expect(logger.lines.find(({ message }) => message === "viewer-removed")).toMatchObject({
      viewer: hanging.ready?.[1],
      reason: "it did not answer within 3000 ms, twice",
    });
  });

  it("removes one that has no refresh to call, and says what it must do", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({ policy: everyone, logger });
    await using at = await shop("remoteServer", served);
    await using mute = await spawnPython(
      `
      import Pyro4

      class Mute:
          @Pyro4.expose
          def name(self):
              return "mute"

          def refresh(self):
              print("never", flush=True)

      daemon = Pyro4.Daemon()
      viewer = daemon.register(Mute())
      with Pyro4.Proxy("PYRONAME:remoteServer") as server:
          server.addViewer(Pyro4.Proxy(viewer))
      print("viewing", viewer, flush=True)
      daemon.requestLoop()
      `,
      [],
      { env: { ...at.env, PYRO_REQUIRE_EXPOSE: "True" }, ready: /^viewing (\S+)/ },
    );
    await control(at.env, "rm.doModify({'value': 1})");
    await expect.poll(() => served.listViewers()).toEqual([]);
    expect(logger.lines.find(({ message }) => message === "refresh-failed")).toMatchObject({
      viewer: mute.ready?.[1],
      error: "AttributeError: attempt to access unexposed attribute 'refresh'",
    });
    expect(logger.lines.find(({ message }) => message === "viewer-removed")).toMatchObject({
      reason: expect.stringContaining('the viewer must expose "refresh"'),
    });
  });

  it("removes one whose refresh raises each time", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({ policy: everyone, logger, viewers: { maxFailures: 2 } });
    await using at = await shop("remoteServer", served);
    await using failing = await view(at.env, "fail");
    await control(at.env, "rm.doModify({'value': 1})");
    await served.delivered();
    expect(served.listViewers()).toMatchObject([{ viewer: failing.ready?.[1], failures: 1 }]);
    await control(at.env, "rm.doModify({'value': 2})");
    await served.delivered();
    expect(served.listViewers()).toEqual([]);
    expect(logger.lines.find(({ message }) => message === "viewer-removed")).toMatchObject({
      reason: expect.stringMatching(/failed 2 times in a row.*no paper in the plotter/),
    });
  });

  it("ticks, and gives Python the triple of the simple ticker", async () => {
    await using served = simpleTicker({ policy: everyone, logger: SILENT, period: 0.2 });
    await using at = await shop("remoteServer", served);
    await using viewer = await view(at.env);
    await using controller = await spawnPython(
      `
      import time
      import Pyro4
      rm = Pyro4.Proxy("PYRONAME:remoteServer")
      print(rm.query(), type(rm.query()).__name__, flush=True)
      rm.play()
      while rm.query()[2] < 3:
          time.sleep(0.01)
      rm.pause()
      print(rm.query(), flush=True)
      `,
      [],
      { env: { ...at.env, PYRO_REQUIRE_EXPOSE: undefined } },
    );
    await controller.nextLine(
      /^\(\{'period': 0\.2, 'playing\?': False, 'tickNo': 0\}, 'Value:', 0\) tuple$/,
    );
    for (const tick of [1, 2, 3]) {
      const text = `Model values now: \\(\\{'period': 0\\.2, 'playing\\?': True, 'tickNo': ${tick}\\}, 'Value:', ${tick}\\)`;
      await viewer.nextLine(new RegExp(`^${text}$`));
    }
    await controller.nextLine(/'playing\?': False, 'tickNo': \d+\}/);
    // Unlike with the original, the viewer sees that it was paused.
    await viewer.nextLine(/'playing\?': False/);
    await controller.exit();
  });

  it("holds R6: query, addController, modify, and refuses who is not registered", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({ logger });
    await using at = await shop("remoteServer", served);
    await using viewer = await view(at.env);
    const said = await control(
      at.env,
      `
print(rm.query())
for attempt in (lambda: rm.modify(name="xxx"), lambda: rm.doModify({"name": "xxx"})):
    try:
        attempt()
    except Pyro4.errors.SecurityError as error:
        print(type(error).__name__, error)
me = rm.addController("rosalind")
print(me, rm.validateController(me), rm.validateController("bob"))
rm.modify(name="xxx")
print(rm.query())
rm.modify(me, value=99)
print(rm.query())
rm.modify(me, {"name": "yyy", "value": 1})
print(rm.query())
try:
    rm.modify("bob", name="zzz")
except Pyro4.errors.SecurityError as error:
    print(type(error).__name__, error)
try:
    rm.doModify({"__class__": "Evil"})
except AttributeError as error:
    print(type(error).__name__, error)
print([(c["event"], c["who"]["identity"], c["operation"], c["version"]) for c in rm.history()][-5:])
print(rm.modify(me, name="end", delivered=True))
`,
    );
    const lines = said.trim().split("\n");
    expect(lines).toEqual([
      "{'name': 'xxx', 'value': 0}",
      expect.stringMatching(
        /^SecurityError 127\.0\.0\.1:\d+ may not modify: .*call addController\(\) first$/,
      ),
      expect.stringMatching(/^SecurityError .* may not doModify: /),
      "rosalind True False",
      "{'name': 'xxx', 'value': 0}",
      "{'name': 'xxx', 'value': 99}",
      "{'name': 'yyy', 'value': 1}",
      expect.stringMatching(/^SecurityError .*not registered as "bob"/),
      expect.stringMatching(/^AttributeError "__class__" cannot be changed; what can: name, value/),
      "[('changed', 'rosalind', 'modify', 1), ('changed', 'rosalind', 'modify', 2), ('changed', 'rosalind', 'modify', 3), " +
        "('refused', 'rosalind', 'modify', 3), ('change-failed', 'rosalind', 'doModify', 3)]",
      "{'version': 4, 'told': 1, 'lost': 0}",
    ]);
    expect(viewer.lines.filter((line) => line.startsWith("Model")).at(-1)).toBe(
      "Model values now: {'name': 'end', 'value': 1}",
    );
    expect(viewer.lines.filter((line) => line.startsWith("Received")).length).toBeLessThanOrEqual(
      4,
    );
    await expect
      .poll(() =>
        logger.lines.map(({ message }) => message).filter((name) => name !== "viewer-added"),
      )
      .toEqual([
        "refused",
        "refused",
        "controller-added",
        "changed",
        "changed",
        "changed",
        "refused",
        "change-failed",
        "changed",
        "controller-removed",
      ]);
  });

  it("lets a Python controller in by its key", async () => {
    const list = allowList([{ key: "rosalind's own long secret", identity: "rosalind" }]);
    await using served = exampleModel({ logger: SILENT, policy: list.policy });
    await using daemon = new Daemon({ logger: SILENT });
    await daemon.listen("pyro://127.0.0.1:0", { hmacKeys: list.hmacKeys });
    const { uri } = daemon.register("model", served);
    const said = await runPython(
      `
      import sys
      import Pyro4
      with Pyro4.Proxy(sys.argv[1]) as rm:
          rm._pyroHmacKey = b"rosalind's own long secret"
          print(rm.addController())
          rm.modify("rosalind", value=7)
      with Pyro4.Proxy(sys.argv[1]) as rm:
          try:
              rm.query()
          except Pyro4.errors.CommunicationError as error:
              print(error)
      `,
      [uri],
    );
    expect(said).toMatch(/^rosalind\n.*hmac/);
    expect(served.history()).toMatchObject([{ who: { identity: "rosalind", proved: true } }]);
  });

  it("refreshes viewers that want a key with its own, and uses none that arrives", async () => {
    await using served = exampleModel({ logger: SILENT, policy: everyone });
    await using daemon = new Daemon({ logger: SILENT, proxies: { hmacKey: "of the viewers" } });
    await daemon.listen("pyro://127.0.0.1:0");
    const { uri } = daemon.register("model", served);
    await using viewer = await spawnPython(
      `
      import sys
      import Pyro4

      @Pyro4.expose
      class Viewer:
          def refresh(self):
              print("refreshed", flush=True)

      daemon = Pyro4.Daemon()
      daemon._pyroHmacKey = b"of the viewers"
      own = daemon.register(Viewer())
      with Pyro4.Proxy(sys.argv[1]) as rm:
          proxy = Pyro4.Proxy(own)
          proxy._pyroHmacKey = b"not to be used"
          rm.addViewer(proxy)
      print("viewing", flush=True)
      daemon.requestLoop()
      `,
      [uri],
      { ready: /^viewing$/ },
    );
    await served.doModify({ value: 1 });
    expect(await served.delivered()).toMatchObject({ told: 1 });
    await viewer.nextLine(/^refreshed$/);
  });

  it("is watched by Pyro5, with @expose, by refresh and as a stream", async () => {
    await using served = exampleModel({ logger: SILENT, policy: everyone });
    await using at = await shop("remoteServer", served);
    await using viewer = await spawnPython(
      `
      import sys
      import threading
      import Pyro5.api

      class Viewer:
          @Pyro5.api.expose
          def refresh(self):
              with Pyro5.api.Proxy(sys.argv[1]) as model:
                  print("refreshed:", model.query(), flush=True)

      daemon = Pyro5.api.Daemon()
      daemon.register(viewer := Viewer())
      with Pyro5.api.Proxy(sys.argv[1]) as model:
          model.addViewer(viewer)
          threading.Thread(target=daemon.requestLoop, daemon=True).start()
          print("viewing", flush=True)
          for snapshot in model.watch():
              print("streamed:", snapshot["version"], snapshot["state"], flush=True)
              if snapshot["version"] >= 2:
                  break
          model.removeViewer(viewer)
          print("viewers:", model.listViewers(), flush=True)
      `,
      [at.uri],
      { ready: /^viewing$/ },
    );
    await viewer.nextLine(/^streamed: 0 \{'name': 'xxx', 'value': 0\}$/);
    await served.doModify({ value: 1 });
    await served.delivered();
    expect(viewer.lines).toContain("refreshed: {'name': 'xxx', 'value': 1}");
    await served.doModify({ value: 2 });
    await viewer.nextLine(/^streamed: 2 \{'name': 'xxx', 'value': 2\}$/);
    await viewer.nextLine(/^viewers: \[\]$/);
  });

  it("takes a viewer by marshal, too, and one by the text of its URI", async () => {
    await using served = exampleModel({ logger: SILENT, policy: everyone });
    await using at = await shop("remoteServer", served);
    const said = await control(
      at.env,
      `
rm._pyroSerializer = "marshal"
rm.addViewer(Pyro4.Proxy("PYRO:viewer@localhost:1"))
rm.addViewer("PYRO:viewer@localhost:1")
print(len(rm.listViewers()))
`,
    );
    expect(said).toBe("1\n");
  });
});

describeWithPython("a viewer in TypeScript of a Python model", () => {
  checkLeaks();

  it("is refreshed, and queries the model meanwhile", async () => {
    await using at = await shop("nothing", expose({ x: 1 }, { x: true }));
    await using server = await spawnPython(ORIGINAL, ["serve", "remoteServer"], {
      env: at.env,
      ready: /^serving (PYRO:\S+)/,
    });
    interface PythonModel {
      query(): Record<string, unknown>;
      doModify(values: Record<string, unknown>): void;
      addViewer(viewer: object): void;
    }
    const uri = `${server.ready?.[1]}`;
    const model: Remote<PythonModel> = await connect<PythonModel>(uri);
    const controller = await connect<PythonModel>(uri);
    const seen: unknown[] = [];
    const viewer = expose(
      { refresh: async () => void seen.push(await model.query()) },
      { refresh: true },
    );
    await model.addViewer(viewer);
    await controller.doModify({ name: "newname", value: 99 });
    expect(seen).toEqual([{ name: "newname", value: 99 }]);
    await release(controller);
    await release(model);
  });
});
