import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../src/names/memory-store.ts";
import { NAME_SERVER_NAME, NameServer } from "../../src/names/name-server.ts";
import { typeMeta } from "../../src/names/type-meta.ts";
import { PyroUri, parseUri } from "../../src/pyro/uri.ts";
import { FrozenSet, Tuple } from "../../src/values/types.ts";

const OWN = parseUri("PYRO:Pyro.NameServer@127.0.0.1:9090");
const tuple = (...items: unknown[]) => Tuple.from(items);
const remote = (type: string, text: string) =>
  expect.objectContaining({ remote: expect.objectContaining({ type, args: [text] }) });
const typeError = (text: string) => remote("builtins.TypeError", text);
const valueError = (text: string) => remote("builtins.ValueError", text);
const naming = (code: string, message: string) =>
  expect.objectContaining({ name: "NamingError", code, message });

/** A name server with its own entry and test.one, test.two (tags a, b), test.three (tags b, c). */
function filled(generation?: 4 | 5): NameServer {
  const names = new NameServer({ generation: () => generation });
  names.registerSelf(OWN);
  names.register("test.one", "PYRO:one@h:1");
  names.register("test.two", "PYRO:two@h:2", false, ["a", "b"]);
  names.register("test.three", parseUri("PYRO:three@h:3"), false, new Set(["b", "c"]));
  return names;
}

describe("count and ping", () => {
  it("count the own entry too, and answer nothing", () => {
    expect(filled().count()).toBe(4);
    expect(filled().ping()).toBeUndefined();
  });
});

describe("lookup", () => {
  it("gives a URI object", () => {
    const uri = filled().lookup("test.one");
    expect(uri).toBeInstanceOf(PyroUri);
    expect(`${uri}`).toBe("PYRO:one@h:1");
  });

  it("gives a tuple of URI and metadata when asked: a set, a list for Pyro4", () => {
    const uri = parseUri("PYRO:two@h:2");
    expect(filled(5).lookup("test.two", true)).toEqual(tuple(uri, new Set(["a", "b"])));
    expect(filled(4).lookup("test.two", true)).toEqual(tuple(uri, ["a", "b"]));
    expect(filled().lookup("test.one", true)).toEqual(tuple(parseUri("PYRO:one@h:1"), new Set()));
  });

  it("hands out a copy of the metadata", () => {
    const names = filled();
    (names.lookup("test.two", true) as [unknown, Set<string>])[1].add("x");
    expect(names.lookup("test.two", true)).toEqual(tuple(expect.anything(), new Set(["a", "b"])));
  });

  it("does not know names that are not registered", () => {
    expect(() => filled().lookup("x")).toThrow(naming("ERR_NAME_UNKNOWN", "unknown name: x"));
    expect(() => filled().lookup("__proto__")).toThrow(
      naming("ERR_NAME_UNKNOWN", "unknown name: __proto__"),
    );
    expect(() => filled().lookup(5 as never)).toThrow(typeError("name must be a str"));
  });
});

