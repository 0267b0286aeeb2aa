import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Source } from "../../../src/console/live/source.ts";
import {
  added,
  isShown,
  type Layout,
  MAX_SOURCES,
  moved,
  readLayout,
  removed,
} from "../../../src/console/plots/layout.ts";

const source = (member: string): Source => ({ object: "o", kind: "attribute", member });
const [A, B, C] = [source("a"), source("b"), source("c")];
const members = (layout: Layout) =>
  layout.map(({ sources }) => sources.map((one) => (one.kind === "model" ? "" : one.member)));

describe("a layout of plots", () => {
  it("grows by sources: in a plot, or in a new one; none twice in a plot", () => {
    let layout = added(added([], A), B, 1);
    expect(added(layout, A, 1)).toBe(layout);
    layout = added(layout, A);
    expect(members(layout)).toEqual([["a", "b"], ["a"]]);
    expect(new Set(layout.map(({ id }) => id)).size).toBe(2);
    expect([isShown(layout, B), isShown(layout, C)]).toEqual([true, false]);
  });

  it("begins another plot when one is full", () => {
    let layout: Layout = added([], A);
    for (let i = 0; i < MAX_SOURCES; i++) layout = added(layout, source(`m${i}`), 1);
    expect(layout.map(({ sources }) => sources.length)).toEqual([MAX_SOURCES, 1]);
  });

  it("has no plots of nothing", () => {
    const layout = added(added([], A), B);
    expect(members(removed(layout, A, 1))).toEqual([["b"]]);
    expect(members(moved(layout, A, 1, 2))).toEqual([["b", "a"]]);
    expect(members(moved(added(layout, C, 2), C, 2))).toEqual([["a"], ["b"], ["c"]]);
    expect(moved(layout, A, 1, 1)).toBe(layout);
    expect(removed(layout, A, 9)).toBe(layout);
  });

  it("is kept as a text, of which nothing is believed", () => {
    const layout = added(added([], { object: "s", kind: "model", path: ["x"] }), A, 1);
    expect(readLayout(JSON.stringify(layout))).toEqual(layout);
    expect(readLayout(null)).toEqual([]);
    expect(readLayout("{")).toEqual([]);
    const bad = [{ sources: [A, { object: "o", kind: "attribute" }, 5] }, null, { sources: [{}] }];
    expect(members(readLayout(JSON.stringify(bad)))).toEqual([["a"]]);
    fc.assert(fc.property(fc.json(), (text) => void readLayout(text)));
  });
});
