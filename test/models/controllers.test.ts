import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ConnectOptions,
  connect,
  Daemon,
  kwargs,
  type ListenOptions,
  type Remote,
  release,
  SecurityError,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { allowList, lease, type ModelOptions, registered } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type ExampleModel, exampleModel, keepingLogger } from "./example.ts";

checkLeaks();

let daemon: Daemon;
let proxies: Remote<ExampleModel>[];
beforeEach(() => {
  daemon = new Daemon({ logger: SILENT });
  proxies = [];
});
afterEach(async () => {
  await Promise.all(proxies.map(release));
  await daemon.close();
});

async function serve(options: ModelOptions, listen: ListenOptions = {}): Promise<ExampleModel> {
  await daemon.listen("pyro://127.0.0.1:0", listen);
  const served = exampleModel({ logger: SILENT, ...options });
  daemon.register("model", served);
  return served;
}

async function caller(options: ConnectOptions = {}): Promise<Remote<ExampleModel>> {
  const proxy = await connect<ExampleModel>(daemon.uriFor("model"), options);
  proxies.push(proxy);
  return proxy;
}

const refused = (code: string, words: string) =>
  expect.objectContaining({
    constructor: SecurityError,
    code,
    message: expect.stringContaining(words),
  });

describe("without being told otherwise", () => {
  it("changes nothing for who is not registered, and tells nobody", async () => {
    const logger = keepingLogger();
    const served = await serve({ logger });
    const viewer = await caller();
    let refreshed = 0;
    await viewer.addViewer(() => void refreshed++);
    const bob = await caller();
    await expect(bob.doModify({ value: 1 })).rejects.toEqual(
      refused("ERR_CHANGE_REFUSED", "call addController() first"),
    );
    expect(await bob.query()).toEqual({ name: "xxx", value: 0 });

    expect(await bob.addController("bob")).toBe("bob");
    expect(await bob.doModify({ value: 1 }, { delivered: true })).toEqual({
      version: 1,
      told: 1,
      lost: 0,
    });
    expect(refreshed).toBe(1);
    expect(
      served.history().map(({ event, who, version }) => [event, who.identity, version]),
    ).toEqual([
      ["refused", expect.stringMatching(/^127\.0\.0\.1:\d+$/), 0],
      ["changed", "bob", 1],
    ]);
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ["info", "viewer-added"],
      ["warn", "refused"],
      ["info", "controller-added"],
      ["info", "changed"],
    ]);
  });

  it("holds the sequence of the original's to-do list, with a viewer that shows what it sees", async () => {
    const logger = keepingLogger();
    await serve({ logger });
    const [viewer, controller] = [await caller(), await caller()];
    const shown: string[] = [];
    await viewer.addViewer(async () => void shown.push(JSON.stringify(await viewer.query())));
    const told = kwargs({ delivered: true });
    expect(await controller.query()).toEqual({ name: "xxx", value: 0 });
    const me = await controller.addController();
    await controller.modify(me, { name: "xxx" }, told);
    expect(await controller.query()).toEqual({ name: "xxx", value: 0 });
    await controller.modify(me, { value: 99 }, told);
    expect(await controller.query()).toEqual({ name: "xxx", value: 99 });
    await controller.modify(me, { name: "yyy", value: 1 }, told);
    expect(await controller.query()).toEqual({ name: "yyy", value: 1 });
    expect(shown).toEqual([
      '{"name":"xxx","value":0}',
      '{"name":"xxx","value":99}',
      '{"name":"yyy","value":1}',
    ]);
    const change = (version: number, values: object) => ({
      level: "info",
      message: "changed",
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      version,
      who: { identity: me, proved: false, role: "controller", dialect: "pyro5", address: me },
      operation: "modify",
      args: [me, values],
      result: null,
    });
    expect(logger.lines).toEqual([
      expect.objectContaining({ message: "viewer-added" }),
      expect.objectContaining({ message: "controller-added", at: expect.any(String) }),
      change(1, { name: "xxx" }),
      change(2, { value: 99 }),
      change(3, { name: "yyy", value: 1 }),
    ]);
  });

  it("makes an identity of the address where none is given", async () => {
    const served = await serve({});
    const bob = await caller();
    const identity = await bob.addController();
    expect(identity).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await bob.validateController(identity)).toBe(true);
    expect(await bob.validateController("bob")).toBe(false);
    expect(await bob.listControllers()).toEqual([
      {
        identity,
        proved: false,
        role: "controller",
        dialect: "pyro5",
        address: identity,
        since: expect.stringMatching(/Z$/),
      },
    ]);
    expect(served.listControllers()).toHaveLength(1);
  });

  it("forgets a controller that takes itself off, or whose connection ends", async () => {
    const logger = keepingLogger();
    const served = await serve({ logger });
    const bob = await caller();
    await bob.addController("bob");
    await expect(bob.removeController("ann")).rejects.toEqual(
      refused("ERR_CONTROLLER_MISMATCH", "not registered as"),
    );
    await bob.removeController();
    await bob.removeController();
    await expect(bob.doModify({ value: 1 })).rejects.toThrow("not registered");
    await bob.addController("bob");
    await release(bob);
    await expect.poll(() => served.listControllers()).toEqual([]);
    expect(
      logger.lines
        .filter(({ message }) => message === "controller-removed")
        .map(({ reason }) => reason),
    ).toEqual(["removed itself", "its connection was closed"]);
  });

  it("lets a name be of one connection only, and never that of the model itself", async () => {
    await serve({});
    const [bob, other] = [await caller(), await caller()];
    await bob.addController("bob");
    await expect(other.addController("bob")).rejects.toEqual(
      refused("ERR_IDENTITY_TAKEN", 'registered as "bob"'),
    );
    await expect(other.addController("model")).rejects.toEqual(
      refused("ERR_IDENTITY_TAKEN", "model"),
    );
    expect(await bob.addController("bob")).toBe("bob");
    expect(await bob.addController("robert")).toBe("robert");
    expect(await other.addController("bob")).toBe("bob");
    expect((await bob.listControllers()).map(({ identity }) => identity)).toEqual([
      "robert",
      "bob",
    ]);
  });

  it("goes by the connection, and not by the name in the arguments", async () => {
    const served = await serve({});
    const [ann, bob] = [await caller(), await caller()];
    await ann.addController("ann");
    await bob.addController("bob");
    await bob.modify("bob", { value: 1 });
    await bob.modify("bob", kwargs({ name: "yyy" }));
    await bob.modify(kwargs({ value: 2 }));
    await bob.modify(null, { name: "zzz" }, kwargs({ value: 3 }));
    await expect(bob.modify("ann", { value: 4 })).rejects.toEqual(
      refused("ERR_CONTROLLER_MISMATCH", 'call addController("ann") on this connection first'),
    );
    expect(served.state).toEqual({ name: "zzz", value: 3 });
    expect(served.history().map(({ event, args }) => [event, args])).toEqual([
      ["changed", ["bob", { value: 1 }]],
      ["changed", ["bob", { name: "yyy" }]],
      ["changed", [null, { value: 2 }]],
      ["changed", [null, { name: "zzz", value: 3 }]],
      ["refused", ["ann", { value: 4 }]],
    ]);
  });

  it("has room for so many controllers", async () => {
    await serve({ maxControllers: 1 });
    const [ann, bob] = [await caller(), await caller()];
    await ann.addController();
    await expect(bob.addController()).rejects.toMatchObject({ code: "ERR_MODEL_FULL" });
  });
});

