import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { MemoryStore } from "../../src/names/memory-store.ts";
import { SqliteStore } from "../../src/names/sqlite-store.ts";
import { CHUNK_SIZE, type NameQuery, type NameStore } from "../../src/names/store.ts";

const directory = mkdtempSync(join(tmpdir(), "bunsen-names-"));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

const stores: [string, () => Promise<NameStore>][] = [
  ["memory", async () => new MemoryStore()],
  ["sqlite", () => SqliteStore.open(join(directory, `${files++}.sql`))],
];

const prefixed = (prefix: string): NameQuery => ({ by: "prefix", prefix });
const found = (store: NameStore, query: NameQuery) =>
  [...store.find(query)].flat().map(({ name }) => name);

describe.each(stores)("the %s store", (kind, open) => {
  let store: NameStore;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  it("gives back what was set", () => {
    store.set("a", "PYRO:o@h:1", ["y", "x", "y"]);
    expect(store.get("a")).toMatchObject({ uri: "PYRO:o@h:1", metadata: new Set(["x", "y"]) });
    expect(store.get("b")).toBeUndefined();
    expect(store.count()).toBe(1);
  });

  it("replaces URI and metadata when a name is set again", () => {
    store.set("a", "PYRO:o@h:1", ["x"]);
    store.set("a", "PYRO:o@h:2", ["y"]);
    expect(store.get("a")).toMatchObject({ uri: "PYRO:o@h:2", metadata: new Set(["y"]) });
    expect(store.count()).toBe(1);
    expect(found(store, { by: "any-tag", tags: new Set(["x"]) })).toEqual([]);
  });

  it("replaces the metadata of a name, if there is one", () => {
    store.set("a", "PYRO:o@h:1", ["x"]);
    expect(store.setMetadata("a", ["y", "z"])).toBe(true);
    expect(store.setMetadata("b", ["y"])).toBe(false);
    expect(store.get("a")).toMatchObject({ uri: "PYRO:o@h:1", metadata: new Set(["y", "z"]) });
  });

  it("deletes names and tells which there were", () => {
    for (const name of ["a", "b", "c"]) store.set(name, "PYRO:o@h:1", ["x"]);
    expect(store.delete("a")).toBe(true);
    expect(store.delete("a")).toBe(false);
    expect(store.deleteMany(["a", "c", "d"])).toEqual(["c"]);
    expect(found(store, prefixed(""))).toEqual(["b"]);
    expect(store.count()).toBe(1);
    expect(found(store, { by: "all-tags", tags: new Set(["x"]) })).toEqual(["b"]);
  });

  it("finds by prefix: exactly, case-sensitively, without wildcards, sorted", () => {
    const names = [
      "lab.b",
      "lab.a",
      "Lab.a",
      "labxa",
      "lab",
      "lab%",
      "lab_",
      "zoo",
      "lab.\u{10ffff}z",
    ];
    for (const name of names) store.set(name, "PYRO:o@h:1", []);
    expect(found(store, prefixed("lab."))).toEqual(["lab.a", "lab.b", "lab.\u{10ffff}z"]);
    expect(found(store, prefixed("lab%"))).toEqual(["lab%"]);
    expect(found(store, prefixed("lab_"))).toEqual(["lab_"]);
    expect(found(store, prefixed("LAB"))).toEqual([]);
    expect(found(store, prefixed("lab.\u{10ffff}"))).toEqual(["lab.\u{10ffff}z"]);
    expect(found(store, prefixed("")).length).toBe(names.length);
  });

  it.each([
    "__proto__",
    "constructor",
    "a\0b",
    "tüür 🚪",
    "'; DROP TABLE pyro_names; --",
    "1",
    " ",
  ])("keeps the name and the tag %j apart from all others", (text) => {
    store.set(text, "PYRO:o@h:1", [text]);
    expect(store.get(text)).toMatchObject({ metadata: new Set([text]) });
    expect(found(store, prefixed(text))).toEqual([text]);
    expect(found(store, { by: "all-tags", tags: new Set([text]) })).toEqual([text]);
  });

  it("finds by all tags or by any", () => {
    store.set("a", "PYRO:o@h:1", ["x", "y"]);
    store.set("b", "PYRO:o@h:1", ["y", "z"]);
    store.set("c", "PYRO:o@h:1", []);
    const by = (kind: "all-tags" | "any-tag", ...tags: string[]) =>
      found(store, { by: kind, tags: new Set(tags) }).sort();
    expect(by("all-tags", "y")).toEqual(["a", "b"]);
    expect(by("all-tags", "x", "y")).toEqual(["a"]);
    expect(by("all-tags", "x", "z")).toEqual([]);
    expect(by("all-tags", "Y")).toEqual([]);
    expect(by("any-tag", "x", "y", "z")).toEqual(["a", "b"]);
    expect(by("any-tag", "q")).toEqual([]);
    expect(by("any-tag")).toEqual([]);
    expect(by("all-tags")).toEqual([]);
  });

  it.each<[string, NameQuery]>([
    ["prefix", prefixed("n")],
    ["tag", { by: "any-tag", tags: new Set(["t"]) }],
  ])("finds by %s in chunks, and keeps its place when names come and go meanwhile", (_, query) => {
    const name = (i: number) => `n${`${i}`.padStart(5, "0")}`;
    for (let i = 0; i < 3 * CHUNK_SIZE; i++) store.set(name(i), "PYRO:o@h:1", ["t"]);
    const seen: string[] = [];
    for (const chunk of store.find(query)) {
      expect(chunk.length).toBeLessThanOrEqual(CHUNK_SIZE);
      if (seen.length === 0) {
        store.delete(name(10)); // found already
        store.delete(name(2 * CHUNK_SIZE)); // not yet
        store.set("m", "PYRO:o@h:1", []); // before all
      }
      seen.push(...chunk.map((entry) => entry.name));
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(3 * CHUNK_SIZE - 1);
    expect(seen).not.toContain(name(2 * CHUNK_SIZE));
  });

  it("agrees with a plain model after any sequence of operations", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "B", "%", "é", "\u{1f6aa}", "\uffff"),
      maxLength: 3,
    });
    const tags = fc.array(fc.constantFrom("x", "y", "z"), { maxLength: 3 });
    const operation = fc.record({ do: fc.constantFrom("set", "tag", "delete"), name: text, tags });
    fc.assert(
      fc.property(fc.array(operation), text, tags, (operations, prefix, wanted) => {
        store.deleteMany(found(store, prefixed("")));
        const model = new Map<string, Set<string>>();
        for (const step of operations) {
          if (step.do === "set") store.set(step.name, "u", step.tags);
          if (step.do === "tag") store.setMetadata(step.name, step.tags);
          if (step.do === "delete") store.delete(step.name);
          if (step.do === "delete") model.delete(step.name);
          else if (step.do === "set" || model.has(step.name))
            model.set(step.name, new Set(step.tags));
        }
        const expected = (fits: (name: string, has: Set<string>) => boolean) =>
          [...model]
            .filter(([name, has]) => fits(name, has))
            .map(([name]) => name)
            .sort();
        expect(store.count()).toBe(model.size);
        expect(found(store, prefixed(prefix)).sort()).toEqual(
          expected((name) => name.startsWith(prefix)),
        );
        if (wanted.length === 0) return;
        expect(found(store, { by: "all-tags", tags: new Set(wanted) }).sort()).toEqual(
          expected((_, has) => wanted.every((tag) => has.has(tag))),
        );
        expect(found(store, { by: "any-tag", tags: new Set(wanted) }).sort()).toEqual(
          expected((_, has) => wanted.some((tag) => has.has(tag))),
        );
      }),
      { numRuns: kind === "memory" ? 500 : 60 },
    );
  });
});
