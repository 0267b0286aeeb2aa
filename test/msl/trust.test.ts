import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, Daemon, expose, type Logger } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { type ConnectManagerOptions, connectManager } from "../../src/msl/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython } from "../support/python.ts";
import { describeWithSshd, Sshd } from "../support/sshd.ts";
import { StockManager } from "./stock.ts";

class Here {
  where(): string {
    return "here";
  }
}
expose(Here, { where: true });

const TLS = { disable_tls: false };

async function ask(url: string, options: ConnectManagerOptions): Promise<number> {
  await using client = await connectManager(url, { logger: SILENT, ...options });
  return (await client.identities()).port;
}

describeWithPython("the certificate of a stock manager", () => {
  checkLeaks();
  let manager: StockManager;
  let home: string;

  beforeAll(async () => {
    manager = await StockManager.start(TLS);
    home = mkdtempSync(join(tmpdir(), "msl-here-"));
  });
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  const theirs = () => join(manager.home, "certs", "localhost.crt");
  const ours = (host = "localhost") => join(home, "certs", `${host}.crt`);

  it("is remembered when it is first seen, with a word, in the file that Python would use", async () => {
    const words: string[] = [];
    const logger: Logger = { ...SILENT, warn: (_, text) => words.push(text) };
    expect(await ask(manager.url, { home, logger })).toBe(manager.port);
    expect(words).toEqual([
      expect.stringMatching(/trusted from now on \(SHA1 fingerprint ([\da-f]{2}:?){20}\)/),
    ]);
    expect(readFileSync(ours(), "utf8").trim()).toBe(readFileSync(theirs(), "utf8").trim());
    expect(await ask(manager.url, { home, logger })).toBe(manager.port);
    expect(words).toHaveLength(1);
  });

  it("is not remembered where only known ones are wanted", async () => {
    const elsewhere = join(home, "strict");
    const strict = { home: elsewhere, trust: "known" } as const;
    await expect(ask(manager.url, strict)).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_CERT_UNKNOWN",
    });
    expect(existsSync(elsewhere)).toBe(false);
    expect(await ask(manager.url, { ...strict, certFile: theirs() })).toBe(manager.port);
  });

  it("that changed is refused, and how to accept it is said", async () => {
    const elsewhere = await StockManager.start(TLS);
    copyFileSync(join(elsewhere.home, "certs", "localhost.crt"), ours());
    await elsewhere[Symbol.asyncDispose]();
    await expect(ask(manager.url, { home })).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_CERT_CHANGED",
      message: expect.stringContaining(`not the trusted one in ${ours()}`),
    });
    await expect(ask(manager.url, { home })).rejects.toThrow(/remove the file to trust it/);
    rmSync(ours());
    expect(await ask(manager.url, { home })).toBe(manager.port);
  });

  it("must be for the name that was called, or for the one that is said", async () => {
    // An address of this machine that is in no certificate.
    const url = manager.url.replace("localhost", "127.0.0.2");
    await expect(ask(url, { home })).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_CERT_NAME",
      message: expect.stringMatching(
        new RegExp(`is not for "127.0.0.2" but for ${hostname()}, .*serverName: "${hostname()}"`),
      ),
    });
    expect(existsSync(ours("127.0.0.2"))).toBe(false);
    await expect(ask(url, { home, serverName: "elsewhere" })).rejects.toMatchObject({
      code: "ERR_CERT_NAME",
    });
    expect(await ask(url, { home, serverName: "localhost" })).toBe(manager.port);
    expect(existsSync(ours("127.0.0.2"))).toBe(true);
  });

  it("is none of an authority", async () => {
    await expect(ask(manager.url, { home, trust: "authority" })).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_TLS",
    });
  });

  it("that was given must be there", async () => {
    const certFile = join(home, "none.crt");
    await expect(ask(manager.url, { certFile })).rejects.toMatchObject({ code: "ERR_CERT_FILE" });
  });

  it("is missed where TLS is off on one side", async () => {
    await expect(ask(manager.url, { tls: false, connectTimeoutMs: 300 })).rejects.toMatchObject({
      code: "ERR_HANDSHAKE_TIMEOUT",
      message: expect.stringContaining("does it run with TLS, which is off here?"),
    });
    await using plain = await StockManager.start();
    await expect(ask(plain.url, { home })).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_TLS",
      message: expect.stringContaining("{ tls: false }"),
    });
  });
});

