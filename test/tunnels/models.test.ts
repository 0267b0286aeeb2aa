import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, Daemon, expose, type Remote } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { everyone } from "../../src/models/index.ts";
import { openTunnel } from "../../src/tunnels/index.ts";
import {
  type ExampleModel,
  type ExampleState,
  exampleModel,
  keepingLogger,
} from "../models/example.ts";
import { checkLeaks } from "../support/leaks.ts";
import { itWithPython, spawnPython } from "../support/python.ts";
import { Relay } from "../support/relay.ts";
import { countSshProcesses, describeWithSshd, Sshd } from "../support/sshd.ts";

// Here and there are one machine in these tests; who goes which way shows in the addresses, and in what sshd counts.

/** The server of the Python original, which waits for each viewer in turn. */
interface PythonModel {
  query(): ExampleState;
  doModify(values: Partial<ExampleState>): void;
  addViewer(viewer: object): void;
}

describeWithSshd("a model by way of a tunnel", () => {
  checkLeaks();
  const processes = countSshProcesses();
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await Sshd.start();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  /** A model there, with what it logs. */
  const modelThere = async () => {
    const logger = keepingLogger();
    const served = exampleModel({ policy: everyone, logger });
    const daemon = new Daemon({ logger: SILENT });
    await daemon.listen("pyro://localhost:0");
    const { uri } = daemon.register("model", served);
    return {
      served,
      logger,
      uri,
      async [Symbol.asyncDispose]() {
        await served.close();
        await daemon.close();
      },
    };
  };
  const endOf = ({ logger }: { readonly logger: ReturnType<typeof keepingLogger> }) =>
    logger.lines.find(({ message }) => message === "viewer-removed");

  it("is watched: what it is, then each change, also those made from here", async () => {
    await using there = await modelThere();
    await using model = await connect<ExampleModel>(there.uri, { via: sshd.host });
    expect(processes()).toBeGreaterThan(0);
    const values: number[] = [];
    for await (const { version, state } of model.watch()) {
      expect(state.value).toBe(version);
      values.push(state.value);
      if (values.length === 1) await there.served.doModify({ value: 1 });
      if (values.length === 2) await model.doModify({ value: 2 });
      if (values.length === 3) break;
    }
    expect(values).toEqual([0, 1, 2]);
    expect(there.served.history().map(({ who }) => who.dialect)).toEqual(["local", "pyro5"]);
  });

  it("refreshes a function here, by the connection that is there", async () => {
    await using there = await modelThere();
    {
      await using model = await connect<ExampleModel>(there.uri, { via: sshd.host });
      const seen: ExampleState[] = [];
      // It asks for the state inside, as viewers do.
      await model.addViewer(async () => void seen.push(await model.query()));
      await there.served.doModify({ value: 1 });
      expect(await there.served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
      expect(seen).toEqual([{ name: "xxx", value: 1 }]);
    }
    // Gone with its connection.
    await expect.poll(() => there.served.listViewers(), WAIT).toEqual([]);
    await expect.poll(processes, WAIT).toBe(0);
  });

  it("refreshes an object of a daemon here, which listens there", async () => {
    await using there = await modelThere();
    await using tunnel = await openTunnel(sshd.host, { logger: SILENT });
    await using here = new Daemon({ logger: SILENT });
    const place = await here.listen("pyro://localhost:0", { via: tunnel });
    let refreshed = 0;
    const viewer = expose({ refresh: () => void refreshed++ }, { refresh: true });
    here.register("viewer", viewer);
    await using model = await connect<ExampleModel>(there.uri, { via: tunnel });
    // As it is called there: by the port there that leads here.
    await model.addViewer(viewer);
    expect(there.served.listViewers()).toMatchObject([{ viewer: `PYRO:viewer@${place.address}` }]);
    const delivery = await model.doModify({ value: 1 }, { delivered: true });
    expect(delivery).toEqual({ version: 1, told: 1, lost: 0 });
    expect(refreshed).toBe(1);
  });

  it("loses a viewer whose tunnel broke, at nobody's cost; who watched is told", async () => {
    await using there = await modelThere();
    await using relay = await Relay.to(sshd.port);
    await using tunnel = await openTunnel({ ...sshd.host, port: relay.port }, { logger: SILENT });
    await using model = await connect<ExampleModel>(there.uri, { via: tunnel });
    await model.addViewer(() => {});
    const watched = model.watch()[Symbol.asyncIterator]();
    expect(await watched.next()).toMatchObject({ value: { version: 0 } });
    const next = watched.next();
    relay.reset();
    await expect(next).rejects.toMatchObject({ retry: expect.any(String) });
    await expect.poll(() => endOf(there), WAIT).toMatchObject({ reason: expect.any(String) });
    await there.served.doModify({ value: 1 });
    expect(await there.served.delivered()).toEqual({ version: 1, told: 0, lost: 0 });
    // The tunnel is opened again by itself, and the next one who watches sees what happened meanwhile.
    const again = async () => {
      for await (const { state } of model.watch()) return state.value;
      return undefined;
    };
    await expect.poll(() => again().catch(String), WAIT).toBe(1);
  });

  it("knows a controller by the connection that comes out of the tunnel, and forgets it with the tunnel", async () => {
    const served = exampleModel({ logger: SILENT });
    await using daemon = new Daemon({ logger: SILENT });
    await daemon.listen("pyro://localhost:0");
    const { uri } = daemon.register("model", served);
    const tunnel = await openTunnel(sshd.host, { logger: SILENT });
    await using controller = await connect<ExampleModel>(uri, { via: tunnel });
    await expect(controller.doModify({ value: 1 })).rejects.toMatchObject({
      code: "ERR_CHANGE_REFUSED",
    });
    expect(await controller.addController("rosalind")).toBe("rosalind");
    await controller.doModify({ value: 2 });
    expect(served.history(0).at(-1)).toMatchObject({ who: { identity: "rosalind" } });
    await tunnel.close();
    await expect.poll(() => served.listControllers(), WAIT).toEqual([]);
    await served.close();
  });

  itWithPython("of Python there refreshes a viewer here, which queries it meanwhile", async () => {
    await using server = await spawnPython(PYTHON_MODEL, [], { ready: /^serving (PYRO:\S+)/ });
    const uri = `${server.ready?.[1]}`;
    await using model: Remote<PythonModel> & AsyncDisposable = await connect<PythonModel>(uri, {
      via: sshd.host,
    });
    const seen: unknown[] = [];
    const refresh = async () => void seen.push(await model.query());
    await model.addViewer(expose({ refresh }, { refresh: true }));
    await using controller = await connect<PythonModel>(uri, { via: sshd.host });
    await controller.doModify({ name: "newname", value: 99 });
    expect(seen).toEqual([{ name: "newname", value: 99 }]);
  });

  itWithPython(
    "here refreshes a viewer in Python there, and misses it when it is killed",
    async () => {
      const logger = keepingLogger();
      await using served = exampleModel({ policy: everyone, logger });
      await using here = new Daemon({ logger: SILENT });
      here.register("model", served);
      const place = await here.listen("pyro://localhost:0", { via: sshd.host });
      await using viewer = await spawnPython(PYTHON_VIEWER, [`PYRO:model@${place.address}`], {
        ready: /^viewing (PYRO:\S+)/,
      });
      const before = processes();
      await served.doModify({ value: 1 });
      expect(await served.delivered()).toEqual({ version: 1, told: 1, lost: 0 });
      await viewer.nextLine(/^refreshed: \{'name': 'xxx', 'value': 1\}$/);
      // It went back by the tunnel that the daemon has.
      expect(processes()).toBe(before);
      viewer.kill("SIGKILL");
      await expect.poll(() => served.listViewers(), WAIT).toEqual([]);
      expect(endOf({ logger })).toMatchObject({ viewer: viewer.ready?.[1] });
      await served.doModify({ value: 2 });
    },
  );
});

const WAIT = { timeout: 30_000 };

const PYTHON_MODEL = `
  import Pyro4
  @Pyro4.expose
  class Model:
      def __init__(self):
          self.viewers, self.state = [], {"name": "xxx", "value": 0}
      def addViewer(self, viewer):
          self.viewers.append(viewer)
      def doModify(self, values):
          self.state.update(values)
          for viewer in self.viewers:
              viewer.refresh()
      def query(self):
          return self.state
  daemon = Pyro4.Daemon()
  print("serving", daemon.register(Model()), flush=True)
  daemon.requestLoop()
`;

const PYTHON_VIEWER = `
  import sys
  import Pyro4
  @Pyro4.expose
  class Viewer:
      def refresh(self):
          print("refreshed:", model.query(), flush=True)
  model = Pyro4.Proxy(sys.argv[1])
  daemon = Pyro4.Daemon()
  viewer = Viewer()
  uri = daemon.register(viewer)
  model.addViewer(viewer)
  print("viewing", uri, flush=True)
  daemon.requestLoop()
`;
