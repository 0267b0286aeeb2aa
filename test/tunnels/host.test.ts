import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { forwardTarget, masterArguments, shellWord } from "../../src/tunnels/arguments.ts";
import { hopsOf, hostOf, nameOfHost } from "../../src/tunnels/host.ts";
import { SshHosts } from "../../src/tunnels/index.ts";

describe("a hop", () => {
  it.each([
    ["ssh://ops@crux:2222", { host: "crux", user: "ops", port: 2222 }],
    ["ssh://crux", { host: "crux" }],
    ["ssh://crux/", { host: "crux" }],
    ["ops@crux", { host: "crux", user: "ops" }],
    ["crux:2222", { host: "crux", port: 2222 }],
    ["crux", { host: "crux" }],
    ["ssh://ops@[fe80::1%eth0]:22", { host: "fe80::1%eth0", user: "ops", port: 22 }],
    ["ssh://name%2Bother@crux", { host: "crux", user: "name+other" }],
  ])("%s is read", (text, host) => {
    expect(hostOf(text)).toEqual(host);
  });

  it.each([
    ["", /expected "ssh:\/\/user@host:port"/],
    ["ssh://crux/some/path", /expected "ssh:\/\/user@host:port"/],
    ["-oProxyCommand=evil", /no host name/],
    ["-lroot@crux", /no user name/],
    ["ssh://a b", /no host name/],
    ["ssh://x@$(reboot)", /no host name/],
    ["ssh://`id`@crux", /no user name/],
    ["ssh://crux:0", /from 1 to 65535/],
    ["ssh://crux:70000", /from 1 to 65535/],
  ])("%j is refused", (text, message) => {
    expect(() => hostOf(text)).toThrow(
      expect.objectContaining({
        code: "ERR_BAD_SSH_HOST",
        message: expect.stringMatching(message),
      }),
    );
  });

  it("with a password in its URL is refused, and the password not repeated", () => {
    const read = () => hostOf("ssh://ops:sesame@crux");
    expect(read).toThrow(/pass \{ host, user, password \}/);
    expect(read).not.toThrow(/sesame/);
  });

  it("is judged as an object too", () => {
    expect(() => hostOf({ host: "crux", user: "-x" })).toThrow(/no user name/);
    expect(() => hostOf({ host: "crux", port: 2.5 })).toThrow(/from 1 to 65535/);
  });

  it("may be one of several, at least one", () => {
    expect(hopsOf(["gate", { host: "inner", port: 23 }]).map(nameOfHost)).toEqual([
      "gate",
      "inner:23",
    ]);
    expect(() => hopsOf([])).toThrow(/at least one host/);
  });
});

describe("hosts by names of their own", () => {
  const folder = mkdtempSync(join(tmpdir(), "hosts-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("come from lists, as pyro4tunneling has them, and from records, as trifeni has them", () => {
    const hosts = new SshHosts({
      remote: ["hostname", "myname", 22],
      short: ["hostname"],
      empty: ["hostname", "", null],
      new: { HostName: "other", User: "me", Port: "2222", IdentityFile: "~/.ssh/id" },
    });
    expect(hosts.names).toEqual(["remote", "short", "empty", "new"]);
    expect(hosts.get("remote")).toEqual({ host: "hostname", user: "myname", port: 22 });
    expect(hosts.get("short")).toEqual({ host: "hostname" });
    expect(hosts.get("empty")).toEqual({ host: "hostname" });
    expect(hosts.get("new")).toEqual({
      host: "other",
      user: "me",
      port: 2222,
      identityFile: "~/.ssh/id",
    });
  });

  it("come from a JSON file", () => {
    const path = join(folder, "pyro4tunneling.json");
    writeFileSync(path, '{"remote": ["hostname", "username", 22]}');
    expect(new SshHosts(path).get("remote").user).toBe("username");
  });

  it("of a later source replace those of an earlier one, whole", () => {
    const hosts = new SshHosts({ a: ["one", "me", 1], b: ["two"] }, { a: ["three"] });
    expect(hosts.get("a")).toEqual({ host: "three" });
    expect(hosts.get("b")).toEqual({ host: "two" });
  });

  it("give way to what is said explicitly", () => {
    const hosts = new SshHosts({ remote: ["hostname", "myname", 22] });
    expect(hosts.get("remote", { port: 2222, user: "ops" })).toEqual({
      host: "hostname",
      user: "ops",
      port: 2222,
    });
  });

  it("leave other names to the configuration of OpenSSH", () => {
    expect(new SshHosts({}).get("crux")).toEqual({ host: "crux" });
  });

  it.each([
    ["no JSON", "{remote: 1}", /JSON/],
    ["no object", "[1]", /holds no object/],
    ["a strange entry", '{"remote": "hostname"}', /"remote" is neither \[host, user, port\] nor/],
  ])("of a file with %s are an error", (_, text, message) => {
    const path = join(folder, "bad.json");
    writeFileSync(path, text);
    expect(() => new SshHosts(path)).toThrow(
      expect.objectContaining({ code: "ERR_SSH_HOSTS", message: expect.stringMatching(message) }),
    );
  });

  it("of a file that is not there are an error", () => {
    expect(() => new SshHosts(join(folder, "none.json"))).toThrow(/ENOENT/);
  });
});

