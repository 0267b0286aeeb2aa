import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CommunicationError, TimeoutError } from "../../src/errors.ts";
import type { Location } from "../../src/net/location.ts";
import { dial, listen } from "../../src/net/socket.ts";
import type { ByteStream } from "../../src/net/stream.ts";
import type { CallerTls } from "../../src/net/tls.ts";
import { testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";

checkLeaks();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bunsen-socket-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

const tcp = (port = 0, host = "127.0.0.1"): Location => ({ kind: "tcp", host, port });
const unix = (name: string): Location => ({ kind: "unix", path: join(folder, name) });
const BASICS = { handshakeTimeoutMs: 1000, onRefused: () => {} };
const NOTHING = { data() {}, drain() {}, closed() {} };

const accept = (location: Location, onStream: (stream: ByteStream) => void = () => {}) =>
  listen(location, BASICS, onStream);

/** Sends back what comes, until the other side ends. */
const echo = (stream: ByteStream) =>
  stream.start({ ...NOTHING, data: (chunk) => stream.write(Uint8Array.from(chunk), () => {}) });

interface Heard {
  text: string;
  closed: (Error | undefined)[];
}

function hear(stream: ByteStream): Heard {
  const heard: Heard = { text: "", closed: [] };
  stream.start({
    data: (chunk) => {
      heard.text += Buffer.from(chunk).toString();
    },
    drain() {},
    closed: (error) => heard.closed.push(error),
  });
  return heard;
}

describe.each<[string, () => Location, boolean]>([
  ["TCP", () => tcp(), true],
  ["IPv6", () => tcp(0, "::1"), hasIpv6],
  ["a Unix socket", () => unix("talk.sock"), process.platform !== "win32"],
])("over %s", (_, location, possible) => {
  it.skipIf(!possible)("bytes go to and fro, and the end is told once to each side", async () => {
    const served: Heard[] = [];
    await using acceptor = await accept(location(), (stream) => {
      served.push({ text: "", closed: [] });
      stream.start({
        data: (chunk) => stream.write(Uint8Array.from(chunk), () => {}),
        drain() {},
        closed: (error) => served[0]?.closed.push(error),
      });
    });
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    const heard = hear(stream);
    const written = await new Promise((resolve) =>
      stream.write(Buffer.from("to and fro"), () => resolve("written")),
    );
    expect(written).toBe("written");
    await vi.waitFor(() => expect(heard.text).toBe("to and fro"));
    stream.end();
    await vi.waitFor(() => expect(heard.closed).toEqual([undefined]));
    await vi.waitFor(() => expect(served[0]?.closed).toEqual([undefined]));
  });

  it.skipIf(!possible)("what arrives before somebody listens is kept", async () => {
    const accepted = Promise.withResolvers<ByteStream>();
    await using acceptor = await accept(location(), accepted.resolve);
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    await new Promise<void>((resolve) => stream.write(Buffer.from("early"), resolve));
    await setTimeout(20);
    const heard = hear(await accepted.promise);
    stream.start(NOTHING);
    stream.write(Buffer.from(" and late"), () => {});
    await vi.waitFor(() => expect(heard.text).toBe("early and late"));
    stream.end();
    await vi.waitFor(() => expect(heard.closed).toEqual([undefined]));
  });

  it.skipIf(!possible)("what a paused stream is sent arrives when it goes on", async () => {
    const heard = Promise.withResolvers<Heard>();
    const accepted = Promise.withResolvers<ByteStream>();
    await using acceptor = await accept(location(), (stream) => {
      heard.resolve(hear(stream));
      stream.pause();
      accepted.resolve(stream);
    });
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    stream.start(NOTHING);
    const served = await accepted.promise;
    const { text } = await heard.promise;
    await new Promise<void>((resolve) => stream.write(Buffer.from("for later"), resolve));
    await setTimeout(20);
    expect((await heard.promise).text).toBe(text);
    served.resume();
    await vi.waitFor(async () => expect((await heard.promise).text).toBe("for later"));
    stream.end();
    await vi.waitFor(async () => expect((await heard.promise).closed).toEqual([undefined]));
  });

  it.skipIf(!possible)("streams that speak at the same time get their own bytes", async () => {
    await using acceptor = await accept(location(), echo);
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => dial(acceptor.location, { timeoutMs: 5000 })),
    );
    const heard = streams.map(hear);
    const texts = streams.map((_, i) => String(i).repeat(300_000));
    for (const [i, stream] of streams.entries()) {
      stream.write(Buffer.from(texts[i] as string), () => {});
    }
    await vi.waitFor(() => expect(heard.map(({ text }) => text)).toEqual(texts));
    for (const stream of streams) stream.end();
    await vi.waitFor(() => expect(heard.every(({ closed }) => closed.length === 1)).toBe(true));
  });

  it.skipIf(!possible)("what is pending is sent before the end", async () => {
    const heard = Promise.withResolvers<Heard>();
    await using acceptor = await accept(location(), (stream) => heard.resolve(hear(stream)));
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    stream.start(NOTHING);
    for (let i = 0; i < 100; i++) stream.write(Buffer.alloc(10_000, "x"), () => {});
    stream.end();
    await vi.waitFor(async () => expect((await heard.promise).closed).toHaveLength(1));
    expect((await heard.promise).text).toHaveLength(1_000_000);
  });

  it.skipIf(!possible)(
    "each write is reported done, also when the stream is destroyed",
    async () => {
      let slow: ByteStream | undefined;
      await using acceptor = await accept(location(), (stream) => {
        slow = stream;
        stream.start(NOTHING);
        stream.pause();
      });
      const stream = await dial(acceptor.location, { timeoutMs: 5000 });
      const { closed } = hear(stream);
      let done = 0;
      for (let i = 0; i < 50; i++) stream.write(Buffer.alloc(1_000_000), () => (done += 1));
      expect(stream.pendingBytes).toBeGreaterThan(1_000_000);
      stream.destroy();
      await vi.waitFor(() => expect(done).toBe(50));
      await vi.waitFor(() => expect(closed).toHaveLength(1));
      stream.write(Buffer.from("too late"), () => (done += 1));
      await vi.waitFor(() => expect(done).toBe(51));
      slow?.resume();
    },
  );
});

