import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LabTree, withEvent } from "../../src/console/lab/tree.ts";
import {
  countsOf,
  markedPieces,
  type Shown,
  type View,
  viewOf,
  wordsOf,
} from "../../src/console/lab/view.ts";
import type { LabEvent, LabNode } from "../../src/gateway/lab/nodes.ts";

const NOW = 1_800_000_000_000;

function node(id: string, parent: string | null, given: Partial<LabNode> = {}): LabNode {
  return {
    id,
    parent,
    kind: "object",
    name: id,
    dialect: "Pyro5",
    address: null,
    uri: null,
    metadata: [],
    reach: { name: "answers", since: NOW },
    since: NOW,
    sinceKind: "seen",
    hidden: 0,
    ...given,
  };
}

const NODES: readonly LabNode[] = [
  node("names", null, { kind: "nameserver", name: "Name server", address: "pi:9090" }),
  node("gateway", null, { kind: "gateway", name: "This gateway", dialect: "Bunsen" }),
  node("daemon/a:1", "names", { kind: "daemon", name: "a:1", address: "a:1" }),
  node("laser10", "daemon/a:1", { address: "a:1", metadata: ["optics"] }),
  node("laser2", "daemon/a:1", { address: "a:1" }),
  node("Camera", "gateway", {
    dialect: "Bunsen",
    reach: { name: "silent", since: NOW, answered: true, reason: "gone" },
  }),
];

const snapshot = (nodes: readonly LabNode[] = NODES): LabEvent => ({
  kind: "snapshot",
  now: NOW,
  nodes,
  expose: null,
});

const lab = (): LabTree => withEvent(undefined, snapshot(), NOW);

const outline = (shown: readonly Shown[]): unknown[] =>
  shown.map(({ node: { id }, children }) => (children.length > 0 ? [id, outline(children)] : [id]));

const ids = ({ top }: View): string[] => outline(top).flat(9) as string[];

describe("the tree", () => {
  it("has the gateway first, and names as people sort them", () => {
    expect(outline(viewOf(lab(), "").top)).toEqual([
      ["gateway", [["Camera"]]],
      ["names", [["daemon/a:1", [["laser2"], ["laser10"]]]]],
    ]);
  });

  it("takes changes in, and stays itself when nothing changes", () => {
    const before = lab();
    const after = withEvent(
      before,
      { kind: "changes", now: NOW, put: [node("laser3", "daemon/a:1")], gone: ["laser2"] },
      NOW,
    );
    expect(ids(viewOf(after, "laser"))).toEqual(["names", "daemon/a:1", "laser3", "laser10"]);
    expect(ids(viewOf(before, "laser"))).toEqual(["names", "daemon/a:1", "laser2", "laser10"]);
    expect(withEvent(after, { kind: "pulse", now: NOW }, NOW)).toBe(after);
  });

  it("begins anew with a snapshot", () => {
    const after = withEvent(lab(), snapshot(NODES.slice(0, 1)), NOW);
    expect([...after.nodes.keys()]).toEqual(["names"]);
  });

  it("knows how far the clocks are apart", () => {
    expect(withEvent(undefined, snapshot(), NOW + 3_000).clockAheadMs).toBe(3_000);
  });

  it("is the same whether it came at once or bit by bit", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...NODES]), (nodes) => {
        const changes = nodes.map(
          (one): LabEvent => ({ kind: "changes", now: NOW, put: [one], gone: [] }),
        );
        const empty = withEvent(undefined, snapshot([]), NOW);
        const step = (tree: LabTree, event: LabEvent) => withEvent(tree, event, NOW);
        const bitByBit = changes.reduce(step, empty);
        const atOnce = withEvent(undefined, snapshot(nodes), NOW);
        expect(ids(viewOf(bitByBit, ""))).toEqual(ids(viewOf(atOnce, "")));
      }),
    );
  });

  it("counts objects and those that do not answer", () => {
    expect(countsOf(lab())).toEqual({ objects: 3, silent: 1 });
  });
});

describe("a search", () => {
  it.each([
    ["laser2", ["names", "daemon/a:1", "laser2"]],
    ["LASER", ["names", "daemon/a:1", "laser2", "laser10"]],
    ["optics pyro5", ["names", "daemon/a:1", "laser10"]],
    ["a:1", ["names", "daemon/a:1", "laser2", "laser10"]],
    ["silent", ["gateway", "Camera"]],
    ["name server", ["names"]],
    ["laser camera", []],
    ["  ", ["gateway", "Camera", "names", "daemon/a:1", "laser2", "laser10"]],
  ])("for %j", (query, found) => {
    expect(ids(viewOf(lab(), query))).toEqual(found);
  });

  it("says how many objects it found, in all and below each", () => {
    const { objects, top } = viewOf(lab(), "laser");
    expect([objects, top[0]?.objects]).toEqual([2, 2]);
  });

  it.each([
    ["lab.laser", "las", ["lab.", "las", "er"]],
    ["lab.laser", "LA", ["", "la", "b.", "la", "ser"]],
    ["a.b", ".", ["a", ".", "b"]],
    ["a(b", "( a", ["", "a", "", "(", "b"]],
    ["abc", "a ab", ["", "ab", "c"]],
    ["abc", "", ["abc"]],
  ])("marks in %j what %j found", (text, query, pieces) => {
    expect(markedPieces(text, wordsOf(query))).toEqual(pieces);
  });

  it("never changes a text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, query) => {
        expect(markedPieces(text, wordsOf(query)).join("")).toBe(text);
      }),
    );
  });
});
