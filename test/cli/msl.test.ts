import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expose } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import {
  type Joined,
  Manager,
  ManagerDatabase,
  makeCertificate,
  makePrivateKey,
  startServices,
} from "../../src/msl/index.ts";
import { describeWithSshd, Sshd } from "../support/sshd.ts";
import { run, serve } from "./bunsen.ts";

class Calc {
  units = "mm";
  power(a: number, n = 2): number {
    return a ** n;
  }
}
expose(Calc, { units: true, power: true });

describe("bunsen msl", () => {
  const home = mkdtempSync(join(tmpdir(), "bunsen-msl-"));
  let manager: Manager;
  let joined: Joined;

  beforeAll(async () => {
    manager = await Manager.start({ host: "localhost", port: 0, home, logger: SILENT });
    joined = await startServices({ Calc: new Calc() }, `msl://localhost:${manager.port}`, {
      home,
      logger: SILENT,
    });
  });
  afterAll(async () => {
    await joined.close();
    await manager.close();
    rmSync(home, { recursive: true, force: true });
  });

  const msl = (args: readonly string[], input = "", env: Record<string, string> = {}) =>
    run(["msl", ...args], input, { MSL_NETWORK_HOME: home, ...env });

  it("identities shows who is connected as a tree, or as JSON", async () => {
    const { code, stdout, stderr } = await msl(["identities", `localhost:${manager.port}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Manager\\[${manager.address}\\]\n`));
    expect(stdout).toMatch(/^Clients \[1\]:\n {2}bunsen\[/m);
    expect(stdout).toMatch(
      /^Services \[1\]:\n {2}Calc\[\S+\]\n {4}attributes:\n {6}power\(a, n=2\)\n {6}units\(\) -> mm\n/m,
    );
    const json = await msl(["identities", `msl://localhost:${manager.port}`, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      port: manager.port,
      services: { Calc: { attributes: { units: "mm" } } },
    });
  });

  it.each([
    ["msl identities", (at: string) => ["msl", "identities", at]],
    ["describe", (at: string) => ["describe", `msl://${at}/Calc`]],
  ])("%s says in words that it trusts a certificate from now on, once", async (name, args) => {
    const env = { MSL_NETWORK_HOME: join(home, `stranger to ${name}`) };
    const at = `localhost:${manager.port}`;
    expect((await run(args(at), "", env)).stderr).toMatch(
      /^bunsen: warn: localhost: its certificate is trusted from now on \(SHA1 fingerprint .*\n$/,
    );
    expect((await run(args(at), "", env)).stderr).toBe("");
  });

  it("is not needed to call a service: call and describe take its URI", async () => {
    const env = { MSL_NETWORK_HOME: home, PYRO_HMAC_KEY: "of Pyro4 alone" };
    const uri = `msl://localhost:${manager.port}/Calc`;
    const called = await run(["call", uri, "power", "3", "n=3"], "", env);
    expect(called).toEqual({ code: 0, stdout: "27\n", stderr: "" });
    expect((await run(["describe", uri], "", env)).stdout).toContain("power(a, n=2)");
    const keyed = join(home, "some.key");
    writeFileSync(keyed, "a key", { mode: 0o600 });
    expect(await run(["call", uri, "power", "3", "--hmac-key-file", keyed], "", env)).toMatchObject(
      {
        code: 2,
        stderr: expect.stringMatching(/cannot be called with `hmacKey`: MSL-Network has users/),
      },
    );
  });

  it.each([
    ["over TLS", false, []],
    ["without TLS", true, ["--no-tls"]],
  ])("serves a module at a manager that asks for a password, %s", async (_, disableTls, tls) => {
    const [path, database] = [join(home, "dial.mjs"), ":memory:"];
    writeFileSync(path, "export const dial = { turn: (by) => by * 2, shutdown_service() {} };\n");
    const options = { host: "localhost", port: 0, home, database, disableTls, logger: SILENT };
    await using own = await Manager.start({ ...options, authPassword: "open sesame" });
    const url = `msl://localhost:${own.port}`;
    const env = { MSL_NETWORK_HOME: home, BUNSEN_MSL_MANAGER_PASSWORD: "open sesame" };
    const args = ["serve", path, "--expose", "^(turn|shutdown_service)$", "--join", url, ...tls];
    await using service = await serve(args, /^(ready)$/, env);
    expect(service.stderr).toBe(`joined ${url}\n`);
    const call = (...args: string[]) => run(["call", `${url}/dial`, ...args, ...tls], "", env);
    expect(await call("turn", "21")).toMatchObject({ code: 0, stdout: "42\n" });
    expect(await call("shutdown_service")).toMatchObject({ code: 0 });
    expect(await service.exit()).toEqual({ code: 0, signal: null });
  });

  it("trusts the certificate of --tls-ca and no other, to call and to serve", async () => {
    const env = { MSL_NETWORK_HOME: join(home, "empty") };
    const at = `msl://localhost:${manager.port}`;
    const [own, other] = [join(home, "certs", "localhost.crt"), join(home, "other.crt")];
    const key = await makePrivateKey({ algorithm: "ecc" });
    writeFileSync(other, await makeCertificate({ key }));
    const call = ["call", `${at}/Calc`, "power", "3", "--tls-ca"];
    // Nothing was remembered, so nothing is told.
    expect(await run([...call, own], "", env)).toEqual({ code: 0, stdout: "9\n", stderr: "" });
    expect(await run([...call, other], "", env)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("is not the trusted one"),
    });
    expect(await run([...call, join(home, "none.crt")], "", env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--tls-ca: ENOENT"),
    });
    const path = join(home, "knob.mjs");
    writeFileSync(path, "export const knob = { turn: (by) => by * 2 };\n");
    const args = ["serve", path, "--expose", "^turn$", "--join", at, "--tls-ca"];
    await using service = await serve([...args, own], /^(ready)$/, env);
    expect(service.stderr).toBe(`joined ${at}\n`);
    expect(await run([...args, other], "", env)).toMatchObject({
      stderr: expect.stringContaining("is not the trusted one"),
    });
  });

  it("calls a service of a manager without TLS with --no-tls, and logs in", async () => {
    const database = join(home, "plain.sqlite3");
    const users = await ManagerDatabase.open(database);
    await users.users.add("alice", "secret");
    users.close();
    const open = { host: "localhost", port: 0, home, database, disableTls: true, logger: SILENT };
    await using plain = await Manager.start({ ...open, authLogin: true });
    await using _services = await startServices(
      { Calc: new Calc() },
      `msl://alice@localhost:${plain.port}`,
      { tls: false, password: "secret", logger: SILENT },
    );
    const uri = `msl://alice@localhost:${plain.port}/Calc`;
    const env = { MSL_NETWORK_HOME: home, BUNSEN_MSL_PASSWORD: "secret" };
    expect(await run(["call", uri, "power", "3", "--no-tls"], "", env)).toMatchObject({
      stdout: "9\n",
      stderr: "",
    });
  });

  it("says why it cannot connect, and ends with 3", async () => {
    const { code, stderr } = await msl(["identities", "localhost:1"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^bunsen: cannot connect to localhost:1: /);
    const stranger = await msl(["identities", `127.0.0.2:${manager.port}`]);
    expect(stranger.code).toBe(3);
  });

  it("shutdown ends a manager for an administrator, whose password is in no argument", async () => {
    const database = join(home, "other.sqlite3");
    const users = await ManagerDatabase.open(database);
    await users.users.add("admin", "secret", { isAdmin: true });
    users.close();
    const other = await Manager.start({
      host: "localhost",
      port: 0,
      home,
      database,
      authLogin: true,
      logger: SILENT,
    });
    const args = ["shutdown", `localhost:${other.port}`, "--user", "admin"];
    expect((await msl(args, "wrong\n")).stderr).toMatch(/Wrong login password/);
    const file = join(home, "password");
    writeFileSync(file, "secret\n");
    expect(await msl([...args, "--password-file", file])).toMatchObject({ code: 0 });
    await other.closed;
  });

  describeWithSshd("behind a gateway", () => {
    it("goes by a tunnel", async () => {
      await using sshd = await Sshd.start();
      const { user, port } = sshd.host;
      // The user's own configuration does not know the key of a host of this test.
      const { code, stderr } = await msl([
        "identities",
        `localhost:${manager.port}`,
        "--via",
        `ssh://${user}@127.0.0.1:${port}`,
      ]);
      expect(code).toBe(3);
      expect(stderr).toContain("its host key is not known here");
    });
  });
});