describe("listening", () => {
  it.skipIf(process.platform === "win32")(
    "at a Unix socket lets nobody else in from the moment that it is there",
    async () => {
      const before = process.umask(0);
      const modes: number[] = [];
      const original = net.Server.prototype.listen;
      const spy = vi.spyOn(net.Server.prototype, "listen");
      spy.mockImplementation(function (this: net.Server, ...args: unknown[]) {
        Reflect.apply(original, this, args);
        modes.push(statSync(join(folder, "private.sock")).mode & 0o077);
        return this;
      });
      try {
        await using _acceptor = await accept(unix("private.sock"));
        expect(modes).toEqual([0]);
        expect(process.umask()).toBe(0);
      } finally {
        spy.mockRestore();
        process.umask(before);
      }
    },
  );

  it("on port 0 tells the port that was bound", async () => {
    await using acceptor = await accept(tcp());
    expect(acceptor.location).toEqual(tcp(expect.any(Number) as unknown as number));
    expect((acceptor.location as { port: number }).port).toBeGreaterThan(0);
  });

  it("on localhost binds 127.0.0.1, where Pyro's clients look", async () => {
    await using acceptor = await accept(tcp(0, "localhost"), echo);
    const { port } = acceptor.location as { port: number };
    const stream = await dial(tcp(port), { timeoutMs: 5000 });
    stream.start(NOTHING);
    stream.end();
  });

  it("on a port in use is refused, with what to do", async () => {
    await using acceptor = await accept(tcp());
    const { port } = acceptor.location as { port: number };
    const refused = accept(tcp(port));
    await expect(refused).rejects.toThrow(CommunicationError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_LISTEN",
      retry: "later",
      message: `cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE); stop the other program, or choose another port (0 picks a free one)`,
      cause: { code: "EADDRINUSE" },
    });
  });

  it("on an address that is not this machine's is refused, with what to do", async () => {
    await expect(accept(tcp(0, "192.0.2.1"))).rejects.toMatchObject({
      code: "ERR_LISTEN",
      message: expect.stringMatching(/EADDRNOTAVAIL.*use one of its own, or 0\.0\.0\.0 for all/),
    });
  });

  it("ends when it is closed, which may be done twice, and by both ways", async () => {
    const acceptor = await accept(tcp());
    await Promise.all([acceptor.close(), acceptor.close()]);
    await acceptor[Symbol.asyncDispose]();
    await expect(dial(acceptor.location, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: "ERR_CONNECT",
    });
  });

  it("that ends leaves the connections that are open alone", async () => {
    const acceptor = await accept(tcp(), echo);
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    const heard = hear(stream);
    await acceptor.close();
    stream.write(Buffer.from("still here"), () => {});
    await vi.waitFor(() => expect(heard.text).toBe("still here"));
    stream.end();
  });
});

