import { describe, expect, it } from "vitest";
import { LAB_ID, type LabEvent, type LabNode } from "../../src/gateway/lab/nodes.ts";
import { connect, Daemon, type ListenOptions, SILENT, startNameServer } from "../../src/index.ts";
import { StockManager } from "../msl/stock.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { PlainLab } from "./plain-lab.ts";

checkLeaks();

interface Lab {
  tree(): LabEvent;
  watch(): AsyncIterable<LabEvent>;
}

/** For whatever has to be noticed: a look every few seconds, on a machine that is busy. */
const NOTICED = { timeout: 40_000, interval: 50 } as const;

const PEER = new URL("peers/lab.py", import.meta.url);

async function serve(gateway: ListenOptions["gateway"] = {}) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("own", new PlainLab());
  const { url } = await daemon.listen("http://127.0.0.1:0", { gateway });
  const ws = url.replace("http", "ws");
  return { daemon, url, ws, [Symbol.asyncDispose]: () => daemon.close() };
}

/** Follows the lab as the console does, until it is disposed of. */
async function follow(ws: string) {
  const lab = await connect<Lab>(`${ws}/${LAB_ID}`);
  const nodes = new Map<string, LabNode>();
  const events: LabEvent[] = [];
  const following = (async () => {
    for await (const event of lab.watch()) {
      events.push(event);
      if (event.kind === "snapshot") nodes.clear();
      if (event.kind === "changes") for (const id of event.gone) nodes.delete(id);
      if (event.kind !== "pulse") {
        for (const node of event.kind === "snapshot" ? event.nodes : event.put)
          nodes.set(node.id, node);
      }
    }
  })().catch(() => {});
  const named = (name: string) => [...nodes.values()].find((node) => node.name === name);
  return {
    nodes,
    events,
    named,
    reachOf: (name: string) => named(name)?.reach.name,
    async [Symbol.asyncDispose]() {
      await lab[Symbol.asyncDispose]();
      await following;
    },
  };
}

