import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { ManagerDatabase } from "../../../src/msl/manager/database.ts";
import { localhostAliases } from "../../../src/msl/manager/hosts.ts";
import { hashPassword, matchesHash, samePassword } from "../../../src/msl/manager/passwords.ts";
import { toHex, vectors } from "../../support/vectors.ts";

const open = () => ManagerDatabase.open(":memory:");

describe("the users of a manager", () => {
  it("have the hashes that the Python package makes", async () => {
    const [{ message } = { message: {} }] = vectors("msl-network").filter(
      ({ name }) => name === "pbkdf2",
    );
    const hash = await hashPassword(message.password, Buffer.from(message.salt_hex, "hex"));
    expect(toHex(hash.key)).toBe(message.key_hex);
    expect(await matchesHash(message.password, hash)).toBe(true);
    expect(await matchesHash(`${message.password} `, hash)).toBe(false);
  });

  it("have passwords of any text, each with a salt of its own", async () => {
    const [first, second] = [await hashPassword("pässwörd 😀"), await hashPassword("pässwörd 😀")];
    expect(toHex(first.key)).not.toBe(toHex(second.key));
    expect(samePassword("a", "a")).toBe(true);
    expect(samePassword("a", "ab")).toBe(false);
  });

  it("are added, changed and removed; what is not given stays", async () => {
    using database = await open();
    const { users } = database;
    await users.add("bob", "builder");
    await users.update("bob", { isAdmin: true });
    expect(users.list()).toEqual([{ name: "bob", isAdmin: true }]);
    expect(await users.isPassword("bob", "builder")).toBe(true);
    await users.update("bob", { password: "other" });
    expect(users.find("bob")).toEqual({ name: "bob", isAdmin: true });
    expect(await users.isPassword("bob", "builder")).toBe(false);
    users.remove("bob");
    expect(users.list()).toEqual([]);
    expect(await users.isPassword("bob", "other")).toBe(false);
  });

  it.each([
    ["a name that looks like a manager's", "lab:1875", "x", "cannot end in a colon and digits"],
    ["no name", " ", "x", "a user needs a name"],
    ["no password", "bob", "", 'the user "bob" needs a password'],
    ["a name that is taken", "alice", "x", 'a user "alice" already exists'],
  ])("cannot have %s", async (_, name, password, text) => {
    using database = await open();
    await database.users.add("alice", "wonder land");
    await expect(database.users.add(name, password)).rejects.toMatchObject({
      code: "ERR_USER",
      message: expect.stringContaining(text),
    });
  });

  it("that are unknown cannot be changed; the error says who is there", async () => {
    using database = await open();
    await expect(database.users.update("eve", { isAdmin: true })).rejects.toThrow(
      "there are none yet",
    );
    await database.users.add("alice", "wonder land");
    expect(() => database.users.remove("eve")).toThrow("the users are alice");
  });
});

describe("the trusted hosts of a manager", () => {
  it("are this computer's names at first, and when all were removed", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const file = join(folder.path, "manager.sqlite3");
    const own = [...localhostAliases()].sort();
    for (let round = 0; round < 2; round++) {
      using database = await ManagerDatabase.open(file);
      expect(database.trustedHosts.list()).toEqual(own);
      for (const name of own) database.trustedHosts.remove(name);
    }
  });

  it("may be added twice, and removed once", async () => {
    using database = await open();
    database.trustedHosts.add("pi");
    database.trustedHosts.add("pi");
    database.trustedHosts.remove("pi");
    expect(() => database.trustedHosts.remove("pi")).toThrow(
      expect.objectContaining({ code: "ERR_HOST_NAME" }),
    );
  });
});

describe("the log of connections", () => {
  const peer = { address: "10.0.0.5", domain: "pi.lab", port: 5000 };
  const at = (text: string) => new Date(`${text}`);

  it("is read by time; a day includes all of it", async () => {
    using database = await open();
    const { connections } = database;
    for (const time of ["2026-11-20T23:59:59", "2026-11-21T12:00:00", "2026-11-22T00:00:00"]) {
      connections.add(peer, time, at(time));
    }
    const messages = (range: object) => connections.list(range).map(({ message }) => message);
    expect(messages({})).toHaveLength(3);
    expect(messages({ from: "2026-11-21" })).toEqual([
      "2026-11-21T12:00:00",
      "2026-11-22T00:00:00",
    ]);
    expect(messages({ to: "2026-11-21" })).toEqual(["2026-11-20T23:59:59", "2026-11-21T12:00:00"]);
    expect(messages({ from: "2026-11-21T12:00:00", to: "2026-11-21T12:00:00" })).toHaveLength(1);
  });

  it("goes on in a table of 0.5, whose column has another name", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const file = join(folder.path, "manager.sqlite3");
    const old = new DatabaseSync(file);
    old.exec(`CREATE TABLE connections (pid INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TIMESTAMP NOT NULL,
      ip_address TEXT NOT NULL, domain TEXT NOT NULL, port INTEGER NOT NULL, message TEXT NOT NULL);
      INSERT INTO connections VALUES (NULL, '2020-03-18 10:00:00.123456', '10.0.0.1', 'old', 1, 'disconnected')`);
    old.close();
    using database = await ManagerDatabase.open(file);
    database.connections.add(peer, "disconnected");
    expect(database.connections.list().map(({ domain }) => domain)).toEqual(["old", "pi.lab"]);
  });
});

it("a database that cannot be opened is an error that names the file", async () => {
  await expect(ManagerDatabase.open("/dev/null/manager.sqlite3")).rejects.toMatchObject({
    code: "ERR_DATABASE",
    message: expect.stringContaining("/dev/null/manager.sqlite3 cannot be used"),
  });
});