describe("an allow list of keys", () => {
  const keys = [
    { key: "rosalind's own long secret", identity: "rosalind" },
    { key: "a secret for the display", identity: "display", roles: [] },
    { key: "niels's own long secret", identity: "niels", roles: ["controller", "owner"] },
  ];
  const list = allowList(keys);
  const secret = (index: number) => ({ hmacKey: keys[index]?.key ?? "" });

  it("takes identity and role of a connection from the key that signed it", async () => {
    const served = await serve({ policy: list.policy }, { hmacKeys: list.hmacKeys });
    const rosalind = await caller(secret(0));
    await expect(rosalind.doModify({ value: 1 })).rejects.toThrow("not registered");
    expect(await rosalind.addController()).toBe("rosalind");
    await rosalind.doModify({ value: 1 });
    await expect(rosalind.addController("niels")).rejects.toEqual(
      refused("ERR_CONTROLLER_MISMATCH", "it is rosalind"),
    );
    await expect(rosalind.addController(null, "owner")).rejects.toThrow(
      'the role "owner" is not one of this key',
    );
    const niels = await caller(secret(2));
    expect(await niels.addController("niels", "owner")).toBe("niels");
    await niels.doModify({ value: 2 });
    expect(served.history().every(({ who }) => who.proved)).toBe(true);
    expect(
      served
        .history()
        .map(({ event, operation, who }) => [event, operation, who.identity, who.role]),
    ).toEqual([
      ["refused", "doModify", "rosalind", undefined],
      ["changed", "doModify", "rosalind", "controller"],
      ["refused", "addController", "rosalind", "controller"],
      ["refused", "addController", "rosalind", "controller"],
      ["changed", "doModify", "niels", "owner"],
    ]);
  });

  it("lets one without a role look, and nobody without a key in", async () => {
    await serve({ policy: list.policy }, { hmacKeys: list.hmacKeys });
    const display = await caller(secret(1));
    expect(await display.query()).toEqual({ name: "xxx", value: 0 });
    await expect(display.addController()).rejects.toThrow(
      'the role "controller" is not one of this key',
    );
    await expect(display.doModify({ value: 1 })).rejects.toThrow("not registered");
    await expect(caller()).rejects.toMatchObject({ code: "ERR_HMAC_ASYMMETRIC" });
    await expect(caller({ hmacKey: "a guess" })).rejects.toMatchObject({
      code: "ERR_HMAC_MISMATCH",
    });
  });

  it("works with one listener for viewers, which is open, and one for controllers", async () => {
    const served = await serve({ policy: list.policy });
    const keyed = await daemon.listen("pyro://127.0.0.1:0", { hmacKeys: list.hmacKeys });
    const open = await caller();
    expect(await open.query()).toEqual({ name: "xxx", value: 0 });
    // The name is free, but nothing proves it.
    await expect(open.addController("rosalind")).rejects.toThrow("no key on the allow list");
    const rosalind = await connect<ExampleModel>(`PYRO:model@${keyed.address}`, secret(0));
    proxies.push(rosalind);
    await rosalind.addController();
    await rosalind.doModify({ value: 1 });
    expect(served.version).toBe(1);
  });
});