describe("the lab of a gateway", () => {
  it("begins with what is there, then tells what comes and goes", async () => {
    await using served = await serve();
    await using lab = await follow(served.ws);
    await expect
      .poll(() => lab.named("own"), NOTICED)
      .toMatchObject({
        parent: "gateway",
        kind: "object",
        dialect: "Bunsen",
        address: null,
        reach: { name: "answers" },
      });
    served.daemon.register("second", new PlainLab());
    await expect.poll(() => lab.reachOf("second"), NOTICED).toBe("answers");
    served.daemon.unregister("second");
    await expect.poll(() => lab.named("second"), NOTICED).toBeUndefined();
  });

  it("says something though nothing happens", async () => {
    await using served = await serve();
    await using lab = await follow(served.ws);
    await expect.poll(() => lab.events.map(({ kind }) => kind), NOTICED).toContain("pulse");
  });

  it("is told by HTTP, too", async () => {
    await using served = await serve();
    const tree = (await (await fetch(`${served.url}/pyro/${LAB_ID}/tree`)).json()) as LabEvent;
    expect(tree).toMatchObject({ kind: "snapshot", expose: null });
  });

  it("has forgotten what went while nobody looked", async () => {
    await using served = await serve();
    served.daemon.register("passing", new PlainLab());
    const tree = async () => await (await fetch(`${served.url}/pyro/${LAB_ID}/tree`)).text();
    expect(await tree()).toContain('"passing"');
    served.daemon.unregister("passing");
    expect(await tree()).not.toContain('"passing"');
  });

  it("is for those who have the key", async () => {
    await using served = await serve({ keys: ["k"] });
    expect((await fetch(`${served.url}/pyro/${LAB_ID}/tree`)).status).toBe(403);
    await expect(connect(`${served.ws}/${LAB_ID}`)).rejects.toThrow("key");
  });

  it("is in no list, and the name is not looked up elsewhere", async () => {
    await using served = await serve();
    expect(await (await fetch(`${served.url}/pyro/`)).text()).not.toContain(LAB_ID);
    expect(await (await fetch(`${served.url}/openapi.json`)).text()).not.toContain(LAB_ID);
  });

  it("is not there without the console", async () => {
    await using served = await serve({ console: false });
    expect((await fetch(`${served.url}/pyro/${LAB_ID}/tree`)).status).not.toBe(200);
    expect(await (await fetch(served.url)).text()).toContain("/pyro/own/$meta");
  });

  it("shows own objects within the pattern alone", async () => {
    await using served = await serve({ expose: "second" });
    served.daemon.register("second", new PlainLab());
    await using lab = await follow(served.ws);
    await expect.poll(() => lab.named("second"), NOTICED).toBeDefined();
    expect(lab.named("own")).toBeUndefined();
  });

  it("says where an adopted object lives, and that it is gone", async () => {
    await using served = await serve();
    const elsewhere = new Daemon({ logger: SILENT });
    elsewhere.register("far", new PlainLab());
    const { published } = await elsewhere.listen("pyro://127.0.0.1:0");
    const uri = elsewhere.uriFor("far");
    await using proxy = await connect(uri);
    served.daemon.register("adopted", proxy);
    await using lab = await follow(served.ws);
    await expect
      .poll(() => lab.named("adopted"), NOTICED)
      .toMatchObject({ dialect: "Bunsen", address: published, uri, reach: { name: "answers" } });
    // What lives in the gateway has an address of its own only where it is called by Pyro, too.
    expect(lab.named("own")).toMatchObject({ uri: null, address: null });
    const place = await served.daemon.listen("pyro://localhost:0");
    served.daemon.register("another", new PlainLab());
    await expect
      .poll(() => lab.named("another"), NOTICED)
      .toMatchObject({ uri: served.daemon.uriFor("another"), address: place.published });
    await elsewhere.close();
    await expect
      .poll(() => lab.named("adopted")?.reach, NOTICED)
      .toMatchObject({ name: "silent", answered: true });
  });

  it("counts names that are not exposed, and does not tell them", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const port = location.kind === "tcp" ? location.port : 0;
    await using other = new Daemon({ logger: SILENT });
    other.register("secret", new PlainLab());
    other.register("shown", new PlainLab());
    await other.listen("pyro://127.0.0.1:0");
    await other.announce("secret", "secret", { host: "127.0.0.1", port });
    await other.announce("shown", "http.shown", { host: "127.0.0.1", port });
    await using served = await serve({ nameServer: { host: "127.0.0.1", port } });
    await using lab = await follow(served.ws);
    await expect.poll(() => lab.reachOf("http.shown"), NOTICED).toBe("answers");
    expect(lab.named("Name server")).toMatchObject({ hidden: 1, dialect: "Bunsen" });
    const tree = await fetch(`${served.url}/pyro/${LAB_ID}/tree`);
    expect(await tree.json()).toMatchObject({
      nodes: expect.arrayContaining([
        expect.objectContaining({
          name: "http.shown",
          reach: { name: "answers", since: expect.any(Number) },
        }),
      ]),
    });
    // What is called by that name is the gateway's own from now on: it is shown once.
    served.daemon.register("http.shown", new PlainLab());
    await expect.poll(() => lab.nodes.has("own/http.shown"), NOTICED).toBe(true);
    await expect.poll(() => lab.nodes.has("names/http.shown"), NOTICED).toBe(false);
    served.daemon.unregister("http.shown");
    await expect.poll(() => lab.nodes.has("names/http.shown"), NOTICED).toBe(true);
    expect(JSON.stringify(lab.events)).not.toContain("secret");
    await other.close();
    // Its names are taken back with it.
    await expect.poll(() => lab.named("http.shown"), NOTICED).toBeUndefined();
  });
});