describe.skipIf(process.platform === "win32")("a Unix socket", () => {
  it("is its owner's alone", async () => {
    await using acceptor = await accept(unix("mine.sock"));
    expect(statSync((acceptor.location as { path: string }).path).mode & 0o777).toBe(0o600);
  });

  it("is removed when listening ends", async () => {
    const acceptor = await accept(unix("gone.sock"));
    await acceptor.close();
    await vi.waitFor(() => expect(existsSync(join(folder, "gone.sock"))).toBe(false));
  });

  it("that a program left behind when it died is replaced", async () => {
    const location = unix("stale.sock");
    await leaveStale(join(folder, "stale.sock"));
    await using acceptor = await accept(location, echo);
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    stream.start(NOTHING);
    stream.end();
  });

  it("that a program listens on is left alone, and listening there refused", async () => {
    const location = unix("live.sock");
    await using first = await accept(location, echo);
    await expect(accept(location)).rejects.toMatchObject({
      code: "ERR_LISTEN",
      message: expect.stringContaining("a program listens there"),
    });
    const stream = await dial(first.location, { timeoutMs: 5000 });
    const heard = hear(stream);
    stream.write(Buffer.from("alive"), () => {});
    await vi.waitFor(() => expect(heard.text).toBe("alive"));
    stream.end();
  });

  it("does not replace a file that is no socket", async () => {
    writeFileSync(join(folder, "file"), "precious");
    await expect(accept(unix("file"))).rejects.toMatchObject({
      code: "ERR_LISTEN",
      message: expect.stringContaining("the file is no socket"),
    });
    expect(statSync(join(folder, "file")).size).toBe(8);
  });

  it("in a folder that is not there is refused, with what to do", async () => {
    await expect(accept(unix("no/such.sock"))).rejects.toMatchObject({
      code: "ERR_LISTEN",
      message: expect.stringContaining("the folder is not there"),
    });
  });

  it.skipIf(process.platform !== "linux")("may be abstract: a name without a file", async () => {
    const location: Location = { kind: "unix", path: `\0bunsen-test-${process.pid}` };
    await using acceptor = await accept(location, echo);
    const stream = await dial(acceptor.location, { timeoutMs: 5000 });
    stream.start(NOTHING);
    stream.end();
  });
});

describe("dialling", () => {
  it("where nothing listens fails, with what to do", async () => {
    const port = await freePort();
    const refused = dial(tcp(port), { timeoutMs: 5000 });
    await expect(refused).rejects.toThrow(CommunicationError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_CONNECT",
      retry: "later",
      message: `cannot connect to 127.0.0.1:${port}: nothing listens there (ECONNREFUSED); is the daemon running, on this port?`,
      cause: { code: "ECONNREFUSED" },
    });
  });

  it("a Unix socket that is not there fails, with what to do", async () => {
    await expect(dial(unix("never.sock"), { timeoutMs: 5000 })).rejects.toMatchObject({
      code: "ERR_CONNECT",
      message: expect.stringMatching(/never\.sock: there is no such socket \(ENOENT\)/),
    });
  });

  it("a host whose name does not resolve fails, with what to do", async () => {
    await expect(dial(tcp(1, "no-such-host.invalid"), { timeoutMs: 20_000 })).rejects.toMatchObject(
      {
        code: "ERR_CONNECT",
        message: expect.stringMatching(/the host name does not resolve \((ENOTFOUND|EAI_AGAIN)\)/),
      },
    );
  });

  it("a host that does not answer is given up after the timeout", async () => {
    // The handshake of TLS belongs to connecting: one that never comes is a host that does not answer.
    const accepted: net.Socket[] = [];
    const silent = net.createServer((socket) => accepted.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as net.AddressInfo;
    const before = performance.now();
    const late = dial(tcp(port), { timeoutMs: 60, tls: true });
    await expect(late).rejects.toThrow(TimeoutError);
    await expect(late).rejects.toMatchObject({
      code: "ERR_CONNECT_TIMEOUT",
      retry: "later",
      message: expect.stringContaining("did not accept a connection within 60 ms"),
    });
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
    for (const socket of accepted) socket.destroy();
    silent.close();
  });
});

/** A server that is renamed away does not find its socket to remove it. */
async function leaveStale(path: string): Promise<void> {
  const server: net.Server = net.createServer().listen(`${path}.made`);
  await once(server, "listening");
  renameSync(`${path}.made`, path);
  server.close();
  await once(server, "close");
  expect(statSync(path).isSocket()).toBe(true);
}

it("hangs up on a caller without a certificate that it must have, where nobody tells it more", async () => {
  using authority = await testAuthority();
  const { ca, server, client } = authority;
  const accepted: ByteStream[] = [];
  const refused: string[] = [];
  const options = {
    tls: { ...server, ca, requireClientCert: true },
    handshakeTimeoutMs: 1000,
    onRefused: (_: string, { message }: Error) => void refused.push(message),
  };
  await using acceptor = await listen(tcp(0, "localhost"), options, (stream) => {
    accepted.push(stream);
    stream.start(NOTHING);
  });
  const closed = async (tls: CallerTls) => {
    const stream = await dial(acceptor.location, { timeoutMs: 1000, tls });
    return new Promise<void>((resolve) => stream.start({ ...NOTHING, closed: () => resolve() }));
  };
  await closed({ ca });
  expect(refused).toEqual([expect.stringContaining("client certificate required")]);
  expect(accepted).toEqual([]);
  const proven = await dial(acceptor.location, { timeoutMs: 1000, tls: { ca, ...client } });
  proven.start(NOTHING);
  await expect.poll(() => accepted.length).toBe(1);
  expect(accepted[0]?.identity).toBe("the client");
  for (const stream of [proven, ...accepted]) stream.destroy();
});
