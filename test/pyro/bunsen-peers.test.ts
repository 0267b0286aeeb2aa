import { accessSync, mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  assign,
  BunsenError,
  batch,
  batchOneway,
  batchSettled,
  type ConnectOptions,
  callContext,
  connect,
  connectionState,
  Daemon,
  DaemonError,
  describe as describeRemote,
  expose,
  isProxy,
  kwargs,
  MemberError,
  type Remote,
  RemoteError,
  RemoteKeyError,
  RemoteOSError,
  RemoteValueError,
  uriOf,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

class Probe {
  readonly channel: number;
  constructor(channel: number) {
    this.channel = channel;
  }
  read() {
    return this.channel + 0.5;
  }
}
expose(Probe, { read: true, channel: true });

class Lab {
  setpoint = 20;
  readonly serial = "L-1";
  readonly #daemon: Daemon;
  readonly #gates = new Map<string, PromiseWithResolvers<string>>();
  readonly #notes: string[] = [];
  ended: string[] = [];

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }
  /** Adds two numbers. */
  add(a: number, b = 10): number {
    return a + b;
  }
  power(base: number, { n = 3 }: { n?: number } = {}): number {
    return base ** n;
  }
  echo<T>(x: T): T {
    return x;
  }
  async later<T>(x: T): Promise<T> {
    await turn();
    return x;
  }
  /** Answers when `open` is called. */
  wait(gate: string): Promise<string> {
    return this.#gate(gate).promise;
  }
  open(gate: string): void {
    this.#gate(gate).resolve(`${gate} is open`);
  }
  failAs(kind: string): void {
    if (kind === "range") throw new RangeError("out of range");
    if (kind === "own") throw Object.assign(new Error("with data"), { channel: 7 });
    if (kind === "file") accessSync("/nowhere");
    if (kind === "key") throw new RemoteError("builtins.KeyError", ["no such channel"]);
    if (kind === "busy") throw new BunsenError("ERR_BUSY", "in use", { retry: "later" });
    throw new Error("plain");
  }
  *count(to: number): Generator<number, string> {
    try {
      for (let i = 0; i < to; i++) yield i;
      return "counted";
    } finally {
      this.ended.push("count");
    }
  }
  async *ticks(to: number): AsyncGenerator<{ tick: number }> {
    try {
      for (let tick = 0; tick < to; tick++) {
        await turn();
        yield { tick };
      }
    } finally {
      this.ended.push("ticks");
    }
  }
  *broken(): Generator<number> {
    yield* [1, 2];
    throw new RangeError("broken generator");
  }
  /** Waits for what never comes, unless its caller leaves. */
  async *silence(): AsyncGenerator<string> {
    const { signal } = callContext();
    try {
      yield "listening";
      await new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    } finally {
      this.ended.push("silence");
    }
  }
  note(text: string): void {
    this.#notes.push(text);
  }
  notes(): string[] {
    return this.#notes;
  }
  async *drip(): AsyncGenerator<number> {
    for (let i = 0; ; i++) {
      await turn();
      yield i;
    }
  }
  annotated(): string {
    const { annotations, responseAnnotations } = callContext();
    responseAnnotations.set("BACK", Buffer.from("and back"));
    return Buffer.from(annotations.get("THEN") ?? []).toString();
  }
  correlation(): string {
    return callContext().correlationId;
  }
  oneway(): boolean {
    return callContext().oneway;
  }
  probe(channel: number): Probe {
    const probe = new Probe(channel);
    this.#daemon.register(`probe-${channel}`, probe, { force: true });
    return probe;
  }
  async use(probe: Remote<Probe>): Promise<number> {
    return (await probe.read()) * 2;
  }
  #gate(name: string): PromiseWithResolvers<string> {
    const gate = this.#gates.get(name) ?? Promise.withResolvers();
    this.#gates.set(name, gate);
    return gate;
  }
}
expose(
  Lab,
  {
    setpoint: true,
    serial: true,
    add: true,
    power: true,
    echo: true,
    later: true,
    wait: true,
    open: true,
    failAs: true,
    count: true,
    ticks: true,
    broken: true,
    silence: true,
    note: { oneway: true },
    notes: true,
    drip: true,
    annotated: true,
    correlation: true,
    oneway: true,
    probe: true,
    use: true,
  },
  { doc: "A small laboratory." },
);

