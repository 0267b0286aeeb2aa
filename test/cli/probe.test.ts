import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, it } from "vitest";
import { classify, probe } from "../../src/cli/probing.ts";
import { Daemon, expose, SILENT } from "../../src/index.ts";
import { Manager } from "../../src/msl/manager/manager.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { run } from "./bunsen.ts";

const probePort = (port: number) =>
  probe({ kind: "tcp", host: "127.0.0.1", port }, { timeoutMs: 400 });

async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Made anew: a key in a repository, even a worthless one, alarms whoever scans it. */
const identity = selfSigned();

function selfSigned(): { key: string; cert: string } | undefined {
  const args =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=probe.test -keyout - -out -";
  const { status, stdout } = spawnSync("openssl", args.split(" "), { encoding: "utf8" });
  const [, key = "", cert = ""] =
    /^(.*-----END [A-Z ]*PRIVATE KEY-----\n)(.*)$/s.exec(stdout ?? "") ?? [];
  return status === 0 ? { key, cert } : undefined;
}

/** A server that says its piece to everybody. */
const saying = (text: string) => createServer((socket) => socket.write(text, "latin1"));

describe("probe recognises", () => {
  it("a Bunsen daemon", async () => {
    await using daemon = new Daemon();
    daemon.register("a", expose({ ping() {} }, { ping: true }));
    const { address } = await daemon.listen("pyro://localhost:0");
    const { code, stdout } = await run(["probe", address]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${address}: Bunsen: Pyro 5 (protocol 502) and Pyro 4 (protocol 48) on one port\n`,
    );
  });

  it("a web server", async () => {
    await using server = await listening(createHttpServer((_, response) => response.end("hi")));
    expect(await probePort(server.port)).toEqual({
      speaks: "http",
      text: expect.stringMatching(/^HTTP \(HTTP\/1\.1 400 Bad Request\)/),
    });
  });

  it("TLS, also where no handshake succeeds", async () => {
    await using server = await listening(createTlsServer({}));
    expect(await probePort(server.port)).toMatchObject({
      speaks: "tls",
      text: expect.stringMatching(/^TLS/),
    });
  });

  it.skipIf(!identity)("TLS with its version and certificate (needs openssl)", async () => {
    await using server = await listening(createTlsServer({ ...identity }));
    expect(await probePort(server.port)).toEqual({
      speaks: "tls",
      text: expect.stringMatching(/^TLS \(TLSv1\.3, certificate of probe\.test\)/),
    });
  });

  it.skipIf(!identity)("TLS that wants a client's certificate (needs openssl)", async () => {
    const options = { ...identity, ca: identity?.cert ?? "", requestCert: true };
    await using server = await listening(createTlsServer(options));
    expect(await probePort(server.port)).toMatchObject({ speaks: "tls" });
  });

  it("a Pyro 3 server by its challenge, and by its refusal", async () => {
    await using challenging = await listening(
      saying("PYRO\0\x05\0\x12\0\0\0\x10\0\0\0\0\0\0sixteen bytes ..."),
    );
    expect(await probePort(challenging.port)).toMatchObject({ speaks: "pyro3", version: 5 });
    await using denying = await listening(saying("DENIED1"));
    expect(await probePort(denying.port)).toMatchObject({ speaks: "pyro3" });
  });

  it("a manager of MSL-Network by its question", async () => {
    await using manager = await Manager.start({
      port: 0,
      disableTls: true,
      database: ":memory:",
      authPassword: "open sesame",
    });
    expect(await probePort(manager.port)).toEqual({
      speaks: "msl",
      text: `a manager of MSL-Network 1.x, without TLS; it is called Manager[${manager.address}] and asks first for the password`,
    });
    const question = `{"attribute": "identity", "args": [], "kwargs": {}, "requester": "labpc:1875", "uuid": "", "error": false}\r\n`;
    await using old = await listening(saying(question));
    expect(await probePort(old.port)).toMatchObject({
      speaks: "msl",
      text: expect.stringContaining("MSL-Network 0.5"),
    });
    await using refusing = await listening(
      saying(
        `{"error": true, "message": "ValueError: 'x' is not a trusted hostname", "requester": "Manager[labpc:1875]", "uid": ""}\r\n`,
      ),
    );
    expect(await probePort(refusing.port)).toMatchObject({
      speaks: "msl",
      text: expect.stringContaining("refuses connections: ValueError: 'x'"),
    });
    await using other = await listening(saying('{"attribute": "identity", "requester": "me"}\r\n'));
    expect(await probePort(other.port)).toMatchObject({ speaks: "other" });
  });

  it("ZeroMQ by its greeting, as our server of PyProximity sends it", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    const { address } = await daemon.listen("proximity://127.0.0.1:0");
    expect(await probePort(Number(address.split(":")[1]))).toMatchObject({
      speaks: "zeromq",
      text: expect.stringContaining("PyProximity"),
    });
  });

  it("an SSH server by its banner", async () => {
    await using server = await listening(saying("SSH-2.0-OpenSSH_9.6\r\n"));
    expect(await probePort(server.port)).toEqual({
      speaks: "ssh",
      text: "SSH (SSH-2.0-OpenSSH_9.6)",
    });
  });
});

describe("probe says", () => {
  it("that nothing listens, with exit code 3", async () => {
    const port = await freePort();
    expect(await run(["probe", `127.0.0.1:${port}`])).toEqual({
      code: 3,
      stdout: `127.0.0.1:${port}: nothing listens at 127.0.0.1:${port} (ECONNREFUSED); the host is up\n`,
      stderr: "",
    });
  });

  it("that something stays silent, with exit code 1", async () => {
    await using server = await listening(createServer());
    const { code, stdout } = await run([
      "probe",
      `127.0.0.1:${server.port}`,
      "--timeout",
      "300",
      "--json",
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      speaks: "silent",
      text: expect.stringContaining("stays silent"),
    });
  });

  it("that something closes without a word", async () => {
    await using server = await listening(createServer((socket) => socket.destroy()));
    expect(await probePort(server.port)).toMatchObject({
      speaks: "silent",
      text: expect.stringContaining("closes"),
    });
  });

  it("what the first bytes are of something else, with exit code 1", async () => {
    await using server = await listening(saying("220 mail.example ESMTP\r\n"));
    const { code, stdout } = await run(["probe", `127.0.0.1:${server.port}`]);
    expect(code).toBe(1);
    expect(stdout).toContain('something else; its first bytes are "220 mail.example ESMTP\\r\\n"');
  });

  it("that a host name does not resolve", async () => {
    expect(await run(["probe", "no-such-host.invalid:9090"])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("does not resolve"),
    });
  });

  it("what is wrong with its argument", async () => {
    expect(await run(["probe", "localhost"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected host:port"),
    });
  });
});

describe("the version of a Pyro header", () => {
  const header = (version: number) =>
    Buffer.concat([Buffer.from("PYRO"), Buffer.from([version >> 8, version & 255])]);
  it.each([
    [502, "pyro5", "Pyro 5 (protocol 502)"],
    [503, "pyro5", "Pyro 5 of another version (protocol 503)"],
    [48, "pyro4", "Pyro 4 (protocol 48)"],
    [46, "pyro4", "an early Pyro 4 (protocol 46)"],
    [5, "pyro3", "Pyro 3, as far as its first bytes tell (protocol 5)"],
    [20, "pyro", "a Pyro that is not known here (protocol 20)"],
  ])("%i is %s", (version, speaks, text) => {
    expect(classify(header(version))).toMatchObject({
      speaks,
      version,
      text: expect.stringContaining(text),
    });
  });

  it("no bytes are nothing", () => {
    expect(classify(new Uint8Array())).toBeUndefined();
  });
});

describeWithPython("probe recognises the daemons of Python", () => {
  it.each([
    ["Pyro5.api", "pyro5", 502],
    ["Pyro4", "pyro4", 48],
  ])("%s", async (module, speaks, version) => {
    await using peer = await spawnPython(
      `
      import ${module}
      daemon = ${module}.Daemon(port=0)
      print("at", daemon.locationStr, flush=True)
      daemon.requestLoop()
      `,
      [],
      { ready: /^at (\S+)$/ },
    );
    const { code, stdout } = await run(["probe", peer.ready?.[1] ?? "", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ speaks, version });
  });
});

describeWithPython("probe recognises the web server of Python", () => {
  // To what is no request it answers with a page alone, as HTTP 0.9 did.
  it("http.server", async () => {
    await using peer = await spawnPython(
      `
      from http.server import BaseHTTPRequestHandler, HTTPServer
      server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
      print("at", server.server_port, flush=True)
      server.serve_forever()
      `,
      [],
      { ready: /^at (\d+)$/ },
    );
    const at = `127.0.0.1:${peer.ready?.[1]}`;
    const { code, stdout } = await run(["probe", at, "--timeout", "30000", "--json"]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, speaks: "http" });
  });
});
