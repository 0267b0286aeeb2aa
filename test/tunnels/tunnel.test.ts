import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, Daemon, expose } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { commandArguments } from "../../src/tunnels/arguments.ts";
import { openTunnel, type SshHost, type Tunnel } from "../../src/tunnels/index.ts";
import { runToEnd } from "../../src/tunnels/process.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { startProcess } from "../support/process.ts";
import { Relay } from "../support/relay.ts";
import {
  countSshProcesses,
  describeWithSshd,
  makeKey,
  processesWith,
  Sshd,
  sshdTakesPasswords,
} from "../support/sshd.ts";

class Slow {
  echo(value: unknown): unknown {
    return value;
  }
  async wait(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
  }
}
expose(Slow, { echo: true, wait: true });

async function daemonWithSlow(): Promise<[Daemon, string]> {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("slow", new Slow());
  await daemon.listen("pyro://localhost:0");
  return [daemon, daemon.uriFor("slow")];
}

/** What listens at a port of 127.0.0.1 says first. */
async function greetingAt(port: number): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  try {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    return chunk.toString();
  } finally {
    socket.destroy();
  }
}

function greeter(): Promise<{ port: number; close(): void }> {
  return listening(net.createServer((socket) => socket.on("error", () => {}).end("hello")));
}

async function listening(server: net.Server): Promise<{ port: number; close(): void }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}

