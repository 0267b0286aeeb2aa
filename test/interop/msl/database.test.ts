import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { ManagerDatabase } from "../../../src/msl/manager/database.ts";
import { Manager } from "../../../src/msl/manager/manager.ts";
import { describeWithPython, itWithPython, runPython, spawnPython } from "../../support/python.ts";

const folder = () => mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));

/** Runs code with the three tables of the Python package, on the file. */
async function tables(file: string, code: string): Promise<unknown> {
  const script = `
import json, sys
from msl.network.database import ConnectionsTable, HostnamesTable, UsersTable
users = UsersTable(database=sys.argv[1])
hosts = HostnamesTable(database=sys.argv[1])
log = ConnectionsTable(database=sys.argv[1])
out = []
${code}
print(json.dumps(out))
`;
  return JSON.parse(await runPython(script, [file]));
}

describeWithPython("the database of a manager", () => {
  itWithPython("that we made works in Python", async () => {
    using home = folder();
    const file = join(home.path, "sub", "manager.sqlite3");
    using database = await ManagerDatabase.open(file);
    await database.users.add("bob", "pässword", { isAdmin: true });
    await database.users.add("eve", "x");
    database.trustedHosts.add("pi");
    database.connections.add({ address: "10.0.0.5", domain: "pi.lab", port: 5000 }, "disconnected");
    const out = (await tables(
      file,
      `
out += [users.users(), users.is_password_valid("bob", "pässword"), users.is_password_valid("bob", "x")]
out += ["pi" in hosts.hostnames(), "localhost" in hosts.hostnames(), log.connections()]
users.update("eve", password="new", is_admin=True)
users.insert("carol", "pw", False)
hosts.insert("pi")
hosts.delete("pi")
`,
    )) as unknown[];
    expect(out.slice(0, 5)).toEqual([
      [
        ["bob", true],
        ["eve", false],
      ],
      true,
      false,
      true,
      true,
    ]);
    expect(out[5]).toEqual([
      [
        1,
        expect.stringMatching(/^\d{4}(-\d\d){2}T\d\d(:\d\d){2}$/),
        "10.0.0.5",
        "pi.lab",
        5000,
        "disconnected",
      ],
    ]);
    // What Python changed meanwhile is seen.
    expect(database.users.list()).toEqual([
      { name: "bob", isAdmin: true },
      { name: "carol", isAdmin: false },
      { name: "eve", isAdmin: true },
    ]);
    expect(await database.users.isPassword("eve", "new")).toBe(true);
    expect(await database.users.isPassword("eve", "x")).toBe(false);
    expect(database.trustedHosts.has("pi")).toBe(false);
  });

  itWithPython("that Python made works with us", async () => {
    using home = folder();
    const file = join(home.path, "manager.sqlite3");
    await tables(file, `users.insert("bob", "pässword", True)\nhosts.insert("pi")`);
    using database = await ManagerDatabase.open(file);
    expect(database.users.list()).toEqual([{ name: "bob", isAdmin: true }]);
    expect(await database.users.isPassword("bob", "pässword")).toBe(true);
    expect(await database.users.isPassword("bob", "password")).toBe(false);
    expect(database.trustedHosts.has("pi")).toBe(true);
    await database.users.update("bob", { password: "other", isAdmin: false });
    const out = await tables(
      file,
      `out += [users.is_password_valid("bob", "other"), users.is_admin("bob")]`,
    );
    expect(out).toEqual([true, false]);
  });
});

describeWithPython("the home folder of a manager", () => {
  const connect = (port: number) => `
from msl.network import connect
cxn = connect(port=${port}, username="bob", password="builder")
print(list(cxn.manager().keys() if hasattr(cxn, "manager") else cxn.identities().keys())[0])
cxn.disconnect()
`;

  itWithPython("goes from ours to a stock manager: users, key and certificate", async () => {
    using home = folder();
    const env = { MSL_NETWORK_HOME: home.path };
    using database = await ManagerDatabase.open(join(home.path, "manager.sqlite3"));
    await database.users.add("bob", "builder");
    const ours = await Manager.start({ port: 0, home: home.path, authLogin: true });
    const { port } = ours;
    // The client finds the certificate where we put it: it asks nothing.
    await runPython(connect(port), [], { env });
    await ours.close();
    const start = `
from msl.network.manager import run_forever
run_forever(port=${port}, auth_login=True, host="localhost")
`;
    await using _stock = await spawnPython(start, [], { env, ready: /Network Manager running on/ });
    await runPython(connect(port), [], { env });
    const rows = database.connections.list().map(({ message }) => message);
    expect(rows.filter((message) => message === "connected as a client")).toHaveLength(2);
  });

  itWithPython("goes from a stock manager to ours, with an encrypted key", async () => {
    using home = folder();
    const env = { MSL_NETWORK_HOME: home.path };
    await runPython(
      `
from msl.network.cryptography import generate_certificate, generate_key
from msl.network.database import UsersTable
key = generate_key(password="of the key")
generate_certificate(key_path=key, key_password="of the key")
UsersTable().insert("bob", "builder", False)
`,
      [],
      { env },
    );
    await using manager = await Manager.start({
      port: 0,
      home: home.path,
      host: "",
      authLogin: true,
      keyFilePassword: "of the key",
    });
    await runPython(connect(manager.port), [], { env });
    await expect(
      Manager.start({ port: 0, home: home.path, host: "", keyFilePassword: "wrong" }),
    ).rejects.toThrow();
  });
});