describe("register", () => {
  it("replaces what is there", () => {
    const names = filled();
    names.register("test.two", "PYRO:other@h:1");
    expect(names.lookup("test.two", true)).toEqual(tuple(parseUri("PYRO:other@h:1"), new Set()));
    expect(names.count()).toBe(4);
  });

  it("keeps the text of the URI as it is, of any protocol", async () => {
    const names = filled();
    names.register("x", "pyroname:n@h");
    expect(await names.list("x")).toEqual({ x: "pyroname:n@h" });
    expect(`${names.lookup("x")}`).toBe("PYRONAME:n@h:9090");
  });

  it("with safe does not replace", () => {
    expect(() => filled().register("test.one", "PYRO:x@h:1", true)).toThrow(
      naming("ERR_NAME_TAKEN", "name already registered: test.one"),
    );
  });

  it.each([
    ["a URI that is none", ["x", 5555], typeError("only URIs or strings can be registered")],
    ["a missing URI", ["x", null], typeError("only URIs or strings can be registered")],
    ["a bad URI before a bad name", [5, "x"], expect.objectContaining({ code: "ERR_BAD_URI" })],
    ["a name that is no text", [5, "PYRO:x@h:1", false, "meta"], typeError("name must be a str")],
    [
      "metadata that is text, before a taken name",
      ["test.one", "PYRO:x@h:1", true, "meta"],
      typeError("metadata should not be a str, but another iterable (set, list, etc)"),
    ],
    [
      "metadata that is a number",
      ["x", "PYRO:x@h:1", false, 5],
      typeError("'int' object is not iterable"),
    ],
    [
      "metadata of no text",
      ["x", "PYRO:x@h:1", false, [null]],
      typeError("metadata should contain only str"),
    ],
  ])("refuses %s", (_, args, error) => {
    const names = filled();
    expect(() => names.register(...(args as Parameters<NameServer["register"]>))).toThrow(error);
    expect(names.count()).toBe(4);
  });

  it.each([
    ["a set", new Set(["a", "1"])],
    ["a frozen set", new FrozenSet(["a", "1"])],
    ["a tuple", Tuple.from(["a", "1", "a"])],
    ["a list with a number", ["a", 1 as never]],
    ["the keys of a dict", { a: 5, 1: 6 } as never],
    [
      "the keys of a dict with other keys",
      new Map<unknown, unknown>([
        ["a", 5],
        [1, 6],
      ]) as never,
    ],
  ])("takes metadata from %s", (_, metadata) => {
    const names = filled();
    names.register("x", "PYRO:x@h:1", false, metadata);
    expect(names.lookup("x", true)).toEqual(tuple(expect.anything(), new Set(["a", "1"])));
  });

  it("lets nobody replace the name server's own entry", () => {
    const names = filled();
    expect(() => names.register(NAME_SERVER_NAME, "PYRO:evil@h:1")).toThrow(
      naming("ERR_NAME_TAKEN", "name already registered: Pyro.NameServer"),
    );
    expect(names.lookup(NAME_SERVER_NAME)).toEqual(OWN);
  });

  it.each([
    ["a name", "x".repeat(1025), "PYRO:x@h:1", []],
    ["a URI", "x", `PYRO:${"x".repeat(1020)}@h:1`, []],
    ["a tag", "x", "PYRO:x@h:1", ["x".repeat(1025)]],
  ])("bounds the length of %s", (_, name, uri, tags) => {
    expect(() => filled().register(name, uri, false, tags)).toThrow(
      expect.objectContaining({ code: "ERR_NAME_LIMIT" }),
    );
  });

  it("takes texts at the limit, and bounds the number of tags and of names", () => {
    const names = new NameServer({ maxNames: 1, maxTags: 2 });
    names.register("x".repeat(1024), "PYRO:x@h:1", false, ["a", "b"]);
    const limit = expect.objectContaining({ code: "ERR_NAME_LIMIT" });
    expect(() => names.register("x", "PYRO:x@h:1")).toThrow(limit);
    expect(() => names.register("x".repeat(1024), "PYRO:x@h:1", false, ["a", "b", "c"])).toThrow(
      limit,
    );
    names.register("x".repeat(1024), "PYRO:y@h:1");
  });
});

describe("set_metadata", () => {
  it("replaces the tags and keeps the URI", () => {
    const names = filled();
    names.set_metadata("test.two", ["x"]);
    expect(names.lookup("test.two", true)).toEqual(tuple(parseUri("PYRO:two@h:2"), new Set(["x"])));
    names.set_metadata("test.two", null);
    expect(names.lookup("test.two", true)).toEqual(tuple(expect.anything(), new Set()));
  });

  it("has the errors of register", () => {
    const names = filled();
    expect(() => names.set_metadata("x", ["y"])).toThrow(
      naming("ERR_NAME_UNKNOWN", "unknown name: x"),
    );
    expect(() => names.set_metadata(5 as never, ["y"])).toThrow(typeError("name must be a str"));
    expect(() => names.set_metadata("test.one", "y")).toThrow(
      typeError("metadata should not be a str, but another iterable (set, list, etc)"),
    );
  });
});