describeWithSshd("a tunnel", () => {
  checkLeaks();
  const processes = countSshProcesses();
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await Sshd.start();
  });
  afterAll(async () => {
    await sshd[Symbol.asyncDispose]();
  });

  const quiet = { logger: SILENT };

  it("gives a place at the far end a port of this machine's loopback", async () => {
    const there = await greeter();
    await using tunnel = await openTunnel(sshd.host, quiet);
    const forward = await tunnel.forward({ port: there.port });
    expect(forward.host).toBe("127.0.0.1");
    expect(await greetingAt(forward.port)).toBe("hello");
    await forward.close();
    await expect(greetingAt(forward.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    there.close();
  });

  it("gives a place here a port at the far end, chosen there or asked for", async () => {
    const here = await greeter();
    await using tunnel = await openTunnel(sshd.host, quiet);
    const chosen = await tunnel.reverse({ port: here.port });
    expect(await greetingAt(chosen.port.value)).toBe("hello");
    const asked = await freePort();
    const reverse = await tunnel.reverse({ port: here.port }, { farPort: asked });
    expect(reverse.port.value).toBe(asked);
    expect(await greetingAt(asked)).toBe("hello");
    await chosen.close();
    await reverse.close();
    await expect(greetingAt(asked)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(greetingAt(chosen.port.value)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    here.close();
  });

  it("is one ssh connection, whatever goes through it, and leaves no process behind", async () => {
    const there = await greeter();
    expect(processes()).toBe(0);
    const before = logins(sshd);
    const tunnel = await openTunnel(sshd.host, quiet);
    const one = processes();
    expect(one).toBeGreaterThan(0);
    await Promise.all([
      tunnel.forward({ port: there.port }),
      tunnel.forward({ port: there.port }),
      tunnel.reverse({ port: there.port }),
    ]);
    expect(processes()).toBe(one);
    expect(logins(sshd) - before).toBe(1);
    await tunnel.close();
    await tunnel.close();
    expect(processes()).toBe(0);
    expect(tunnel.state.value).toEqual({ name: "closed" });
    await expect(tunnel.forward({ port: there.port })).rejects.toMatchObject({
      code: "ERR_CLOSED",
    });
    there.close();
  });

  it.each([1, 2])("of %i hops ends with its process, even one that is killed", async (hops) => {
    const keeper = fileURLToPath(new URL("keeper.ts", import.meta.url));
    const route = JSON.stringify(new Array(hops).fill(sshd.host));
    await using owner = await startProcess(process.execPath, [keeper, route], {
      ready: /^open to/,
    });
    expect(processes()).toBeGreaterThan(0);
    process.kill(owner.pid as number, "SIGKILL");
    await owner.exit();
    await expect.poll(processes).toBe(0);
  });

  it("takes hosts from the OpenSSH configuration", async () => {
    const { configFile } = sshd.host;
    await using tunnel = await openTunnel({ host: "gateway", configFile: `${configFile}` }, quiet);
    expect(tunnel.name).toBe("gateway");
    expect(await tunnel.run("echo $((6 * 7))")).toMatchObject({ code: 0, stdout: "42\n" });
  });

  it("goes through jump hosts of the configuration", async () => {
    await using inner = await Sshd.start();
    const config = `${readFileSync(`${sshd.host.configFile}`, "utf8")}
Host inner
  HostName 127.0.0.1
  Port ${inner.port}
  User ${inner.host.user}
  IdentityFile ${inner.host.identityFile}
  UserKnownHostsFile ${inner.host.knownHostsFile}
  ProxyJump gateway
`;
    const configFile = join(inner.folder, "jump_config");
    writeFileSync(configFile, config);
    const before = logins(sshd);
    await using tunnel = await openTunnel({ host: "inner", configFile }, quiet);
    expect(await tunnel.run("true")).toMatchObject({ code: 0 });
    expect([logins(sshd) - before, logins(inner)]).toEqual([1, 1]);
  });

  it("gives up a jump host of the configuration that does not answer, and all that waits for it", async () => {
    const silent = await listening(
      net.createServer((socket) => socket.on("error", () => {}).resume()),
    );
    const configFile = join(sshd.folder, "silent_jump_config");
    writeFileSync(
      configFile,
      `Host inner\n  HostName 127.0.0.1\n  ProxyJump silent\nHost silent\n  HostName 127.0.0.1\n  Port ${silent.port}\n`,
    );
    await expect(
      openTunnel({ host: "inner", configFile }, { ...quiet, connectTimeoutMs: 300 }),
    ).rejects.toMatchObject({ code: "ERR_SSH_TIMEOUT" });
    // The ssh that leads to the jump host is one of ssh's own.
    expect(processesWith(configFile)).toBe(0);
    silent.close();
  });

  it.runIf(sshdTakesPasswords)("tells a password to the host that it is for alone", async () => {
    const password = "for the inner host";
    await using jump = await Sshd.start({ password });
    await using inner = await Sshd.start({ password });
    const configFile = join(inner.folder, "jump_config");
    const hostAt = (name: string, { port, folder }: Sshd) =>
      `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  UserKnownHostsFile ${folder}/known_hosts\n`;
    writeFileSync(
      configFile,
      `${hostAt("inner", inner)}  ProxyJump jump\n${hostAt("jump", jump)}  PubkeyAuthentication no\n`,
    );
    await expect(openTunnel({ host: "inner", configFile, password }, quiet)).rejects.toMatchObject({
      code: "ERR_SSH_LOGIN",
    });
    expect(jump.log).not.toContain("Accepted");
    // As hops, each has its own.
    const hop = (host: SshHost) => withoutKey(host, password);
    await using tunnel = await openTunnel([hop(jump.host), hop(inner.host)], quiet);
    expect(await tunnel.run("true")).toMatchObject({ code: 0 });
  });

  it("goes through several hops, each with a login of its own", async () => {
    await using inner = await Sshd.start();
    const there = await greeter();
    const before = logins(sshd);
    const tunnel = await openTunnel([sshd.host, inner.host], quiet);
    expect(tunnel.name).toBe(`${name(inner)} via ${name(sshd)}`);
    expect([logins(sshd) - before, logins(inner)]).toEqual([1, 1]);
    const { port } = await tunnel.forward({ port: there.port });
    expect(await greetingAt(port)).toBe("hello");
    await tunnel.close();
    expect(processes()).toBe(0);
    there.close();
  });

  it("says which hop of several fails", async () => {
    const dead = { ...sshd.host, port: await freePort() };
    const failed = openTunnel([sshd.host, dead], quiet);
    await expect(failed).rejects.toMatchObject({
      code: "ERR_SSH_CONNECT",
      message: expect.stringContaining(`cannot log in to ${dead.user}@127.0.0.1:${dead.port}`),
    });
    expect(processes()).toBe(0);
  });

  it("refuses a host whose key is not known, unless new ones are to be taken", async () => {
    const knownHostsFile = join(sshd.folder, "empty_known_hosts");
    const stranger: SshHost = { ...sshd.host, knownHostsFile };
    await expect(openTunnel(stranger, quiet)).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_SSH_HOST_KEY_UNKNOWN",
      message: expect.stringMatching(
        /log in once with "ssh .*127\.0\.0\.1".*hostKeys: "accept-new"/,
      ),
    });
    await using tunnel = await openTunnel({ ...stranger, hostKeys: "accept-new" }, quiet);
    expect(tunnel.state.value).toEqual({ name: "open" });
    expect(readFileSync(knownHostsFile, "utf8")).toContain(`[127.0.0.1]:${sshd.port} ssh-ed25519`);
  });

  it("asks for a known key whatever the OpenSSH configuration says", async () => {
    const configFile = join(sshd.folder, "careless_config");
    const careless = [
      "StrictHostKeyChecking no",
      "NoHostAuthenticationForLocalhost yes",
      "CheckHostIP no",
    ].join("\n  ");
    writeFileSync(
      configFile,
      `Host *\n  ${careless}\n${readFileSync(`${sshd.host.configFile}`, "utf8")}`,
    );
    const knownHostsFile = join(sshd.folder, "no_known_hosts");
    await expect(
      openTunnel({ ...sshd.host, configFile, knownHostsFile }, quiet),
    ).rejects.toMatchObject({ code: "ERR_SSH_HOST_KEY_UNKNOWN" });
  });

  it.each(["strict", "accept-new"] as const)(
    "refuses a key that changed (%s)",
    async (hostKeys) => {
      const other = join(sshd.folder, "other_key");
      rmSync(other, { force: true });
      makeKey(other);
      const knownHostsFile = join(sshd.folder, "wrong_known_hosts");
      writeFileSync(knownHostsFile, `* ${readFileSync(`${other}.pub`, "utf8")}`);
      await expect(
        openTunnel({ ...sshd.host, knownHostsFile, hostKeys }, quiet),
      ).rejects.toMatchObject({
        name: "SecurityError",
        code: "ERR_SSH_HOST_KEY_CHANGED",
        message: expect.stringMatching(/ssh-keygen .*-R .*127\.0\.0\.1/),
      });
      expect(processes()).toBe(0);
    },
  );

  it("says that no key was accepted, and what must work first", async () => {
    const identityFile = join(sshd.folder, "stranger");
    rmSync(identityFile, { force: true });
    makeKey(identityFile);
    await expect(openTunnel({ ...sshd.host, identityFile }, quiet)).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_SSH_LOGIN",
      message: expect.stringMatching(/Permission denied.*must work without a question first/),
    });
  });

  it("says that a password was refused, having told it to ssh once and to nobody else", async () => {
    const before = (sshd.log.match(/Failed password/g) ?? []).length;
    const host = withoutKey(sshd.host, "wrong and secret");
    const refused = openTunnel(host, quiet);
    await expect.poll(processes).toBeGreaterThan(0);
    expect(processesWith("wrong and secret")).toBe(0);
    await expect(refused).rejects.toMatchObject({
      name: "SecurityError",
      code: "ERR_SSH_LOGIN",
      message: expect.stringMatching(/Permission denied.*refused the password/),
    });
    await expect.poll(() => (sshd.log.match(/Failed password/g) ?? []).length).toBe(before + 1);
  });

  it.runIf(sshdTakesPasswords)("logs in with a password", async () => {
    await using strict = await Sshd.start({ password: 'it\'s "open" $esame' });
    const host = withoutKey(strict.host, 'it\'s "open" $esame');
    await using tunnel = await openTunnel(host, quiet);
    expect(await tunnel.run("echo in")).toMatchObject({ stdout: "in\n" });
    expect(strict.log).toContain("Accepted password");
  });

  it("unlocks a key with a passphrase", async () => {
    const identityFile = join(sshd.folder, "locked");
    rmSync(identityFile, { force: true });
    makeKey(identityFile, "sesame");
    const config = `AuthorizedKeysFile ${identityFile}.pub`;
    await using locked = await Sshd.start({ config });
    const host = { ...locked.host, identityFile };
    await expect(openTunnel(host, quiet)).rejects.toMatchObject({ code: "ERR_SSH_LOGIN" });
    await using tunnel = await openTunnel({ ...host, passphrase: "sesame" }, quiet);
    expect(tunnel.state.value).toEqual({ name: "open" });
  });

  it("says that nobody listens, and that a name is unknown", async () => {
    const port = await freePort();
    await expect(openTunnel({ ...sshd.host, port }, quiet)).rejects.toMatchObject({
      code: "ERR_SSH_CONNECT",
      retry: "later",
      message: expect.stringContaining("Connection refused"),
    });
    await expect(
      openTunnel({ ...sshd.host, host: "nowhere.invalid" }, quiet),
    ).rejects.toMatchObject({
      code: "ERR_SSH_CONNECT",
      message: expect.stringContaining("nowhere.invalid"),
    });
  });

  it("says that there is no OpenSSH client, and how to get one", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = sshd.folder;
    try {
      await expect(openTunnel(sshd.host, quiet)).rejects.toMatchObject({
        code: "ERR_SSH_MISSING",
        message: expect.stringContaining("openssh-client"),
      });
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("says that a configuration sends ssh away, and calls it back", async () => {
    const configFile = join(sshd.folder, "fork_config");
    writeFileSync(
      configFile,
      `ForkAfterAuthentication yes\n${readFileSync(`${sshd.host.configFile}`, "utf8")}`,
    );
    const reason = openTunnel({ ...sshd.host, configFile }, quiet).then(
      // It may be seen for a moment before it goes.
      async (tunnel) => {
        await using _ = tunnel;
        for await (const state of tunnel.state) if (state.name === "lost") return state.reason;
        return undefined;
      },
      (error: Error) => error,
    );
    expect((await reason)?.message).toMatch(/went into the background, as ForkAfterAuth/);
    await expect.poll(() => processesWith(configFile)).toBe(0);
  });

  it("gives up a host that does not answer in time, and when its opening is aborted", async () => {
    const silent = await listening(
      net.createServer((socket) => socket.on("error", () => {}).resume()),
    );
    const host = { ...sshd.host, port: silent.port };
    await expect(openTunnel(host, { ...quiet, connectTimeoutMs: 300 })).rejects.toMatchObject({
      code: "ERR_SSH_TIMEOUT",
      retry: "later",
    });
    const signal = AbortSignal.timeout(100);
    await expect(openTunnel(host, { ...quiet, signal })).rejects.toMatchObject({
      message: "The operation was aborted due to timeout",
    });
    expect(processes()).toBe(0);
    silent.close();
  });

  it("says that a port is in use, here or at the far end", async () => {
    const there = await greeter();
    await using tunnel = await openTunnel(sshd.host, quiet);
    const taken = { localPort: there.port };
    await expect(tunnel.forward({ port: 9 }, taken)).rejects.toMatchObject({
      code: "ERR_PORT_IN_USE",
      message: expect.stringMatching(/Address already in use.*leave the port out/),
    });
    await expect(tunnel.reverse({ port: 9 }, { farPort: there.port })).rejects.toMatchObject({
      code: "ERR_FORWARD_REFUSED",
      message: expect.stringMatching(/remote port forwarding failed.*leave farPort out/),
    });
    there.close();
  });

  it("says that the far sshd allows no forwarding", async () => {
    await using strict = await Sshd.start({ config: "AllowTcpForwarding no" });
    await using tunnel = await openTunnel(strict.host, quiet);
    await expect(tunnel.reverse({ port: 9 })).rejects.toMatchObject({
      code: "ERR_FORWARD_REFUSED",
      message: expect.stringContaining("AllowTcpForwarding"),
    });
    const refused = connect("PYRO:slow@localhost:9", { via: tunnel });
    await expect(refused).rejects.toMatchObject({
      code: "ERR_CONNECT",
      message: expect.stringContaining("administratively prohibited"),
    });
  });

  it("carries a connection to an object, without a port here", async () => {
    const [daemon, uri] = await daemonWithSlow();
    await using slow = await connect<Slow>(uri, { via: sshd.host });
    expect(await slow.echo("there and back")).toBe("there and back");
    await daemon.close();
  });

  it("that nobody else keeps is closed with the last connection", async () => {
    const [daemon, uri] = await daemonWithSlow();
    const before = logins(sshd);
    const [a, b] = await Promise.all([
      connect<Slow>(uri, { via: sshd.host }),
      connect<Slow>(uri, { via: sshd.host }),
    ]);
    expect(logins(sshd) - before).toBe(1);
    await a[Symbol.asyncDispose]();
    expect(await b.echo(1)).toBe(1);
    expect(processes()).toBeGreaterThan(0);
    await b[Symbol.asyncDispose]();
    await expect.poll(processes).toBe(0);
    // The next call opens it again.
    expect(await b.echo(2)).toBe(2);
    await b[Symbol.asyncDispose]();
    await expect.poll(processes).toBe(0);
    await daemon.close();
  });

  it("tells that nothing listens at the far end as what it is", async () => {
    const port = await freePort();
    await expect(connect(`PYRO:slow@localhost:${port}`, { via: sshd.host })).rejects.toMatchObject({
      code: "ERR_CONNECT",
      retry: "later",
      message: expect.stringMatching(
        new RegExp(
          `cannot connect to localhost:${port} via .*: connect failed: Connection refused`,
        ),
      ),
    });
    await expect.poll(processes).toBe(0);
  });

  it("that breaks fails a command under way; none runs by any other way", async () => {
    await using relay = await Relay.to(sshd.port);
    await using tunnel = await openTunnel({ ...sshd.host, port: relay.port }, quiet);
    const started = join(sshd.folder, "started");
    const command = expect(tunnel.run(`touch ${started}; sleep 60`)).rejects.toMatchObject({
      code: "ERR_TUNNEL_LOST",
    });
    await expect.poll(() => existsSync(started)).toBe(true);
    relay.reset();
    await command;
    expect(await tunnel.run("exit 255")).toMatchObject({ code: 255 });
    // Where its connection is gone, an ssh of its own would go to port 22, as whoever runs this.
    const args = commandArguments(sshd.host, join(sshd.folder, "no-master"), "echo strayed");
    const { code, stdout, stderr } = await runToEnd("ssh", args);
    expect([code, stdout]).toEqual([255, ""]);
    expect(stderr).not.toContain("port 22");
  });

  it("that breaks fails the calls under way, and the next one opens it again", async () => {
    const [daemon, uri] = await daemonWithSlow();
    await using relay = await Relay.to(sshd.port);
    const slow = await connect<Slow>(uri, { via: { ...sshd.host, port: relay.port } });
    const call = slow.wait();
    relay.reset();
    await expect(call).rejects.toMatchObject({
      name: "ConnectionClosedError",
      code: "ERR_TUNNEL_LOST",
      retry: "unknown",
      message: expect.stringMatching(/the tunnel through .* broke/),
    });
    expect(await slow.echo("again")).toBe("again");
    await slow[Symbol.asyncDispose]();
    await expect.poll(processes).toBe(0);
    await daemon.close();
  });

  it("notices a link that is silent", async () => {
    const [daemon, uri] = await daemonWithSlow();
    await using relay = await Relay.to(sshd.port);
    const host = { ...sshd.host, port: relay.port };
    await using tunnel = await openTunnel(host, { ...quiet, keepAliveMs: 1_000 });
    const slow = await connect<Slow>(uri, { via: tunnel });
    const call = slow.wait();
    relay.stall();
    await expect(call).rejects.toMatchObject({
      code: "ERR_TUNNEL_LOST",
      message: expect.stringContaining("not responding"),
    });
    relay.reset();
    await slow[Symbol.asyncDispose]();
    await daemon.close();
  });

  it("sets up its ports again after a break", async () => {
    const here = await greeter();
    await using relay = await Relay.to(sshd.port);
    const tunnel = await openTunnel({ ...sshd.host, port: relay.port }, quiet);
    const forward = await tunnel.forward({ port: here.port });
    const reverse = await tunnel.reverse({ port: here.port });
    relay.reset();
    await until(tunnel, "lost");
    await until(tunnel, "open");
    expect(await greetingAt(forward.port)).toBe("hello");
    expect(await greetingAt(reverse.port.value)).toBe("hello");
    await tunnel.close();
    expect(processes()).toBe(0);
    here.close();
  });
});

function logins({ log }: Sshd): number {
  return (log.match(/^Accepted /gm) ?? []).length;
}

function name({ host: { user, port } }: Sshd): string {
  return `${user}@127.0.0.1:${port}`;
}

function withoutKey({ identityFile: _, ...host }: SshHost, password: string): SshHost {
  return { ...host, configFile: "/dev/null", password };
}

async function until(tunnel: Tunnel, name: string): Promise<void> {
  for await (const state of tunnel.state) if (state.name === name) return;
}
