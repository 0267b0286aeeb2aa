import { createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  callContext,
  connect,
  connectionState,
  Daemon,
  locateNameServer,
  SILENT,
  startNameServer,
  TimeoutError,
} from "../../src/index.ts";
import {
  callerDefaults,
  listenerDefaults,
  nameServerDefaults,
  streamDefaults,
} from "../../src/settings/defaults.ts";
import { type TestAuthority, testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, runPython } from "../support/python.ts";

checkLeaks();
afterEach(() => {
  vi.unstubAllEnvs();
});

function temporaryFolder(): AsyncDisposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "bunsen-settings-"));
  const dispose = async () => rmSync(path, { recursive: true, force: true });
  return { path, [Symbol.asyncDispose]: dispose };
}

class Bench {
  #asked = 0;
  echo(value: unknown) {
    return value;
  }
  never() {
    return new Promise(() => {});
  }
  /** Answers from the second time on. */
  atLast() {
    this.#asked += 1;
    return this.#asked > 1 ? this.#asked : this.never();
  }
  whoami() {
    return callContext().caller.identity;
  }
}

async function serve(options: ConstructorParameters<typeof Daemon>[0] = { logger: SILENT }) {
  const daemon = new Daemon(options);
  daemon.register("bench", new Bench(), { expose: /^(echo|never|atLast|whoami)$/ });
  await daemon.listen();
  return daemon;
}

describe("options that nobody gave", () => {
  it("come from the environment", () => {
    const env = {
      PYRO_COMMTIMEOUT: "2.5",
      PYRO_MAX_RETRIES: "3",
      PYRO_COMPRESSION: "1",
      PYRO_MAX_MESSAGE_SIZE: "0",
      PYRO_SERIALIZER: "json",
      PYRO_SERIALIZERS_ACCEPTED: "json,pickle",
      PYRO_NATHOST: "gate.lab",
      PYRO_NATPORT: "7000",
      PYRO_ITER_STREAM_LIFETIME: "60",
      PYRO_ITER_STREAM_LINGER: "1",
    };
    const limits = { compression: true, maxMessageBytes: Number.MAX_SAFE_INTEGER };
    const caller = { ...limits, timeout: 2500, retries: 3, serializer: "json" };
    expect(callerDefaults(env)).toEqual(caller);
    expect(listenerDefaults(env)).toEqual({
      ...limits,
      idleTimeoutMs: 2500,
      serializers: ["json"],
      natHost: "gate.lab",
      natPort: 7000,
    });
    expect(streamDefaults(env)).toEqual({ streamLifetimeMs: 60_000, streamLingerMs: 1000 });
  });

  it("come from the environment, of a name server", () => {
    const env = {
      PYRO_HOST: "0.0.0.0",
      PYRO_NS_PORT: "9000",
      PYRO_NS_BCPORT: "9001",
      PYRO_NS_BCHOST: "192.0.2.7",
      PYRO_NS_AUTOCLEAN: "4.5",
    };
    expect(nameServerDefaults(env)).toEqual({
      host: "0.0.0.0",
      port: 9000,
      broadcastPort: 9001,
      broadcastHost: "192.0.2.7",
      autoCleanMs: 4500,
    });
  });

  it("are left to their defaults where it says nothing", () => {
    expect(callerDefaults({})).toEqual({});
    expect(listenerDefaults({})).toEqual({});
    expect(streamDefaults({})).toEqual({});
  });
});