describe("remove", () => {
  it("removes a name, by prefix, or by regular expression, and tells how many", async () => {
    const names = filled();
    expect(await names.remove("test.one")).toBe(1);
    expect(await names.remove("test.one")).toBe(0);
    expect(await names.remove(null, "test.tw")).toBe(1);
    expect(await names.remove(null, null, ".*three")).toBe(1);
    expect(await names.remove()).toBe(0);
    expect(names.count()).toBe(1);
  });

  it("never removes the name server's own entry", async () => {
    const names = filled();
    expect(await names.remove(NAME_SERVER_NAME)).toBe(0);
    expect(await names.remove(null, "Pyro.")).toBe(0);
    expect(await names.remove(NAME_SERVER_NAME, null, ".*")).toBe(3);
    expect(names.count()).toBe(1);
  });

  it("with a name does not look at prefix and regex, except in Pyro4 when the name is unknown", async () => {
    expect(await filled(5).remove("x", "test.")).toBe(0);
    expect(await filled(4).remove("test.one", "test.")).toBe(1);
    expect(await filled(4).remove("x", "test.")).toBe(3);
    expect(await filled(4).remove("x", null, "test.t")).toBe(2);
  });

  it("refuses a bad regular expression", async () => {
    await expect(filled().remove(null, null, "(((")).rejects.toThrow(
      naming("ERR_BAD_REGEX", "invalid regex: missing ), unterminated subpattern at position 2"),
    );
  });
});

describe("list", () => {
  const everything = {
    "Pyro.NameServer": `${OWN}`,
    "test.one": "PYRO:one@h:1",
    "test.two": "PYRO:two@h:2",
    "test.three": "PYRO:three@h:3",
  };

  it("gives name to URI text: all, by prefix, or by regular expression", async () => {
    const names = filled();
    expect(await names.list()).toEqual(everything);
    expect(await names.list("", "")).toEqual(everything);
    expect(await names.list("test.t")).toEqual({
      "test.two": "PYRO:two@h:2",
      "test.three": "PYRO:three@h:3",
    });
    expect(await names.list(null, "test\\.o")).toEqual({ "test.one": "PYRO:one@h:1" });
    expect(await names.list("TEST")).toEqual({});
  });

  it("takes return_metadata as third argument of Pyro5, as fifth of Pyro4", async () => {
    const two = { "test.two": tuple("PYRO:two@h:2", new Set(["a", "b"])) };
    expect(await filled(5).list("test.tw", null, true)).toEqual(two);
    expect(await filled(5).list("test.tw", null, false)).toEqual({ "test.two": "PYRO:two@h:2" });
    expect(await filled(5).list("test.tw", null, null, null, true)).toEqual(two);
    expect(await filled().list("test.tw", null, true)).toEqual(two);
    expect(await filled(4).list("test.tw", null, null, null, true)).toEqual({
      "test.two": tuple("PYRO:two@h:2", ["a", "b"]),
    });
    await expect(filled(4).list(null, null, true)).rejects.toThrow(
      typeError("'bool' object is not iterable"),
    );
  });

  it("searches metadata for Pyro4", async () => {
    const names = filled(4);
    expect(Object.keys(await names.list(null, null, ["a", "b"]))).toEqual(["test.two"]);
    expect(Object.keys(await names.list(null, null, null, ["a", "c"])).sort()).toEqual([
      "test.three",
      "test.two",
    ]);
    await expect(names.list(null, null, "a" as never)).rejects.toThrow(
      typeError("metadata_all should not be a str, but another iterable (set, list, etc)"),
    );
    await expect(names.list(null, null, null, "a")).rejects.toThrow(
      typeError("metadata_any should not be a str, but another iterable (set, list, etc)"),
    );
  });

  it("takes one filter: in Pyro4 an empty one counts", async () => {
    const error = valueError("you can only filter on one thing at a time");
    await expect(filled(5).list("a", "b")).rejects.toThrow(error);
    await expect(filled(4).list("a", "")).rejects.toThrow(error);
    expect(Object.keys(await filled(5).list("test.o", ""))).toEqual(["test.one"]);
    await expect(filled().list("a", null, ["b"])).rejects.toThrow(error);
  });

  it("refuses filters that are no text, and bad regular expressions", async () => {
    await expect(filled().list(5 as never)).rejects.toThrow(typeError("prefix must be a str"));
    await expect(filled().list(null, 5 as never)).rejects.toThrow(typeError("regex must be a str"));
    await expect(filled().list(null, "(((")).rejects.toThrow(
      naming("ERR_BAD_REGEX", "invalid regex: missing ), unterminated subpattern at position 2"),
    );
  });

  it("lists names that are special in JavaScript", async () => {
    const names = new NameServer();
    names.register("__proto__", "PYRO:x@h:1");
    names.register("toString", "PYRO:y@h:1");
    const listed = await names.list();
    expect(Object.keys(listed)).toEqual(["__proto__", "toString"]);
    expect(Object.getPrototypeOf(listed)).toBe(Object.prototype);
  });
});