describeWithPython("a stock manager that wants to know who connects", () => {
  checkLeaks();

  describeWithSshd("behind a gateway", () => {
    it("is reached by a tunnel, its certificate checked all the same", async () => {
      await using manager = await StockManager.start(TLS);
      await using sshd = await Sshd.start();
      await using daemon = new Daemon({ logger: SILENT });
      daemon.register("Here", new Here());
      await daemon.join(manager.url, { via: sshd.host, home: manager.home });
      await using here = await connect<Here>(`${manager.url}/Here`, {
        msl: { home: manager.home },
      });
      expect(await here.where()).toBe("here");
      const options = { via: sshd.host, home: manager.home };
      expect(await ask(manager.url, options)).toBe(manager.port);
      await expect(ask(manager.url, { ...options, serverName: "elsewhere" })).rejects.toMatchObject(
        {
          code: "ERR_CERT_NAME",
        },
      );
    });
  });

  const PLAIN = { tls: false } as const;

  it("is told its password", async () => {
    await using manager = await StockManager.start({ auth_password: "open sesame" });
    expect(await ask(manager.url, { ...PLAIN, managerPassword: "open sesame" })).toBe(manager.port);
    await expect(ask(manager.url, { ...PLAIN, managerPassword: "closed" })).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_LOGIN",
      message: expect.stringMatching(/Wrong Manager password; check managerPassword$/),
    });
    await expect(ask(manager.url, { ...PLAIN, password: "open sesame" })).rejects.toMatchObject({
      code: "ERR_LOGIN",
      message: expect.stringContaining("pass { managerPassword }"),
    });
  });

  it("is told a user and a password, and does what an administrator asks", async () => {
    const home = mkdtempSync(join(tmpdir(), "msl-"));
    await runPython(
      `
      from msl.network.database import UsersTable
      table = UsersTable()
      table.insert("admin", "secret", True)
      table.insert("guest", "known", False)
      table.close()
      `,
      [],
      { env: { MSL_NETWORK_HOME: home } },
    );
    await using manager = await StockManager.start({ auth_login: true }, { home });
    const admin = { ...PLAIN, user: "admin", password: "secret" };
    expect(await ask(manager.url.replace("//", "//guest@"), { ...PLAIN, password: "known" })).toBe(
      manager.port,
    );
    await expect(ask(manager.url, { ...admin, password: "known" })).rejects.toMatchObject({
      code: "ERR_LOGIN",
      message: expect.stringMatching(/Wrong login password; check user and password$/),
    });
    await expect(ask(manager.url, PLAIN)).rejects.toThrow("pass { user }");

    await using client = await connectManager(manager.url, { ...admin, logger: SILENT });
    expect(await client.admin("users_table.usernames")).toEqual(["admin", "guest"]);
    expect(await client.admin("users_table.is_admin", ["guest"])).toBe(false);
    const [port, login] = await Promise.all([client.admin("port"), client.admin("login")]);
    expect([port, login]).toEqual([manager.port, true]);
    await expect(client.admin("nope")).rejects.toThrow("AttributeError");

    await using guest = await connectManager(manager.url, {
      ...PLAIN,
      user: "guest",
      password: "known",
      logger: SILENT,
    });
    await expect(guest.admin("port")).rejects.toThrow("You must be an administrator");
    expect((await guest.identities()).port).toBe(manager.port);

    const waiting = guest.admin("port").catch(() => {});
    await client.shutdownManager();
    await waiting;
  });

  it("asks who the administrator is only then, on the same connection", async () => {
    const home = mkdtempSync(join(tmpdir(), "msl-"));
    await runPython(
      `
      from msl.network.database import UsersTable
      table = UsersTable()
      table.insert("admin", "secret", True)
      table.close()
      `,
      [],
      { env: { MSL_NETWORK_HOME: home } },
    );
    await using manager = await StockManager.start({}, { home });
    await using client = await connectManager(manager.url, {
      ...PLAIN,
      user: "admin",
      password: "secret",
      logger: SILENT,
    });
    expect(await client.admin("port")).toBe(manager.port);
    await using nobody = await connectManager(manager.url, { ...PLAIN, logger: SILENT });
    await expect(nobody.admin("port")).rejects.toMatchObject({
      code: "ERR_LOGIN",
      message: expect.stringContaining("pass { user, password }"),
    });
    expect((await nobody.identities()).port).toBe(manager.port);
  });

  it("may be asked by connect as well", async () => {
    await using manager = await StockManager.start({ auth_password: "open sesame" });
    await using _ = await manager.service({ password_manager: "open sesame" });
    await using proxy = await connect<{ power(a: number): number }>(`${manager.url}/Calc`, {
      msl: { ...PLAIN, managerPassword: "open sesame", waitMs: 15_000 },
    });
    expect(await proxy.power(4)).toBe(16);
  });

  it("is told that a URL has no room for a password, and that there is no such place", async () => {
    await expect(ask("msl://admin:secret@localhost", PLAIN)).rejects.toMatchObject({
      code: "ERR_BAD_URI",
      message: expect.not.stringContaining("secret"),
    });
    await expect(ask("msl://localhost:1", PLAIN)).rejects.toMatchObject({ code: "ERR_CONNECT" });
    await expect(connect("msl://localhost:1")).rejects.toMatchObject({ code: "ERR_BAD_URI" });
  });
});
