import { existsSync, mkdtempDisposableSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { interrupt, printed, run, serve } from "./bunsen.ts";

const RUNNING = /^Network Manager running on (\S+:\d+ \(TLS (?:ENABLED|DISABLED)\))$/;

/** A home folder of its own for each test. */
function newHome() {
  const folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-manager-"));
  const env = { MSL_NETWORK_HOME: folder.path };
  return {
    file: (...names: string[]) => join(folder.path, ...names),
    manager: (args: readonly string[], input = "", more: Record<string, string> = {}) =>
      run(["manager", ...args], input, { ...env, ...more }),
    start: (...args: string[]) => serve(["manager", "start", "--port", "0", ...args], RUNNING, env),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

describe("bunsen manager start", () => {
  it("makes a key and a certificate on the first start, keeps them, and ends on Ctrl-C", async () => {
    using home = newHome();
    let cert = "";
    for (let round = 0; round < 2; round++) {
      await using manager = await home.start("--host", "localhost");
      expect(printed(manager)).toMatch(/^localhost:\d+ \(TLS ENABLED\)$/);
      const found = readFileSync(home.file("certs", "localhost.crt"), "utf8");
      if (round === 1) expect(found).toBe(cert);
      cert = found;
      expect(manager.stderr).toMatch(/SHA-1 fingerprint is ([0-9a-f]{2}:){19}[0-9a-f]{2}$/m);
      const { exit } = await interrupt(manager);
      expect(exit).toEqual({ code: 0, signal: null });
    }
    expect(statSync(home.file("keys", "localhost.key")).mode & 0o777).toBe(0o600);
    expect(readFileSync(home.file("keys", "localhost.key"), "utf8")).toMatch(
      /^-----BEGIN RSA PRIVATE KEY-----/,
    );
  });

  it("logs as Python's options say, to a file", async () => {
    using home = newHome();
    const quiet = ["--disable-tls", "--host", "127.0.0.1", "-l", home.file("manager.log")];
    for (const level of ["WARNING", "30"]) {
      await using _ = await home.start(...quiet, "-G", level);
    }
    expect(existsSync(home.file("manager.log"))).toBe(false);
    await using manager = await home.start(...quiet, "-G", "20");
    // Somebody who comes and goes is told of at INFO.
    const passerBy = connect(Number(/:(\d+)/.exec(printed(manager))?.[1]), "127.0.0.1");
    passerBy.once("connect", () => passerBy.destroy());
    await expect.poll(() => existsSync(home.file("manager.log"))).toBe(true);
    const refused = await home.manager(["start", "-G", "LOUD"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("Allowed choices are debug, info");
  });

  it("warns where everybody may connect, and prints JSON", async () => {
    using home = newHome();
    await using manager = await home.start("--disable-tls");
    expect(printed(manager)).toMatch(new RegExp(`^${hostname()}:\\d+ \\(TLS DISABLED\\)$`));
    expect(manager.stderr).toContain("whoever reaches this port can use every service");
    await using other = await serve(
      ["manager", "start", "--port", "0", "--disable-tls", "--host", "127.0.0.1", "--json"],
      /^(\{.*\})$/,
      { MSL_NETWORK_HOME: home.file() },
    );
    expect(JSON.parse(printed(other))).toEqual({
      host: "127.0.0.1",
      port: expect.any(Number),
      tls: null,
    });
    expect(other.stderr).toBe("");
  });

  it.each([
    [
      "two ways to authenticate",
      ["--auth-login", "--auth-hostname"],
      2,
      "multiple authentication methods",
    ],
    [
      "a password in place of a file",
      ["--auth-password", "hunter2"],
      2,
      "--auth-password takes a file, of which the first line",
    ],
    [
      "a login without users",
      ["--auth-login"],
      2,
      "The 'auth_users' table is empty, no one could log in",
    ],
    [
      "a certificate that is not there",
      ["--cert-file", "nowhere.crt"],
      1,
      "nowhere.crt cannot be read",
    ],
    ["a port that is none", ["--port", "x"], 2, "from 0 to 65535"],
  ])("refuses %s", async (_, args, code, text) => {
    using home = newHome();
    const outcome = await home.manager(["start", "--port", "0", ...args]);
    expect(outcome).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(text) });
  });

  it("says in one line that a port is taken", async () => {
    using home = newHome();
    await using manager = await home.start("--host", "127.0.0.1", "--disable-tls");
    const port = /:(\d+)/.exec(printed(manager))?.[1] ?? "";
    const args = ["start", "--host", "127.0.0.1", "--disable-tls", "--port", port];
    const { code, stderr } = await home.manager(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^bunsen: cannot listen on 127\.0\.0\.1:\d+: the address is in use/);
  });
});

describe("bunsen manager users", () => {
  it("adds users, with a password from standard input, a file or the environment", async () => {
    using home = newHome();
    writeFileSync(home.file("secret"), "from the file\nnot this\n", { mode: 0o644 });
    const added = await home.manager(["users", "add", "alice", "--admin"], "typed\n");
    expect(added).toEqual({ code: 0, stdout: "alice has been added\n", stderr: "" });
    const { stderr } = await home.manager([
      "users",
      "add",
      "bob",
      "--password",
      home.file("secret"),
    ]);
    expect(stderr).toContain("(--password) can be read by others on this machine; chmod 600");
    await home.manager(["users", "insert", "carol"], "", { BUNSEN_USER_PASSWORD: "set" });
    const { stdout } = await home.manager(["users", "list", "--json"]);
    expect(JSON.parse(stdout)).toEqual([
      { name: "alice", isAdmin: true },
      { name: "bob", isAdmin: false },
      { name: "carol", isAdmin: false },
    ]);
  });

  it("changes what is given, and removes", async () => {
    using home = newHome();
    await home.manager(["users", "add", "bob"], "pw\n");
    expect((await home.manager(["users", "update", "bob", "--admin"])).stdout).toBe(
      "Updated bob\n",
    );
    expect((await home.manager(["users", "list"])).stdout).toMatch(/^name +admin\nbob +yes\n$/);
    await home.manager(["users", "update", "bob", "--no-admin"]);
    expect((await home.manager(["users", "list"])).stdout).toMatch(/bob +no/);
    expect((await home.manager(["users", "update", "bob"])).code).toBe(2);
    expect((await home.manager(["users", "remove", "bob"])).stdout).toBe("bob has been removed\n");
    const list = await home.manager(["users", "list"]);
    expect(list).toEqual({ code: 0, stdout: "", stderr: "There are no users in the database\n" });
  });

  it.each([
    ["an empty password", ["users", "add", "bob"], 2, "the password is empty"],
    ["an unknown user", ["users", "remove", "bob"], 1, 'there is no user "bob"'],
    [
      "a name that looks like an address",
      ["users", "add", "bob:1875"],
      1,
      "cannot end in a colon and digits",
    ],
    ["a database in a file", ["users", "list", "-d", "/dev/null/x"], 1, "cannot be used"],
  ])("refuses %s", async (_, args, code, text) => {
    using home = newHome();
    const input = args.includes("bob:1875") ? "pw\n" : "";
    const outcome = await home.manager(args, input);
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });

  it("refuses a user who is there", async () => {
    using home = newHome();
    await home.manager(["users", "add", "bob"], "pw\n");
    const again = await home.manager(["users", "add", "bob"], "pw\n");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("already exists") });
  });
});

describe("bunsen manager hostnames", () => {
  it("begins with the names of this computer; adds and removes", async () => {
    using home = newHome();
    const added = await home.manager(["hostnames", "add", "raspberrypi", "lab1"]);
    expect(added.stdout).toBe("Added raspberrypi\nAdded lab1\n");
    await home.manager(["hostnames", "remove", "lab1"]);
    const { stdout } = await home.manager(["hostnames", "list", "--json"]);
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining(["127.0.0.1", hostname(), "localhost", "raspberrypi"]),
    );
    expect(stdout).not.toContain("lab1");
    const { code, stderr } = await home.manager(["hostnames", "remove", "lab1"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('no host "lab1"'),
    });
  });
});