describe("the environment", () => {
  it("says where a daemon listens that is not told", async () => {
    vi.stubEnv("PYRO_HOST", "127.0.0.1");
    await using daemon = await serve();
    expect(daemon.uriFor("bench")).toMatch(/^PYRO:bench@127\.0\.0\.1:\d+$/);
  });

  it("says where a router passes calls on to a daemon; to a Unix socket none does", async () => {
    vi.stubEnv("PYRO_NATHOST", "gate.lab");
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("bench", new Bench(), { expose: /^echo$/ });
    await using folder = temporaryFolder();
    await daemon.listen(`pyro://./u:${folder.path}/bench.sock`);
    expect(daemon.uriFor("bench")).toContain("/bench.sock");
    await using other = await serve();
    expect(other.uriFor("bench")).toMatch(/^PYRO:bench@gate\.lab:\d+$/);
  });

  it("bounds messages, until an option says otherwise", async () => {
    vi.stubEnv("PYRO_MAX_MESSAGE_SIZE", "1000");
    await using daemon = await serve();
    const uri = daemon.uriFor("bench");
    await using bounded = await connect<Bench>(uri);
    await expect(bounded.echo("x".repeat(1001))).rejects.toMatchObject({
      code: "ERR_MESSAGE_TOO_LARGE",
    });
    vi.unstubAllEnvs();
    await daemon.listen("pyro://localhost:0");
    await using free = await connect<Bench>(uri, { maxMessageBytes: 10_000 });
    expect(await free.echo("x")).toBe("x");
  });

  it("bounds the time of calls, until an option says otherwise", async () => {
    vi.stubEnv("PYRO_COMMTIMEOUT", "30");
    vi.stubEnv("BUNSEN_COMMTIMEOUT", "0.1");
    await using daemon = await serve();
    await using bench = await connect<Bench>(daemon.uriFor("bench"));
    await expect(bench.never()).rejects.toBeInstanceOf(TimeoutError);
    await using patient = await connect<Bench>(daemon.uriFor("bench"), { timeout: 0 });
    expect(await patient.echo(1)).toBe(1);
  });

  it("bounds how long a caller may be silent", async () => {
    vi.stubEnv("PYRO_COMMTIMEOUT", "0.1");
    await using daemon = await serve();
    vi.unstubAllEnvs();
    await using bench = await connect<Bench>(daemon.uriFor("bench"));
    const lost = Promise.withResolvers<void>();
    const stop = connectionState(bench).subscribe(({ name }) => {
      if (name === "lost") lost.resolve();
    });
    await lost.promise;
    stop();
  });

  it("has calls made again", async () => {
    vi.stubEnv("PYRO_MAX_RETRIES", "1");
    await using daemon = await serve();
    await using bench = await connect<Bench>(daemon.uriFor("bench"), { timeout: 200 });
    expect(await bench.atLast()).toBe(2);
  });

  it("says which serializers are used and accepted", async () => {
    vi.stubEnv("PYRO_SERIALIZERS_ACCEPTED", "json");
    vi.stubEnv("PYRO_SERIALIZER", "json");
    await using daemon = await serve();
    const uri = daemon.uriFor("bench");
    await using bench = await connect<Bench>(uri);
    expect(await bench.echo([1])).toEqual([1]);
    await expect(connect(uri, { serializer: "serpent" })).rejects.toThrow("not accepted");
    await expect(connect(uri, { serializer: "auto" })).rejects.toThrow("not accepted");
  });

  it("says how long to wait for a name", async () => {
    const port = await freePort();
    vi.stubEnv("PYRO_NS_PORT", String(port));
    vi.stubEnv("PYRO_NS_LOOKUP_DELAY", "20");
    await using names = await startNameServer({ broadcastPort: false, logger: SILENT });
    expect(names.uri.toString()).toContain(`:${port}`);
    await using daemon = await serve();
    const [bench] = await Promise.all([
      connect<Bench>("PYRONAME:late"),
      locateNameServer().then(async (client) => {
        await client.count();
        await daemon.announce("bench", "late");
        await client.close();
      }),
    ]);
    await using late = bench;
    expect(await late.echo(1)).toBe(1);
  });
});