describe("hosts of the file that the environment names", () => {
  const folder = mkdtempSync(join(tmpdir(), "bunsen-hosts-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("are what texts mean, which win where they say more", () => {
    const file = join(folder, "named.json");
    writeFileSync(file, `{"remote": ["hostname", "myname", 2222]}`);
    vi.stubEnv("BUNSEN_SSH_HOSTS", file);
    expect(hostOf("remote")).toEqual({ host: "hostname", user: "myname", port: 2222 });
    expect(hostOf("ssh://ops@remote:23")).toEqual({ host: "hostname", user: "ops", port: 23 });
    expect(hostOf("another")).toEqual({ host: "another" });
    expect(hostOf({ host: "remote" })).toEqual({ host: "remote" });
    vi.stubEnv("BUNSEN_SSH_HOSTS", join(folder, "none.json"));
    expect(() => hostOf("remote")).toThrow(/none\.json/);
  });
});

describe("the arguments of ssh", () => {
  const keep = { connectTimeoutMs: 10_000, keepAliveMs: 15_000 };
  const of = (host: Parameters<typeof masterArguments>[0]) =>
    masterArguments(host, "/run/x", keep).join(" ");

  it("never switch the check of host keys off, nor hold a secret", () => {
    const secret = { host: "crux", password: "sesame", passphrase: "street" };
    for (const host of [{ host: "crux" }, secret, { ...secret, hostKeys: "accept-new" } as const]) {
      expect(of(host)).toMatch(/StrictHostKeyChecking=(yes|accept-new)/);
      expect(of(host)).not.toMatch(/sesame|street/);
    }
  });

  it("ask nothing at a terminal", () => {
    expect(of({ host: "crux" })).toContain("BatchMode=yes");
    expect(of({ host: "crux", password: "x" })).toContain("NumberOfPasswordPrompts=1");
  });

  it("end their options before the host", () => {
    expect(of({ host: "crux" })).toMatch(/ -- crux$/);
  });

  it("name places as ssh does, and nothing that could be something else", () => {
    expect(forwardTarget({ kind: "tcp", host: "::1", port: 90 })).toBe("[::1]:90");
    expect(forwardTarget({ kind: "unix", path: "/run/lab.sock" })).toBe("/run/lab.sock");
    for (const host of ["a b", "a'b", "", "a/b", "x;y"]) {
      expect(() => forwardTarget({ kind: "tcp", host, port: 1 })).toThrow(/no host name/);
    }
    expect(() => forwardTarget({ kind: "unix", path: "\0abstract" })).toThrow(/absolute path/);
  });

  it("are one word of a shell each", () => {
    expect(shellWord("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  });
});
