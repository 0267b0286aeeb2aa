import { describe, expect, it } from "vitest";
import { Histories, History } from "../../src/console/history.ts";
import type { Act } from "../../src/console/snippets/act.ts";

const act = (member: string, args: readonly unknown[] = []): Act => ({
  kind: "call",
  member,
  args,
  kwargs: {},
});
const members = (history: History) => history.acts.value.map((past) => past.act.member);

describe("the history of an object", () => {
  it("has the newest first, and how each went", () => {
    const history = new History();
    const first = history.begin(act("first"), new Date(5));
    history.begin(act("second"));
    first({ name: "value", summary: "1", ms: 3 });
    expect(members(history)).toEqual(["second", "first"]);
    expect(history.acts.value[1]).toMatchObject({
      at: new Date(5),
      outcome: { name: "value", summary: "1", ms: 3 },
    });
    expect(history.acts.value[0]?.outcome).toEqual({ name: "running" });
  });

  it("keeps fifty", () => {
    const history = new History();
    for (let i = 0; i < 60; i++) history.begin(act(`${i}`));
    expect(members(history)).toHaveLength(50);
    expect(members(history)[0]).toBe("59");
  });

  it("keeps no more than 16 MB of arguments, and the newest in any case", () => {
    const history = new History();
    const megabytes = (count: number) => new Uint8Array(count * 1024 * 1024 - 1024);
    for (let i = 0; i < 4; i++) history.begin(act(`${i}`, [{ data: megabytes(6) }]));
    expect(members(history)).toEqual(["3", "2"]);
    history.begin(act("huge", [megabytes(100)]));
    expect(members(history)).toEqual(["huge"]);
  });

  it("is not troubled by the end of an act that it forgot", () => {
    const history = new History();
    const end = history.begin(act("old"));
    for (let i = 0; i < 50; i++) history.begin(act("new"));
    end({ name: "error", summary: "late", ms: 1 });
    expect(members(history)).not.toContain("old");
  });

  it("tells who watches", () => {
    const history = new History();
    const seen: number[] = [];
    history.acts.subscribe((acts) => seen.push(acts.length));
    const end = history.begin(act("a"));
    history.begin(act("b"));
    end({ name: "stopped", summary: "stopped", ms: 1 });
    history.clear();
    expect(seen).toEqual([1, 2, 2, 1]);
    expect(members(history)).toEqual(["b"]);
  });

  it("is one for each object", () => {
    const histories = new Histories();
    expect(histories.of("a")).toBe(histories.of("a"));
    expect(histories.of("a")).not.toBe(histories.of("b"));
  });
});
