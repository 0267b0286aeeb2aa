import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Items } from "../../src/console/object/items.ts";
import { type AnyRemote, Run, type RunState } from "../../src/console/object/run.ts";
import type { Act } from "../../src/console/snippets/act.ts";
import { connect, Daemon, expose, release, SILENT } from "../../src/index.ts";
import { PlainLab } from "../gateway/plain-lab.ts";

/** A busy machine takes its time. */
const SOON = { timeout: 20_000 };

class Lab extends PlainLab {
  made = 0;
  async *numbers(): AsyncGenerator<number> {
    for (;;) {
      this.made += 1;
      yield this.made;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  async *breaks(): AsyncGenerator<number> {
    yield 1;
    throw new RangeError("broken");
  }
}
expose(Lab, { numbers: true, breaks: true });

const lab = new Lab();
const daemon = new Daemon({ logger: SILENT });
let proxy: AnyRemote;
beforeAll(async () => {
  daemon.register("lab", lab);
  const { url } = await daemon.listen("http://localhost:0");
  proxy = (await connect(`${url.replace("http", "ws")}/lab`)) as AnyRemote;
});
afterAll(async () => {
  await release(proxy);
  await daemon.close();
});

const act = (member: string, args: readonly unknown[] = [], kind: Act["kind"] = "call"): Act => ({
  kind,
  member,
  args,
  kwargs: {},
});

/** The names of the states that a run goes through. */
function watched(run: Run): RunState["name"][] {
  const names: RunState["name"][] = [];
  run.state.subscribe(({ name }) => {
    if (names.at(-1) !== name) names.push(name);
  });
  return names;
}

const itemsOf = (run: Run) => {
  const { value } = run.state;
  return "items" in value ? value.items : undefined;
};

describe("an act", () => {
  it("calls, reads and sets", async () => {
    const run = new Run();
    const names = watched(run);
    expect(await run.start(proxy, act("add", [1, 2]))).toMatchObject({ name: "done", value: 3 });
    await run.start(proxy, act("setpoint", [42], "set"));
    expect(lab.setpoint).toBe(42);
    expect(await run.start(proxy, act("setpoint", [], "get"))).toMatchObject({ value: 42 });
    const named = { ...act("add", [1]), kwargs: { b: 5 } };
    expect(await run.start(proxy, named)).toMatchObject({ value: 6 });
    expect(names).toEqual(Array(4).fill(["running", "done"]).flat());
  });

  it("fails as the object does", async () => {
    const run = new Run();
    const state = await run.start(proxy, act("fail"));
    expect(state).toMatchObject({ name: "failed", error: { message: /on purpose/ } });
  });

  it("is given up, and late", async () => {
    const run = new Run();
    const before = lab.left;
    const running = run.start(proxy, act("wait"));
    expect(run.isUnderWay).toBe(true);
    run.stop();
    expect(run.state.value.name).toBe("stopped");
    expect((await running).name).toBe("stopped");
    await expect.poll(() => lab.left, SOON).toBe(before + 1);
    expect(await run.start(proxy, act("wait"), 20)).toMatchObject({
      name: "failed",
      error: { code: "ERR_TIMEOUT" },
    });
  });

  it("that is begun anew takes the place of the other", async () => {
    const run = new Run();
    const first = run.start(proxy, act("wait"));
    expect(await run.start(proxy, act("add", [1, 1]))).toMatchObject({ value: 2 });
    expect((await first).name).toBe("stopped");
  });
});

describe("a stream", () => {
  it("is taken to its end", async () => {
    const run = new Run();
    const names = watched(run);
    const state = await run.start(proxy, act("count", [5], "stream"));
    expect(state).toMatchObject({
      name: "ended",
      items: { count: 5, last: [0, 1, 2, 3, 4], numbers: [0, 1, 2, 3, 4], rows: undefined },
    });
    expect(names).toEqual(["running", "streaming", "ended"]);
  });

  it("pauses, goes on, and stops", async () => {
    const run = new Run();
    const running = run.start(proxy, act("numbers", [], "stream"));
    await expect.poll(() => itemsOf(run)?.count, SOON).toBeGreaterThan(3);
    run.pause();
    expect(run.state.value).toMatchObject({ name: "streaming", paused: true });
    // Another item may have been on its way to the screen.
    for (let i = 0; i < 50; i++) await proxy["setpoint"];
    const paused = itemsOf(run)?.count ?? 0;
    for (let i = 0; i < 50; i++) await proxy["setpoint"];
    expect((itemsOf(run)?.count ?? 0) - paused).toBeLessThanOrEqual(1);
    run.resume();
    const count = itemsOf(run)?.count ?? 0;
    await expect.poll(() => itemsOf(run)?.count, SOON).toBeGreaterThan(count);
    run.pause();
    run.stop();
    expect(await running).toMatchObject({ name: "stopped", items: { last: expect.any(Array) } });
  });

  it("keeps what came before it failed", async () => {
    const state = await new Run().start(proxy, act("breaks", [], "stream"));
    expect(state).toMatchObject({ name: "failed", items: { count: 1, last: [1] } });
  });
});

describe("the items of a stream", () => {
  it("are counted, and the last of them kept", () => {
    const items = new Items();
    for (let i = 0; i < 10_000; i++) items.add(i);
    const { count, last, numbers, rows } = items.view();
    expect(count).toBe(10_000);
    expect(last.length).toBeLessThan(200);
    expect(last.at(-1)).toBe(9_999);
    expect(numbers?.length).toBeLessThan(4_000);
    expect(numbers?.at(-1)).toBe(9_999);
    expect(rows).toBeUndefined();
  });

  it("are rows while all are of one length", () => {
    const items = new Items();
    items.add([1, 2]);
    items.add(Float32Array.of(3, 4));
    expect(items.view().rows?.map((row) => [...(row as number[])])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    items.add([1, 2, 3]);
    items.add([1, 2]);
    expect(items.view()).toMatchObject({ rows: undefined, numbers: undefined, count: 4 });
  });
});