describeWithPython.each(["Pyro5", "Pyro4"] as const)("the lab of a gateway, with %s", (pyro) => {
  it("tells of names, daemons, and which of them answer; and when one is killed", async () => {
    await using names = await spawnPython(PEER, [pyro, "ns", "0"], { ready: /^ready (\d+)/ });
    const port = Number(names.ready?.[1]);
    await using lasers = await spawnPython(PEER, [pyro, "daemon", `${port}`, "lab.a", "lab.b"], {
      ready: /^ready (\S+)/,
    });
    const address = lasers.ready?.[1];
    await using served = await serve({
      nameServer: { host: "127.0.0.1", port },
      expose: "lab\\.",
    });
    await using lab = await follow(served.ws);
    await expect
      .poll(() => lab.named("lab.a"), NOTICED)
      .toMatchObject({
        parent: `daemon/${address}`,
        dialect: pyro,
        address,
        uri: expect.stringMatching(/^PYRO:obj_\w+@/),
        metadata: ["laser"],
        reach: { name: "answers" },
      });
    expect(lab.nodes.get(`daemon/${address}`)).toMatchObject({
      parent: "names",
      kind: "daemon",
      dialect: pyro,
      reach: { name: "answers" },
    });
    expect(lab.named("Name server")).toMatchObject({
      dialect: pyro,
      address: `127.0.0.1:${port}`,
      reach: { name: "answers" },
    });
    // A name that its daemon does not know any more is told as what it is.
    await expect
      .poll(() => lab.named("lab.ghost")?.reach, NOTICED)
      .toMatchObject({
        name: "silent",
        reason: `${address} answers, and has no object "nobody"`,
      });
    lasers.kill("SIGKILL");
    await expect
      .poll(() => lab.named("lab.b")?.reach, NOTICED)
      .toMatchObject({
        name: "silent",
        answered: true,
        reason: expect.stringContaining(`${address}`),
      });
    expect(lab.reachOf("Name server")).toBe("answers");
    names.kill("SIGKILL");
    await expect.poll(() => lab.reachOf("Name server"), NOTICED).toBe("silent");
    expect(lab.named("lab.a")).toBeDefined();
  });
});

describeWithPython("the lab of a gateway, with a manager of MSL-Network", () => {
  it("tells of its services, which are called by their names; and when it is gone", async () => {
    await using manager = await StockManager.start();
    await using served = await serve({
      managers: [{ url: manager.url, tls: false }],
      expose: "Calc",
    });
    await using lab = await follow(served.ws);
    const address = manager.url.replace("msl://", "");
    await expect
      .poll(() => lab.named("Manager"), NOTICED)
      .toMatchObject({ dialect: "MSL-Network", address, reach: { name: "answers" }, hidden: 0 });
    await using _service = await manager.service();
    await using _other = await manager.service({ name: "Other" });
    await expect
      .poll(() => lab.named("Calc"), NOTICED)
      .toMatchObject({ parent: `manager/${address}`, kind: "object", dialect: "MSL-Network" });
    await expect.poll(() => lab.named("Manager")?.hidden, NOTICED).toBe(1);
    expect(lab.named("Other")).toBeUndefined();

    const power = await fetch(`${served.url}/pyro/Calc/power?a=3`);
    expect(await power.text()).toContain("unsupported operand"); // texts, as HTTP has them
    const body = JSON.stringify({ args: [3], kwargs: { n: 3 } });
    const headers = { "Content-Type": "application/json" };
    const post = { method: "POST", headers, body };
    expect(await (await fetch(`${served.url}/pyro/Calc/power`, post)).json()).toBe(27);
    expect((await fetch(`${served.url}/pyro/Other/power`, post)).status).toBe(403);
    expect(await (await fetch(`${served.url}/pyro/`)).text()).toContain("/pyro/Calc/$meta");
    await using calc = await connect<{ power(a: number, n: number): number }>(`${served.ws}/Calc`);
    expect(await calc.power(2, 5)).toBe(32);

    await manager.stop();
    await expect.poll(() => lab.reachOf("Manager"), NOTICED).toBe("silent");
    await expect
      .poll(() => lab.named("Calc")?.reach, NOTICED)
      .toMatchObject({ name: "silent", answered: true });
  });
});