describe("bunsen manager keygen, certgen and certdump", () => {
  it.each([
    ["rsa", [], "RSA 2048 bits", "RSA"],
    ["ecc", ["ecc"], "EC secp384r1", "ECC"],
    ["ecc on another curve", ["ecc", "--curve", "SECP256R1"], "EC prime256v1", "ECC"],
  ])("make %s keys, and certificates of them", async (_, args, shown, name) => {
    using home = newHome();
    const key = home.file("my.key");
    const made = await home.manager(["keygen", ...args, "--out", key]);
    expect(made.stdout).toBe(`Created private ${name} key '${key}'\n`);
    const cert = home.file("my.crt");
    const signed = await home.manager(["certgen", cert, "--key-file", key, "--years-valid", "0.5"]);
    expect(signed.stdout).toBe(`Created the self-signed certificate '${cert}'\n`);
    const { stdout } = await home.manager(["certdump", cert]);
    expect(stdout).toContain(`CN=${hostname()}`);
    expect(stdout).toMatch(/DNS:localhost.*IP Address:127\.0\.0\.1/);
    expect(stdout).toContain(shown);
    await using _manager = await home.start("--cert-file", cert, "--key-file", key);
  });

  it("take a key with a password", async () => {
    using home = newHome();
    const env = { BUNSEN_KEY_PASSWORD: "of the key" };
    await home.manager(["keygen", "--password"], "", env);
    expect(readFileSync(home.file("keys", "localhost.key"), "utf8")).toContain(
      "Proc-Type: 4,ENCRYPTED",
    );
    const refused = await home.manager(["certgen", "--key-file-password"], "wrong\n");
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is its password right?"),
    });
    const shown = await home.manager(["certgen", "--key-file-password", "--show"], "of the key\n");
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining("Fingerprint (SHA1)") });
  });

  it("refuse a file that is no certificate", async () => {
    using home = newHome();
    writeFileSync(home.file("x.crt"), "nothing");
    const outcome = await home.manager(["certdump", home.file("x.crt")]);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("holds no PEM certificate"),
    });
  });
});
