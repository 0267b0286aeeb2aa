import { afterAll, beforeAll, expect, it } from "vitest";
import { History } from "../../src/console/history.ts";
import { Acts } from "../../src/console/object/acts.ts";
import type { AnyRemote } from "../../src/console/object/run.ts";
import type { Act } from "../../src/console/snippets/act.ts";
import { connect, Daemon, expose, ndarray, release, SILENT } from "../../src/index.ts";
import { PlainLab } from "../gateway/plain-lab.ts";

class Lab extends PlainLab {
  raw() {
    return Uint8Array.of(1, 2);
  }
  *rows() {
    yield ndarray([1.5]);
  }
}
expose(Lab, { raw: true, rows: true });

const daemon = new Daemon({ logger: SILENT });
let proxy: AnyRemote;
beforeAll(async () => {
  daemon.register("lab", new Lab());
  const { url } = await daemon.listen("http://localhost:0");
  proxy = (await connect(`${url.replace("http", "ws")}/lab`)) as AnyRemote;
});
afterAll(async () => {
  await release(proxy);
  await daemon.close();
});

const call = (member: string, ...args: unknown[]): Act => ({
  kind: "call",
  member,
  args,
  kwargs: {},
});

it("notes how each act went, in its history", async () => {
  const acts = new Acts(new History());
  await acts.start(proxy, call("add", 1, 2));
  await acts.start(proxy, call("fail"));
  await acts.start(proxy, call("count", 3));
  const waiting = acts.start(proxy, call("wait"));
  acts.stop();
  await waiting;
  const outcomes = acts.history.acts.value.map(({ act, outcome }) => [
    act.member,
    outcome.name,
    "summary" in outcome && outcome.summary,
  ]);
  expect(outcomes).toEqual([
    ["wait", "stopped", "stopped"],
    ["count", "value", "3 items"],
    ["fail", "error", expect.stringContaining("on purpose")],
    ["add", "value", "3"],
  ]);
});

it("knows what a member gave, which makes a difference to other languages", async () => {
  const acts = new Acts(new History());
  expect(acts.known(call("count", 3))).toEqual(call("count", 3));
  await acts.start(proxy, call("count", 3));
  await acts.start(proxy, call("raw"));
  await acts.start(proxy, call("rows"));
  await acts.start(proxy, call("echo", 1));
  expect(acts.known(call("count", 5))).toEqual({ ...call("count", 5), kind: "stream" });
  expect(acts.known(call("raw"))).toEqual({ ...call("raw"), gives: "bytes" });
  expect(acts.known(call("rows"))).toEqual({ ...call("rows"), kind: "stream", gives: "array" });
  expect(acts.known(call("echo", 2))).toEqual(call("echo", 2));
});

it("shows each member's own act", async () => {
  const acts = new Acts(new History());
  await Promise.all([acts.start(proxy, call("add", 1, 2)), acts.start(proxy, call("echo", "x"))]);
  expect(acts.runOf("add").state.value).toMatchObject({ name: "done", value: 3 });
  expect(acts.runOf("echo").state.value).toMatchObject({ name: "done", value: "x" });
});