describe("a lease", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  async function registeredCallers(...names: string[]): Promise<Remote<ExampleModel>[]> {
    const all: Remote<ExampleModel>[] = [];
    for (const name of names) {
      const one = await caller();
      await one.addController(name);
      all.push(one);
    }
    return all;
  }
  const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);
  type Callers = [Remote<ExampleModel>, Remote<ExampleModel>, Remote<ExampleModel>];

  it("is of whoever changes first, until its time is over and another one has asked", async () => {
    await serve({ policy: lease({ ms: 1000 }) });
    const [ann, bob, eve] = (await registeredCallers("ann", "bob", "eve")) as Callers;
    await ann.doModify({ value: 1 });
    wait(900);
    await ann.doModify({ value: 2 }); // nobody asked: a second more
    wait(900);
    await expect(bob.doModify({ value: 3 })).rejects.toThrow(
      /ann has control until .*Z; then it is yours/,
    );
    await expect(eve.doModify({ value: 3 })).rejects.toThrow(/ann has control until .*Z$/);
    await ann.doModify({ value: 4 }); // bob asked: no second more
    wait(200);
    await expect(eve.doModify({ value: 5 })).rejects.toThrow("bob asked for control before");
    await bob.doModify({ value: 5 });
    await expect(ann.doModify({ value: 6 })).rejects.toThrow("bob has control");
  });

  it("is free when its time is over, and who asked does not come", async () => {
    await serve({ policy: lease({ ms: 1000 }) });
    const [ann, bob, eve] = (await registeredCallers("ann", "bob", "eve")) as Callers;
    await ann.doModify({ value: 1 });
    await expect(bob.doModify({ value: 2 })).rejects.toThrow("then it is yours");
    wait(2000);
    await eve.doModify({ value: 2 });
  });

  it("ends with the registration of who has it, or its connection", async () => {
    const served = await serve({ policy: [registered, lease({ ms: 1000 })] });
    const [ann, bob, eve] = (await registeredCallers("ann", "bob", "eve")) as Callers;
    await ann.doModify({ value: 1 });
    await ann.removeController();
    await bob.doModify({ value: 2 });
    await release(bob);
    await expect.poll(() => served.listControllers()).toHaveLength(1);
    await eve.doModify({ value: 3 });
  });
});

it("a policy of one's own sees who asks for what, and what is no clear yes is a no", async () => {
  const asked: unknown[] = [];
  const served = await serve({
    policy: async (asker, operation, args) => {
      asked.push([asker.dialect, asker.registered, operation, args]);
      if (operation === "addController") return true;
      return (args[0] as { value?: number }).value === 1 || (undefined as never);
    },
  });
  const bob = await caller();
  await bob.addController("bob", "owner");
  await bob.doModify({ value: 1 });
  await expect(bob.doModify({ value: 2 })).rejects.toThrow("bob may not doModify: refused");
  expect(asked).toEqual([
    ["pyro5", false, "addController", ["bob", "owner"]],
    ["pyro5", true, "doModify", [{ value: 1 }]],
    ["pyro5", true, "doModify", [{ value: 2 }]],
  ]);
  expect(served.version).toBe(1);
});
