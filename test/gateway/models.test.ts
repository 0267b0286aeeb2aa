import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/browser/index.ts";
import { Daemon, release, SILENT } from "../../src/index.ts";
import { type ExampleModel, type ExampleState, exampleModel } from "../models/example.ts";
import { checkLeaks } from "../support/leaks.ts";

const WAIT = { timeout: 25_000 };

checkLeaks();

describe("a model, to a page", () => {
  let daemon: Daemon;
  let served: ExampleModel;
  let url: string;
  beforeEach(async () => {
    daemon = new Daemon({ logger: SILENT });
    served = exampleModel({ logger: SILENT });
    daemon.register("model", served);
    ({ url } = await daemon.listen("http://127.0.0.1:0"));
  });
  afterEach(async () => {
    await served.close();
    await daemon.close();
  });
  const page = () => connect<ExampleModel>(`${url.replace("http", "ws")}/model`);

  it("is changed by who registered on the same connection, refreshes its functions, and forgets both", async () => {
    const viewer = await page();
    const controller = await page();
    const seen: ExampleState[] = [];
    await viewer.addViewer(async () => void seen.push(await viewer.query()));
    await expect(controller.doModify({ value: 1 })).rejects.toThrow("call addController() first");
    expect(await controller.addController("page")).toBe("page");
    expect(await controller.doModify({ value: 1 }, { delivered: true })).toEqual({
      version: 1,
      told: 1,
      lost: 0,
    });
    expect(seen).toEqual([{ name: "xxx", value: 1 }]);
    await release(viewer);
    await release(controller);
    await expect
      .poll(() => [...served.listViewers(), ...served.listControllers()], WAIT)
      .toEqual([]);
  });

  it("is watched", async () => {
    const viewer = await page();
    const versions: number[] = [];
    for await (const { version, state } of viewer.watch()) {
      versions.push(version);
      if (state.value === 2) break;
      await served.doModify({ value: version + 1 });
    }
    expect(versions).toEqual([0, 1, 2]);
    await release(viewer);
  });

  it("is read by plain HTTP, and changed by nobody there: no connection of theirs lasts", async () => {
    expect(await (await fetch(`${url}/pyro/model/query`)).json()).toEqual({
      name: "xxx",
      value: 0,
    });
    const post = async (member: string, body: object) => {
      const headers = { "Content-Type": "application/json" };
      const options = { method: "POST", headers, body: JSON.stringify(body) };
      return await fetch(`${url}/pyro/model/${member}`, options);
    };
    await post("addController", { args: ["curl"] });
    await expect.poll(() => served.listControllers(), WAIT).toEqual([]);
    const refused = await post("doModify", { args: [{ value: 1 }] });
    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({ __class__: "Pyro5.errors.SecurityError" });
    expect(served.state.value).toBe(0);
  });
});