describe("log lines", () => {
  const lines = (file: string): Record<string, unknown>[] =>
    readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("go to the file that the environment names, from its level on, with the call that they belong to", async () => {
    await using folder = temporaryFolder();
    const file = join(folder.path, "new/pyro.log");
    vi.stubEnv("PYRO_LOGFILE", file);
    vi.stubEnv("PYRO_LOGLEVEL", "DEBUG");
    vi.stubEnv("PYRO_LOGWIRE", "yes");
    {
      await using daemon = await serve({});
      await using bench = await connect<Bench>(daemon.uriFor("bench"));
      await bench.echo(1);
      expect(await bench.echo(2)).toBe(2);
    }
    const written = lines(file);
    expect(written[0]).toMatchObject({ level: "info", name: "bunsen", msg: "listening" });
    const calls = written.filter(({ kind }) => kind === "call");
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatchObject({
      level: "debug",
      object: "bench",
      member: "echo",
      caller: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ms: expect.any(Number),
    });
    expect(written.filter(({ msg }) => `${msg}`.startsWith("connection closed"))).toEqual([
      expect.objectContaining({ level: "info", dialect: "pyro5", object: "bench", calls: 2 }),
    ]);
  });

  it("are none where the level is silent", async () => {
    await using folder = temporaryFolder();
    const file = join(folder.path, "pyro.log");
    vi.stubEnv("PYRO_LOGFILE", file);
    vi.stubEnv("BUNSEN_LOGLEVEL", "silent");
    await using daemon = await serve({});
    expect(daemon.objects).toEqual(["bench"]);
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

describeWithPython("TLS as Pyro's environment has it", () => {
  let authority: TestAuthority;
  let env: Record<string, string>;
  beforeEach(async () => {
    authority = await testAuthority("Rosalind");
    const file = (name: string) => join(authority.folder, name);
    env = {
      PYRO_SSL: "1",
      PYRO_SSL_SERVERCERT: file("server.pem"),
      PYRO_SSL_SERVERKEY: file("server.key"),
      PYRO_SSL_CLIENTCERT: file("client.pem"),
      PYRO_SSL_CLIENTKEY: file("client.key"),
      PYRO_SSL_CACERTS: file("ca.pem"),
      PYRO_SSL_REQUIRECLIENTCERT: "1",
    };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  });
  afterEach(() => authority[Symbol.dispose]());

  it("is spoken with no option given, to our callers and to Python's", async () => {
    await using daemon = await serve();
    const uri = daemon.uriFor("bench");
    await using bench = await connect<Bench>(uri);
    expect(await bench.whoami()).toBe("Rosalind");
    const script = `
      import sys
      import Pyro5.api
      with Pyro5.api.Proxy(sys.argv[1]) as bench:
          print(bench.whoami())
    `;
    expect(await runPython(script, [uri], { env })).toBe("Rosalind\n");
    await expect(connect(uri, { tls: false, timeout: 5000 })).rejects.toThrow();
  });

  it("opens keys that are encrypted with the passwords that are there", async () => {
    for (const [file, side] of [
      ["server.key", "SERVER"],
      ["client.key", "CLIENT"],
    ] as const) {
      const key = createPrivateKey(readFileSync(join(authority.folder, file)));
      const encrypted = join(authority.folder, `encrypted-${file}`);
      const encryption = { cipher: "aes256", passphrase: `of ${file}` };
      writeFileSync(encrypted, key.export({ type: "pkcs8", format: "pem", ...encryption }));
      vi.stubEnv(`PYRO_SSL_${side}KEY`, encrypted);
      await expect(side === "SERVER" ? serve() : connect("PYRO:bench@localhost:1")).rejects.toThrow(
        `SSL_${side}KEYPASSWD`,
      );
      vi.stubEnv(`PYRO_SSL_${side}KEYPASSWD`, encryption.passphrase);
    }
    await using daemon = await serve();
    await using bench = await connect<Bench>(daemon.uriFor("bench"));
    expect(await bench.whoami()).toBe("Rosalind");
  });

  it("is refused by name where a file is missing", async () => {
    vi.stubEnv("PYRO_SSL_CACERTS", "/nowhere/ca.pem");
    await expect(serve()).rejects.toMatchObject({
      code: "ERR_ENVIRONMENT",
      message: expect.stringContaining('PYRO_SSL_CACERTS="/nowhere/ca.pem", which cannot be read'),
    });
    vi.stubEnv("PYRO_SSL_SERVERCERT", "");
    await expect(serve()).rejects.toThrow("PYRO_SSL_SERVERCERT is the PEM file of one");
  });
});