const folder = mkdtempSync(join(tmpdir(), "bunsen-peers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

const TRANSPORTS = [
  { name: "TCP", url: () => "pyro://127.0.0.1:0", skip: undefined },
  {
    name: "IPv6",
    url: () => "pyro://[::1]:0",
    skip: hasIpv6 ? undefined : "this machine has no IPv6",
  },
  {
    name: "a Unix socket",
    url: () => `pyro://./u:${join(folder, "lab.sock")}`,
    skip: process.platform === "win32" ? "Windows has none" : undefined,
  },
];

/** `pulled` is what Python peers do: the caller speaks Pyro4, and so does not show that it is Bunsen. */
const DIALECTS: readonly { readonly title: string; readonly options: ConnectOptions }[] = [
  { title: "as they choose", options: {} },
  ...(["serpent", "json", "marshal", "msgpack"] satisfies SerializerName[]).map((serializer) => ({
    title: `in ${serializer}`,
    options: { serializer },
  })),
  { title: "in Pyro4's manner", options: { generation: 4 } },
];

let daemon: Daemon;
let lab: Lab;

async function serve(url: string): Promise<string> {
  daemon = new Daemon({ logger: SILENT });
  lab = new Lab(daemon);
  daemon.register("lab", lab);
  await daemon.listen(url);
  return daemon.uriFor("lab");
}

afterEach(() => daemon?.close());

for (const { name, url, skip } of TRANSPORTS) {
  describe.skipIf(skip)(`two Bunsen peers over ${name}${skip ? ` (${skip})` : ""}`, () => {
    describe.each(DIALECTS)("$title", ({ options }) => {
      let remote: Remote<Lab>;
      const isBunsen = options.generation === undefined;

      beforeEach(async () => {
        remote = await connect<Lab>(await serve(url()), options);
      });
      afterEach(() => remote[Symbol.asyncDispose]());

      it("call methods, with defaults and keyword arguments", async () => {
        expect(await remote.add(1, 2)).toBe(3);
        expect(await remote.add(1)).toBe(11);
        expect(await remote.add(kwargs({ b: 2, a: 1 }))).toBe(3);
        expect(await remote.add(1, kwargs({ b: 2 }))).toBe(3);
        expect(await remote.power(2, kwargs({ n: 5 }))).toBe(32);
        expect(await remote.power(2)).toBe(8);
      });

      it("exchange values of every common kind", async () => {
        const values = [null, true, 0, -1, 1.5, "", "text ∞ 𝄞", [1, [2]], { a: { b: "c" } }];
        for (const value of values) expect(await remote.echo(value)).toEqual(value);
        expect(await remote.echo(2n ** 70n)).toBe(2n ** 70n);
        expect(await remote.later({ x: [1, 2, 3] })).toEqual({ x: [1, 2, 3] });
        expect(await remote.echo(undefined)).toBeNull();
      });

      it("exchange values larger than any buffer", async () => {
        const large = "0123456789".repeat(200_000);
        expect(await remote.echo(large)).toBe(large);
      });

      it("read and set attributes", async () => {
        expect(await remote.setpoint).toBe(20);
        await assign(remote, { setpoint: 21 });
        expect(await remote.setpoint).toBe(21);
        expect(await remote.serial).toBe("L-1");
      });

      it("refuse to set what is read-only, and to reach what is not exposed", async () => {
        const other = remote as unknown as Remote<{ missing(): void; ended: string[] }>;
        await expect(other.missing()).rejects.toThrow(/unexposed or unknown.*'missing'/);
        await expect(assign(other, { ended: [] })).rejects.toThrow(/unexposed or unknown.*'ended'/);
      });

      it("do not wait for a one-way call", async () => {
        expect(await remote.note("one")).toBeUndefined();
        expect(await withOptions(remote, { oneway: true }).add(1, 2)).toBeUndefined();
        await remote.note("two");
        await vi.waitFor(async () => expect(await remote.notes()).toEqual(["one", "two"]));
      });

      it("send many calls as one message", async () => {
        const results = await batch(remote, (b) => [
          b.add(1, 2),
          b.later("x"),
          b.add(1, kwargs({ b: 5 })),
        ]);
        expect(results).toEqual([3, "x", 6]);
        const outcomes = await batchSettled(remote, (b) => [
          b.add(1, 1),
          b.failAs("range"),
          b.add(2, 2),
        ]);
        expect(outcomes).toMatchObject([
          { status: "fulfilled", value: 2 },
          { status: "rejected", reason: expect.any(RemoteValueError) },
          { status: "rejected", reason: { code: "ERR_BATCH_STOPPED" } },
        ]);
        const { message, stack } = (outcomes[1] as PromiseRejectedResult).reason as Error;
        expect(stack?.startsWith(`RemoteValueError: ${message}\n`)).toBe(true);
        await batchOneway(remote, (b) => [b.note("a"), b.note("b")]);
        await vi.waitFor(async () => expect(await remote.notes()).toEqual(["a", "b"]));
      });

      it("refuse a stream inside a batch, and end it", async () => {
        await expect(batch(remote, (b) => [b.ticks(3)])).rejects.toThrow(
          '"ticks" returns a stream, which a batch cannot carry',
        );
      });

      it("stream the items of a generator, in order", async () => {
        expect(await Array.fromAsync(remote.count(3000))).toEqual([...Array(3000).keys()]);
        expect(lab.ended).toEqual(["count"]);
      }, 20_000);

      it("stream the items of an async generator", async () => {
        const ticks = await Array.fromAsync(remote.ticks(5));
        expect(ticks).toEqual([0, 1, 2, 3, 4].map((tick) => ({ tick })));
      });

      it("stream nothing, and the return value", async () => {
        expect(await Array.fromAsync(remote.count(0))).toEqual([]);
        const items = remote.count(1)[Symbol.asyncIterator]();
        await items.next();
        expect(await items.next()).toEqual({ done: true, value: "counted" });
      });

      it("run the generator's finally when the loop is left early", async () => {
        for await (const item of remote.count(1_000_000)) if (item === 5) break;
        for await (const { tick } of remote.ticks(1_000_000)) if (tick === 5) break;
        await vi.waitFor(() => expect(lab.ended).toEqual(["count", "ticks"]));
      });

      it("wake a generator that waits when the loop is left early", async () => {
        for await (const _ of remote.silence()) break;
        await vi.waitFor(() => expect(lab.ended).toEqual(["silence"]));
      });

      it("get the items before an error, then the error", async () => {
        const items: number[] = [];
        const loop = async () => {
          for await (const item of remote.broken()) items.push(item);
        };
        await expect(loop()).rejects.toThrow("broken generator");
        expect(items).toEqual([1, 2]);
      });

      it("stream and call side by side", async () => {
        const total = async () => {
          let sum = 0;
          for await (const item of remote.count(300))
            sum += item + ((await remote.add(item, 0)) - item);
          return sum;
        };
        expect(await Promise.all([total(), total()])).toEqual([44_850, 44_850]);
      });

      it("get errors as classes that can be told apart, with message and remote traceback", async () => {
        const error = await remote.failAs("range").catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(RemoteValueError);
        expect(error).toMatchObject({
          code: "ERR_REMOTE",
          retry: "never",
          message: expect.stringMatching(/^(RangeError|ValueError): out of range$/),
          remote: { type: "builtins.ValueError", args: ["out of range"] },
        });
        expect((error as RemoteError).remote.traceback).toMatch(
          /Lab\.failAs .*bunsen-peers\.test\.ts/,
        );
        await expect(remote.failAs("key")).rejects.toBeInstanceOf(RemoteKeyError);
        const gone = remote.failAs("file");
        await expect(gone).rejects.toBeInstanceOf(RemoteOSError);
        await expect(gone).rejects.toThrow(/ENOENT: no such file or directory, access '\/nowhere'/);
        await expect(remote.failAs("own")).rejects.toMatchObject({
          remote: { attributes: { channel: 7 } },
        });
      });

      it("get the library's own errors with code and retry", async () => {
        const error = await remote.failAs("busy").catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(BunsenError);
        expect(error).toMatchObject(
          isBunsen
            ? { code: "ERR_BUSY", retry: "later", message: "in use" }
            : { message: "in use" },
        );
      });

      it("get errors whose stack leads to the caller's line, with the remote traceback below", async () => {
        async function callerOfTheLab() {
          await remote.failAs("plain");
        }
        const error = await callerOfTheLab().catch((reason: Error) => reason);
        expect((error as Error).stack).toMatch(
          /plain\n(.*\n)*?.*callerOfTheLab .*bunsen-peers\.test\.ts(.*\n)+.*remote traceback\n(.*\n)*.*Lab\.failAs/,
        );
      });

      it("send annotations with a call and its answer", async () => {
        const received: unknown[] = [];
        const annotated = withOptions(remote, {
          annotations: new Map([["THEN", Buffer.from("there")]]),
          onAnnotations: (annotations) =>
            received.push(Buffer.from(annotations.get("BACK") ?? []).toString()),
        });
        expect(await annotated.annotated()).toBe("there");
        expect(received).toEqual(["and back"]);
      });

      it("tell a method the correlation id of its call", async () => {
        const correlationId = crypto.randomUUID();
        expect(await withOptions(remote, { correlationId }).correlation()).toBe(correlationId);
        expect(await remote.correlation()).toMatch(/^[0-9a-f-]{36}$/);
      });

      it("get registered objects as proxies, and give proxies back", async () => {
        const probe = (await remote.probe(3)) as unknown as Remote<Probe>;
        expect(isProxy(probe)).toBe(true);
        expect(uriOf(probe)).toBe(daemon.uriFor("probe-3"));
        expect(await probe.read()).toBe(3.5);
        expect(await probe.channel).toBe(3);
        expect(await remote.use(probe)).toBe(7);
        await probe[Symbol.asyncDispose]();
      });

      it("are told what the object offers", () => {
        const { members, className, doc } = describeRemote(remote);
        expect(members.get("note")).toMatchObject({ kind: "method", oneway: true });
        expect(members.get("setpoint")?.kind).toBe("attribute");
        if (!isBunsen) return;
        expect([className, doc]).toEqual(["Lab", "A small laboratory."]);
        expect(members.get("add")).toMatchObject({ doc: "Adds two numbers." });
        expect(members.get("add")?.parameters?.map((p) => p.name)).toEqual(["a", "b"]);
        expect(members.get("ticks")?.stream).toBe(true);
      });

      it("keep answers apart that are asked for all at once", async () => {
        const numbers = [...Array(200).keys()];
        expect(await Promise.all(numbers.map((n) => remote.later(n)))).toEqual(numbers);
      });
    });

    it("keep 10,000 interleaved calls on two proxies apart", async () => {
      const uri = await serve(url());
      const proxies = await Promise.all([connect<Lab>(uri), connect<Lab>(uri)]);
      const calls = Array.from({ length: 10_000 }, (_, i) => {
        const proxy = proxies[i % 2] as Remote<Lab>;
        return i % 3 === 0 ? proxy.later(i) : proxy.echo(i);
      });
      expect(await Promise.all(calls)).toEqual([...calls.keys()]);
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    });
  });
}

describe("calls of a Bunsen peer", () => {
  let remote: Remote<Lab>;
  beforeEach(async () => {
    remote = await connect<Lab>(await serve("pyro://127.0.0.1:0"));
  });
  afterEach(() => remote[Symbol.asyncDispose]());

  it("are answered as they finish: a slow one does not delay a quick one", async () => {
    const finished: string[] = [];
    const slow = remote.wait("gate").then((text) => finished.push(text));
    await remote.add(1, 2).then(() => finished.push("quick"));
    await remote.open("gate");
    await slow;
    expect(finished).toEqual(["quick", "gate is open"]);
  });

  it("are not delayed by a stream that nobody reads", async () => {
    const stream = (await (remote.drip() as unknown as Promise<AsyncIterable<number>>))[
      Symbol.asyncIterator
    ]();
    expect(await remote.add(1, 2)).toBe(3);
    await stream.return?.();
  });

  it("carry one correlation id through three daemons", async () => {
    await using third = new Daemon();
    await using second = new Daemon();
    await using first = new Daemon();
    third.register("c", expose({ follow: () => [callContext().correlationId] }, { follow: true }));
    await third.listen("pyro://127.0.0.1:0");
    const follower = (next: Remote<{ follow(): string[] }>) =>
      expose(
        {
          async follow(): Promise<string[]> {
            await turn();
            return [callContext().correlationId, ...(await next.follow())];
          },
        },
        { follow: true },
      );
    await using toThird = await connect<{ follow(): string[] }>(third.uriFor("c"));
    second.register("b", follower(toThird));
    await second.listen("pyro://127.0.0.1:0");
    await using toSecond = await connect<{ follow(): string[] }>(second.uriFor("b"));
    first.register("a", follower(toSecond));
    await first.listen("pyro://127.0.0.1:0");
    await using a = await connect<{ follow(): Promise<string[]> }>(first.uriFor("a"));
    const correlationId = crypto.randomUUID();
    expect(await withOptions(a, { correlationId }).follow()).toEqual(Array(3).fill(correlationId));
    // One that a method made by asking for it is carried on as well.
    const made = await a.follow();
    expect(new Set(made).size).toBe(1);
  });

  it("tell the method whether anybody waits", async () => {
    expect(await remote.oneway()).toBe(false);
  });

  it("get a plain error for an object that is not registered", async () => {
    const refused = connect(uriOf(remote).replace("lab", "bal"));
    await expect(refused).rejects.toMatchObject({
      code: "ERR_HANDSHAKE_REFUSED",
      message: expect.stringContaining("unknown object"),
    });
  });

  it("fail when their object is unregistered in between", async () => {
    daemon.unregister(lab);
    await expect(remote.add(1, 2)).rejects.toThrow(DaemonError);
    daemon.register("lab", lab);
    expect(await remote.add(1, 2)).toBe(3);
  });

  it("get errors of the dispatcher as the classes they are", async () => {
    const other = remote as unknown as Remote<{ missing(): void }>;
    const error = await other.missing().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MemberError);
    expect(error).toMatchObject({
      code: "ERR_UNKNOWN_MEMBER",
      remote: { type: "builtins.AttributeError" },
    });
  });

  it("share a connection between proxies made by withOptions", async () => {
    const { connections } = daemon.counters;
    await withOptions(remote, { timeout: 1000 }).add(1, 2);
    expect(daemon.counters.connections).toBe(connections);
    expect(connectionState(withOptions(remote, {}))).toBe(connectionState(remote));
  });
});
