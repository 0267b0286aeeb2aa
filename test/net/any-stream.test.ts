import { spawn } from "node:child_process";
import { type Duplex, duplexPair, PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import {
  type AnyStream,
  callContext,
  connect,
  connectionState,
  Daemon,
  describe as describeProxy,
  expose,
  type Remote,
  uriOf,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { byteStreamOf } from "../../src/net/any-stream.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

class Lab {
  readonly stopped: string[] = [];
  /** Adds two numbers. */
  add(a: number, b: number): number {
    return a + b;
  }
  echo<T>(value: T): T {
    return value;
  }
  blob(bytes: number): Uint8Array {
    return new Uint8Array(bytes).fill(7);
  }
  fail(): never {
    throw new RangeError("too far");
  }
  *count(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  async hang(): Promise<void> {
    const { signal } = callContext();
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    this.stopped.push("hang");
  }
}
expose(Lab, { add: true, echo: true, blob: true, fail: true, count: true, hang: true });

/** Two ends of something, by a name. */
const PAIRS: [string, () => [AnyStream, AnyStream]][] = [
  ["a pair of Duplexes", () => duplexPair() as [Duplex, Duplex]],
  [
    "two streams each",
    () => {
      const [up, down] = [new PassThrough(), new PassThrough()];
      return [
        { readable: up, writable: down },
        { readable: down, writable: up },
      ];
    },
  ],
  [
    "ports of a message channel",
    () => {
      const { port1, port2 } = new MessageChannel();
      return [port1, port2];
    },
  ],
];

describe.each(PAIRS)("a conversation over %s", (_, pair) => {
  async function lab() {
    const [here, there] = pair();
    const daemon = new Daemon({ logger: SILENT });
    const object = new Lab();
    daemon.register("lab", object);
    const served = daemon.serve(there);
    const proxy = await connect<Lab>({ stream: here, object: "lab" }, { timeout: 10_000 });
    return {
      daemon,
      object,
      served,
      proxy,
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await daemon.close();
      },
    };
  }

  it("is one of Bunsen peers, with all that they can", async () => {
    await using peers = await lab();
    const { proxy } = peers;
    expect(connectionState(proxy).value).toMatchObject({ name: "connected", peer: "Bunsen" });
    expect(describeProxy(proxy).members.get("add")?.doc).toBe("Adds two numbers.");
    const calls = Array.from({ length: 200 }, (_, i) => proxy.add(i, 1));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(await Array.fromAsync(proxy.count(1000))).toHaveLength(1000);
    await expect(proxy.fail()).rejects.toThrow("too far");
  });

  it("carries megabytes, both ways, whole", async () => {
    await using peers = await lab();
    const bytes = new Uint8Array(3_000_000).map((_, i) => i * 7);
    const [back, ...blobs] = await Promise.all([
      peers.proxy.echo(bytes),
      ...Array.from({ length: 4 }, () => peers.proxy.blob(1_000_000)),
    ]);
    expect(Buffer.compare(back as Uint8Array, bytes)).toBe(0);
    for (const blob of blobs) expect(Buffer.compare(blob, Buffer.alloc(1_000_000, 7))).toBe(0);
  });

  it("ends at both ends when the caller closes it, and running calls are told", async () => {
    await using peers = await lab();
    const hanging = peers.proxy.hang();
    await peers.proxy.add(1, 2);
    await peers.proxy[Symbol.asyncDispose]();
    await expect(hanging).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await peers.served.closed;
    expect(peers.object.stopped).toEqual(["hang"]);
    expect(peers.daemon.counters.connections).toBe(0);
    await expect(peers.proxy.add(1, 2)).rejects.toMatchObject({ code: "ERR_STREAM_OVER" });
  });

  it("ends at both ends when the daemon closes", async () => {
    await using peers = await lab();
    await peers.daemon.close();
    await expect.poll(() => connectionState(peers.proxy).value.name).toBe("lost");
  });
});

it("a stream is good for one conversation", async () => {
  const [here, there] = duplexPair();
  await using daemon = new Daemon({ logger: SILENT });
  daemon.register("lab", new Lab());
  daemon.serve(there);
  expect(() => daemon.serve(there)).toThrow(expect.objectContaining({ code: "ERR_STREAM_TAKEN" }));
  await using _lab = await connect<Lab>({ stream: here, object: "lab" });
  await expect(connect<Lab>({ stream: here, object: "lab" })).rejects.toMatchObject({
    code: "ERR_STREAM_TAKEN",
  });
  expect(() => daemon.serve({} as never)).toThrow(/Expected a stream/);
});

it("a port that nobody reads holds the sender back, and is told when it is read again", async () => {
  const { port1, port2 } = new MessageChannel();
  const [sender, reader] = [byteStreamOf(port1), byteStreamOf(port2)];
  const events = { data() {}, drain: vi.fn(), closed: vi.fn() };
  sender.start(events);
  let read = 0;
  const readerClosed = vi.fn();
  reader.start({ data: (chunk) => (read += chunk.length), drain() {}, closed: readerClosed });
  reader.pause();
  for (let i = 0; i < 10; i++) sender.write(new Uint8Array(100_000), () => {});
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([read, sender.pendingBytes, events.drain.mock.calls.length]).toEqual([0, 1_000_000, 0]);
  reader.resume();
  await expect.poll(() => read).toBe(1_000_000);
  await expect.poll(() => events.drain.mock.calls.length).toBeGreaterThan(0);
  expect(sender.pendingBytes).toBeLessThan(64 * 1024);
  reader.pause();
  sender.write(new Uint8Array(5), () => {});
  sender.end();
  expect(events.closed).toHaveBeenCalledTimes(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([read, readerClosed.mock.calls.length]).toEqual([1_000_000, 0]);
  // What was sent before the end arrives before it.
  reader.resume();
  expect([read, readerClosed.mock.calls.length]).toEqual([1_000_005, 1]);
});

it("a proxy over a stream is lent to a Bunsen peer, and can be served on to all", async () => {
  const [here, there] = duplexPair();
  await using inner = new Daemon({ logger: SILENT });
  inner.register("lab", new Lab());
  inner.serve(there);
  await using lab = await connect<Lab>({ stream: here, object: "lab" });
  await using outer = new Daemon({ logger: SILENT });
  await outer.listen("pyro://localhost:0");
  outer.register("echo", new Lab());
  await using echo = await connect<Lab>(outer.uriFor("echo"));
  // Not by its URI: it comes back as what it is.
  expect(uriOf((await echo.echo(lab)) as object)).toBe("PYRO:lab@<<connected-socket>>:0");
  const { uri } = outer.register("lab", lab);
  await using adopted = await connect<Lab>(uri);
  expect(await adopted.add(1, 2)).toBe(3);
  await using back = (await echo.echo(lab)) as unknown as Remote<Lab>;
  expect(await back.add(2, 3)).toBe(5);
});

const INDEX = new URL("../../src/index.ts", import.meta.url).href;

it("a worker serves at its parent's port", async () => {
  const code = `
    import { parentPort } from "node:worker_threads";
    import { Daemon } from ${JSON.stringify(INDEX)};
    const daemon = new Daemon();
    daemon.register("lab", { add: (a, b) => a + b }, { expose: /add/ });
    daemon.serve(parentPort);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  const lab = await connect<Lab>({ stream: worker, object: "lab" });
  expect(await lab.add(40, 2)).toBe(42);
  await lab[Symbol.asyncDispose]();
  // Nothing keeps it: its port was all that it waited for.
  expect(await exited).toBe(0);
});

it("a worker that ends takes its conversations with it", async () => {
  const code = `
    import { parentPort } from "node:worker_threads";
    import { Daemon } from ${JSON.stringify(INDEX)};
    const daemon = new Daemon();
    daemon.register("lab", { hang: () => new Promise(() => {}), die: () => process.exit(3) }, { expose: /./ });
    daemon.serve(parentPort);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  await using lab = await connect<{ hang(): void; die(): void }>({ stream: worker, object: "lab" });
  const outcomes = await Promise.allSettled([lab.hang(), lab.die()]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

it("a child process serves at its standard input and output", async () => {
  const code = `
    import { Daemon, SILENT } from ${JSON.stringify(INDEX)};
    const daemon = new Daemon({ logger: SILENT });
    daemon.register("lab", { add: (a, b) => a + b }, { expose: /add/ });
    daemon.serve({ readable: process.stdin, writable: process.stdout });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stream = { readable: child.stdout, writable: child.stdin };
  const lab = await connect<Lab>({ stream, object: "lab", name: "the child" });
  expect(await lab.add(40, 2)).toBe(42);
  await lab[Symbol.asyncDispose]();
  expect(await exited).toBe(0);
});
