import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { openNameStore } from "../../src/names/open-store.ts";
import { SqliteStore } from "../../src/names/sqlite-store.ts";
import { EVERYTHING } from "../../src/names/store.ts";

const directory = mkdtempSync(join(tmpdir(), "bunsen-names-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string) => join(directory, name);
const storeError = (message: string) =>
  expect.objectContaining({
    name: "NamingError",
    code: "ERR_NAME_STORE",
    message: expect.stringContaining(message),
  });

/** Registers a0, a1, … and reports each name when it is registered. */
const WRITER = `
  import { SqliteStore } from ${JSON.stringify(new URL("../../src/names/sqlite-store.ts", import.meta.url))};
  const store = await SqliteStore.open(process.argv[2]);
  for (let i = 0; ; i++) {
    store.set("a" + i, "PYRO:o@h:" + i, ["t" + i]);
    process.send(i);
    if (i % 100 === 0) await new Promise(setImmediate);
  }`;

/** Waits until the child acknowledged `count` names, kills it, and returns the last that it acknowledged. */
async function killAfter(child: ChildProcess, count: number): Promise<number> {
  let last = -1;
  child.on("message", (i: number) => {
    last = i;
    if (i === count) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.once("close", resolve));
  return last;
}

describe("a name store in a file", () => {
  it("has everything that was acknowledged when its process was killed", async () => {
    const writer = file("writer.mjs");
    writeFileSync(writer, WRITER);
    const path = file("killed.sql");
    const last = await killAfter(fork(writer, [path], { silent: true }), 500);
    expect(last).toBeGreaterThanOrEqual(500);
    const store = await SqliteStore.open(path);
    for (let i = 0; i <= last; i++) {
      expect(store.get(`a${i}`)).toMatchObject({
        uri: `PYRO:o@h:${i}`,
        metadata: new Set([`t${i}`]),
      });
    }
    store.close();
  });

  it("is there again after it was closed, in one file", async () => {
    const path = file("again.sql");
    const store = await SqliteStore.open(path);
    store.set("a", "PYRO:o@h:1", ["x"]);
    store.close();
    store.close();
    expect(readdirSync(directory).filter((name) => name.startsWith("again"))).toEqual([
      "again.sql",
    ]);
    const again = await openNameStore(`sql:${path}`);
    expect(again.get("a")).toMatchObject({ uri: "PYRO:o@h:1", metadata: new Set(["x"]) });
    again.close();
  });

  it("is converted when an old Pyro made it without metadata", async () => {
    const path = file("old.sql");
    const old = new DatabaseSync(path);
    old.exec("CREATE TABLE pyro_names(name nvarchar PRIMARY KEY NOT NULL, uri nvarchar NOT NULL)");
    old.exec("INSERT INTO pyro_names VALUES ('a', 'PYRO:o@h:1'), ('b', 'PYRO:o@h:2')");
    old.close();
    const store = await SqliteStore.open(path);
    store.setMetadata("a", ["x"]);
    expect([...store.find(EVERYTHING)].flat()).toEqual([
      { name: "a", uri: "PYRO:o@h:1", metadata: new Set(["x"]) },
      { name: "b", uri: "PYRO:o@h:2", metadata: new Set() },
    ]);
    store.close();
  });

  it("sees and counts what another process writes", async () => {
    const path = file("shared.sql");
    const store = await SqliteStore.open(path);
    store.set("a", "PYRO:o@h:1", []);
    expect(store.count()).toBe(1);
    const other = await SqliteStore.open(path);
    other.set("b", "PYRO:o@h:2", ["x"]);
    expect(store.count()).toBe(2);
    store.delete("b");
    expect([store.count(), other.count()]).toEqual([1, 1]);
    other.close();
    store.close();
  });

  it("overlooks tags whose name is gone, as a tool may leave them", async () => {
    const path = file("orphans.sql");
    const store = await SqliteStore.open(path);
    const tool = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    tool.exec("INSERT INTO pyro_metadata VALUES (77, 'x'), (77, 'x')");
    tool.close();
    store.set("a", "PYRO:o@h:1", ["x"]);
    const names = [...store.find({ by: "any-tag", tags: new Set(["x"]) })].flat();
    expect(names.map(({ name }) => name)).toEqual(["a"]);
    store.close();
  });

  it("says so when the file is none of its kind, or cannot be opened", async () => {
    writeFileSync(file("text.sql"), "no database, but text ".repeat(100));
    await expect(SqliteStore.open(file("text.sql"))).rejects.toThrow(storeError("text.sql"));
    await expect(SqliteStore.open(join(directory, "no", "x"))).rejects.toThrow(
      storeError("unable"),
    );
    await expect(SqliteStore.open(":memory:")).rejects.toThrow(storeError(":memory:"));
  });

  it("gives up on a write while another process keeps the file locked, and works afterwards", async () => {
    const path = file("locked.sql");
    const store = await SqliteStore.open(path);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    expect(() => store.set("a", "PYRO:o@h:1", [])).toThrow(storeError("locked"));
    expect(store.get("a")).toBeUndefined();
    other.exec("ROLLBACK");
    store.set("a", "PYRO:o@h:1", []);
    expect(store.count()).toBe(1);
    other.close();
    store.close();
  });

  it("refuses names that are not valid Unicode, which UTF-8 would make equal to others", async () => {
    const store = await SqliteStore.open(file("unicode.sql"));
    expect(() => store.set("a\ud800", "PYRO:o@h:1", [])).toThrow(storeError("not valid Unicode"));
    store.set("a\ufffd", "PYRO:o@h:1", []);
    expect(store.get("a\ud800")).toBeUndefined();
    expect(store.delete("a\ud800")).toBe(false);
    store.close();
  });
});

describe("the storage option of a name server", () => {
  it("is memory unless told", async () => {
    expect((await openNameStore()).count()).toBe(0);
  });

  it.each(["sql:", "dbm:x", "", "redis:x"])("refuses %j", async (storage) => {
    await expect(openNameStore(storage)).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringContaining(`invalid storage type '${storage}'`),
    });
  });
});

it("is not loaded, nor is SQLite, by importing the store", async () => {
  const url = JSON.stringify(new URL("../../src/names/open-store.ts", import.meta.url));
  const script = file("import.mjs");
  const text = `import ${url}; process.send(process.moduleLoadList.filter((m) => m.includes("sqlite")))`;
  writeFileSync(script, text);
  const child = fork(script, [], { silent: true });
  const loaded = await new Promise((resolve) => child.once("message", resolve));
  expect(loaded).toEqual([]);
});