describe("yplookup", () => {
  it("finds by all or by any tag, with metadata unless told", async () => {
    const names = filled(5);
    expect(await names.yplookup(["a", "b"])).toEqual({
      "test.two": tuple("PYRO:two@h:2", new Set(["a", "b"])),
    });
    expect(await names.yplookup(null, new Set(["c", "x"]), false)).toEqual({
      "test.three": "PYRO:three@h:3",
    });
    expect(await names.yplookup()).toEqual({});
    expect(await names.yplookup([])).toEqual({});
  });

  it("refuses both, and text", async () => {
    const names = filled();
    await expect(names.yplookup(["a"], ["b"])).rejects.toThrow(
      valueError("you can't use meta_all or meta_any at the same time"),
    );
    await expect(names.yplookup("a")).rejects.toThrow(
      typeError("metadata_all should not be a str, but another iterable (set, list, etc)"),
    );
    await expect(names.yplookup(null, "a")).rejects.toThrow(
      typeError("metadata_any should not be a str, but another iterable (set, list, etc)"),
    );
  });
});

describe("a name server", () => {
  it("counts what it did", async () => {
    const names = filled();
    names.lookup("test.one");
    expect(() => names.lookup("x")).toThrow();
    await names.remove(null, "test.t");
    names.removeIfUnchanged("test.one", "PYRO:one@h:1");
    expect(names.statistics()).toEqual({
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      names: 1,
      lookups: 2,
      failedLookups: 1,
      registrations: 3,
      removals: 3,
      autoCleaned: 1,
      watchers: 0,
    });
  });

  it("removes a name only if its URI is still the same", () => {
    const names = filled();
    expect(names.removeIfUnchanged("test.one", "PYRO:one@h:2")).toBe(false);
    expect(names.removeIfUnchanged("test.one", "PYRO:one@h:1")).toBe(true);
    expect(names.removeIfUnchanged("test.one", "PYRO:one@h:1")).toBe(false);
  });

  it("lets the event loop run while it lists, matches and removes 100,000 names", async () => {
    const store = new MemoryStore();
    for (let i = 0; i < 100_000; i++) store.set(`lab.${i}`, `PYRO:o@h:${i}`, ["t"]);
    const names = new NameServer({ store });
    for (const work of [
      () => names.list("lab."),
      () => names.list(null, "(a+)+$|lab\\.(\\d*)*!|.*7$", true),
      () => names.yplookup(["t"]),
      () => names.remove(null, "lab."),
    ]) {
      // Working time, which does not count what others on a busy machine take.
      const workedMs = () => process.threadCpuUsage().user / 1000;
      let longest = 0;
      let last = workedMs();
      const tick = setInterval(() => {
        longest = Math.max(longest, workedMs() - last);
        last = workedMs();
      });
      await work();
      clearInterval(tick);
      longest = Math.max(longest, workedMs() - last);
      // Slices are of 5 ms; the rest is for the garbage collector.
      expect(longest).toBeLessThan(150);
    }
    expect(names.count()).toBe(0);
  });

  it("stops a regular expression that takes too long over all names", async () => {
    const names = new NameServer({ regexMs: 20 });
    for (let i = 0; i < 2000; i++) names.register(`${i}${"a".repeat(1000)}`, "PYRO:o@h:1");
    await expect(names.list(null, "(?:.{0,15}a.{0,15}){5}$")).rejects.toThrow(
      naming("ERR_BAD_REGEX", "invalid regex: it ran for more than 20 ms (regexMs)"),
    );
  });
});

describe("typeMeta", () => {
  class Device {}
  class Camera extends Device {}

  it("names the classes of an inheritance chain", () => {
    expect(typeMeta(Camera)).toEqual(new Set(["class:Camera", "class:Device"]));
    expect(typeMeta(new Camera(), "is:")).toEqual(new Set(["is:Camera", "is:Device"]));
  });

  it("leaves out what JavaScript brings along, and classes without a name", () => {
    expect(typeMeta(class extends Map {})).toEqual(new Set());
    expect(typeMeta({})).toEqual(new Set());
    expect(typeMeta(Object.create(null))).toEqual(new Set());
  });
});
