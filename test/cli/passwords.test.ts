import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ManagerDatabase } from "../../src/msl/manager/database.ts";
import { describeWithPython, runPython } from "../support/python.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Types at a terminal, which Node cannot open by itself; prints what was shown there, and the exit code. */
const TERMINAL = `
import json, os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown, typed = b"", False
while True:
    try:
        data = os.read(fd, 1000)
    except OSError:
        break
    if not data:
        break
    shown += data
    if not typed and b": " in shown:
        os.write(fd, json.loads(sys.argv[1]).encode())
        typed = True
print(json.dumps([shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]))
`;

describeWithPython("a password at a terminal", () => {
  const type = async (keys: string, home: string) => {
    const args = [JSON.stringify(keys), process.execPath, MAIN, "manager", "users", "add", "alice"];
    return JSON.parse(await runPython(TERMINAL, args, { env: { MSL_NETWORK_HOME: home } })) as [
      string,
      number,
    ];
  };

  it("is asked for, and not shown", async () => {
    using home = mkdtempDisposableSync(join(tmpdir(), "bunsen-passwords-"));
    expect(await type("wonder land\r", home.path)).toEqual([
      "Password of alice: \r\nalice has been added\r\n",
      0,
    ]);
    using database = await ManagerDatabase.open(join(home.path, "manager.sqlite3"));
    expect(await database.users.isPassword("alice", "wonder land")).toBe(true);
  });

  it.each([
    ["nothing is typed", "\r"],
    ["Ctrl-C is pressed", "\x03"],
  ])("is missing where %s", async (_, keys) => {
    using home = mkdtempDisposableSync(join(tmpdir(), "bunsen-passwords-"));
    const [shown, code] = await type(keys, home.path);
    expect(shown).toContain("bunsen: the password is empty; type it, or give --password FILE");
    expect(code).toBe(2);
  });
});
