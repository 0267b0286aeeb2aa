import { expect, it } from "vitest";
import { everyone } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";
import { exampleModel, keepingLogger, type Shop, shop } from "./example.ts";

const ORIGINAL = new URL("peers/remote_model.py", import.meta.url);

const view = (env: Shop["env"], role = "view"): Promise<PythonPeer> =>
  spawnPython(ORIGINAL, [role, "remoteServer"], { env, ready: /^viewing (PYRO:\S+)/ });

/** An interactive Python as controller, with Pyro4's default settings. */
const control = (env: Shop["env"], code: string) =>
  runPython(`import Pyro4\nrm = Pyro4.Proxy("PYRONAME:remoteServer")\n${code}`, [], {
    env: { ...env, PYRO_REQUIRE_EXPOSE: undefined } as never,
  });

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
    await second.nextLine(/^Model values now: \{'name': 'newname', 'value': 99\}$/, 1000);
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

  it("removes one that hangs in its refresh, which costs the others nothing", async () => {
    const logger = keepingLogger();
    await using served = exampleModel({
      policy: everyone,
      logger,
      viewers: { refreshMs: 1000, retryMs: 100 },
    });
    await using at = await shop("remoteServer", served);
    await using hanging = await view(at.env, "hang");
    await using viewer = await view(at.env);
    await control(at.env, "rm.doModify({'value': 1})");
    await viewer.nextLine(/'value': 1/, 1000);
    expect(served.listViewers()).toHaveLength(2);
    await control(at.env, "rm.doModify({'value': 2})");
    await viewer.nextLine(/'value': 2/, 1000);
    expect(await served.delivered()).toEqual({ version: 2, told: 1, lost: 1 });
    expect(served.listViewers()).toHaveLength(1);
    expect(logger.lines.find(({ message }) => message === "viewer-removed")).toMatchObject({
      viewer: hanging.ready?.[1],
      reason: "it did not answer within 1000 ms, twice",
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
});
