import { once } from "node:events";
import net from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ConnectionClosedError,
  type ConnectionState,
  type ConnectOptions,
  callContext,
  connect,
  connectionState,
  Daemon,
  expose,
  type ListenOptions,
  type Logger,
  MessageTooLargeError,
  release,
  TimeoutError,
  withOptions,
} from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { Relay } from "../support/relay.ts";

checkLeaks();

class Lab {
  readonly stopped: string[] = [];
  ran = 0;
  closed = 0;
  dripped = 0;
  add(a: number, b: number): number {
    this.ran += 1;
    return a + b;
  }
  echo<T>(x: T): T {
    this.ran += 1;
    return x;
  }
  blank(length: number): string {
    return " ".repeat(length);
  }
  /** Answers when its caller leaves. */
  async hang(): Promise<void> {
    this.ran += 1;
    const { signal } = callContext();
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    this.stopped.push((signal as AbortSignal).reason.code);
  }
  /** Looks for the signal only when it is too late. */
  async hangUnaware(): Promise<void> {
    const context = callContext();
    this.ran += 1;
    await this.resumed.promise;
    this.stopped.push(`aborted: ${context.signal?.aborted}`);
  }
  readonly resumed = Promise.withResolvers<void>();
  async *drip(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) {
        await turn();
        this.dripped = i + 1;
        yield i;
      }
    } finally {
      this.stopped.push("drip");
    }
  }
  allocate(): void {
    callContext().trackResource({ close: () => (this.closed += 1) });
  }
  note(): void {
    this.ran += 1;
  }
}
expose(Lab, {
  add: true,
  echo: true,
  blank: true,
  hang: true,
  hangUnaware: true,
  drip: true,
  allocate: true,
  note: { oneway: true },
});

interface Line {
  readonly code?: string;
  readonly message: string;
}

let lines: Line[];
let daemon: Daemon;
let lab: Lab;
let uri: string;

const logger: Logger = {
  debug: (fields, message) => lines.push({ ...fields, message }),
  info() {},
  warn: (fields, message) => lines.push({ ...fields, message }),
  error: (fields, message) => lines.push({ ...fields, message }),
};

async function serve(port = 0, options: ListenOptions = {}): Promise<void> {
  daemon = new Daemon({ logger });
  lab = new Lab();
  daemon.register("lab", lab);
  await daemon.listen(`pyro://127.0.0.1:${port}`, options);
  uri = daemon.uriFor("lab");
}

const portOf = (of: string) => Number(of.split(":").at(-1));
const open = (options: ConnectOptions = {}, to = uri) => connect<Lab>(to, options);
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("expected a rejection"),
    (reason: unknown) => reason,
  );

beforeEach(async () => {
  lines = [];
  await serve();
});
afterEach(() => daemon.close());

describe("a timeout", () => {
  it("rejects a call that takes too long, and says that it may have run", async () => {
    await using remote = await open({ timeout: 50 });
    const error = await reasonOf(remote.hang());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      code: "ERR_TIMEOUT",
      retry: "unknown",
      message: `hang at 127.0.0.1:${portOf(uri)} did not answer within 50 ms; it was sent, and may have run or be running`,
    });
  });

  it("leaves the connection usable, and tells the method", async () => {
    await using remote = await open({ timeout: 50 });
    await reasonOf(remote.hang());
    expect(await remote.add(1, 2)).toBe(3);
    await vi.waitFor(() => expect(lab.stopped).toEqual(["ERR_CANCELLED"]));
    expect(daemon.counters.connections).toBe(1);
  });

  it("may be another for each call", async () => {
    await using remote = await open({ timeout: 60_000 });
    const before = performance.now();
    await expect(withOptions(remote, { timeout: 30 }).hang()).rejects.toThrow(TimeoutError);
    expect(performance.now() - before).toBeGreaterThanOrEqual(30);
  });

  it("of 0 waits for ever", async () => {
    await using remote = await open({ timeout: 30 });
    const waiting = withOptions(remote, { timeout: 0 }).hangUnaware();
    await expect(remote.hang()).rejects.toThrow(TimeoutError);
    lab.resumed.resolve();
    await waiting;
  });

  it("leads to the caller's line", async () => {
    await using remote = await open({ timeout: 30 });
    async function impatient() {
      await remote.hang();
    }
    const error = (await reasonOf(impatient())) as Error;
    expect(error.stack).toMatch(/impatient .*bunsen-connections\.test\.ts/);
  });

  it("is for the first answer of a stream, not for its items", async () => {
    await using remote = await open({ timeout: 100 });
    const before = performance.now();
    for await (const _ of remote.drip()) if (performance.now() - before > 250) break;
  });

  it("goes for a daemon that accepts and says nothing", async () => {
    await using silent = await tcpServer(() => {});
    const error = await reasonOf(open({ timeout: 50 }, `PYRO:lab@127.0.0.1:${silent.port}`));
    expect(error).toMatchObject({
      code: "ERR_HANDSHAKE_TIMEOUT",
      message: expect.stringContaining("did not answer the handshake within 50 ms"),
    });
  });

  it("of one call goes for the connection that it waits for, too", async () => {
    const remote = await open();
    await daemon.close();
    await vi.waitFor(() => expect(connectionState(remote).value.name).toBe("lost"));
    await using _silent = await tcpServer(() => {}, portOf(uri));
    const error = await reasonOf(withOptions(remote, { timeout: 50 }).add(1, 2));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      code: "ERR_CONNECT_TIMEOUT",
      retry: "later",
      message: expect.stringMatching(/add was not sent/),
    });
    await release(remote);
  });
});

describe("an abort signal", () => {
  it("rejects its call with its reason, and aborts the signal of the running method", async () => {
    await using remote = await open();
    const abort = new AbortController();
    const call = withOptions(remote, { signal: abort.signal }).hang();
    await vi.waitFor(() => expect(lab.ran).toBe(1));
    abort.abort(new Error("changed my mind"));
    await expect(call).rejects.toThrow("changed my mind");
    await vi.waitFor(() => expect(lab.stopped).toEqual(["ERR_CANCELLED"]));
    expect(await remote.add(1, 2)).toBe(3);
  });

  it("reaches a method that asks for its signal later, too", async () => {
    await using remote = await open();
    const abort = new AbortController();
    const call = withOptions(remote, { signal: abort.signal }).hangUnaware();
    await vi.waitFor(() => expect(lab.ran).toBe(1));
    abort.abort();
    await reasonOf(call);
    await remote.add(1, 2);
    lab.resumed.resolve();
    await vi.waitFor(() => expect(lab.stopped).toEqual(["aborted: true"]));
  });

  it("that is aborted already sends nothing", async () => {
    await using remote = await open();
    const call = withOptions(remote, { signal: AbortSignal.abort(new Error("no")) }).add(1, 2);
    await expect(call).rejects.toThrow("no");
    await remote.echo(1);
    expect(lab.ran).toBe(1);
  });

  it("ends a stream, on both sides", async () => {
    await using remote = await open();
    const abort = new AbortController();
    const loop = async () => {
      for await (const item of withOptions(remote, { signal: abort.signal }).drip()) {
        if (item === 3) abort.abort(new Error("enough"));
      }
    };
    await expect(loop()).rejects.toThrow("enough");
    await vi.waitFor(() => expect(lab.stopped).toEqual(["drip"]));
  });

  it("keeps no listener of a call that is over", async () => {
    await using remote = await open();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const added = vi.spyOn(signal, "addEventListener");
    await withOptions(remote, { signal }).add(1, 2);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });

  it("goes for a connection that the call waits for, too", async () => {
    const remote = await open();
    await daemon.close();
    await vi.waitFor(() => expect(connectionState(remote).value.name).toBe("lost"));
    await using _silent = await tcpServer(() => {}, portOf(uri));
    const abort = new AbortController();
    const call = withOptions(remote, { signal: abort.signal }).add(1, 2);
    await vi.waitFor(() => expect(connectionState(remote).value.name).toBe("connecting"));
    abort.abort(new Error("changed my mind"));
    await expect(call).rejects.toThrow("changed my mind");
    await release(remote);
  });

  it("of a Python peer's call aborts when that peer is gone", async () => {
    const remote = await open({ generation: 4 });
    const call = reasonOf(remote.hang());
    await vi.waitFor(() => expect(lab.ran).toBe(1));
    await release(remote);
    await call;
    await vi.waitFor(() => expect(lab.stopped).toEqual(["ERR_CANCELLED"]));
  });
});

describe("a connection that is lost", () => {
  it("fails the calls that wait, and says that they may have run", async () => {
    const remote = await open();
    const calls = [remote.hang(), remote.hang()].map(reasonOf);
    await vi.waitFor(() => expect(lab.ran).toBe(2));
    await daemon.close();
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(ConnectionClosedError);
      expect(error).toMatchObject({
        code: "ERR_CLOSED_BY_PEER",
        retry: "unknown",
        message: `127.0.0.1:${portOf(uri)}: closed by the peer; hang was sent, and may have run`,
      });
    }
  });

  it("fails a stream after the items that arrived", async () => {
    const remote = await open();
    const items: number[] = [];
    const loop = async () => {
      for await (const item of remote.drip()) {
        items.push(item);
        if (item === 5) await daemon.close();
      }
    };
    await expect(loop()).rejects.toThrow(ConnectionClosedError);
    expect(items.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("aborts the methods that run for it, and ends its streams", async () => {
    const remote = await open();
    const lost = [reasonOf(remote.hang()), reasonOf(Array.fromAsync(remote.drip()))];
    await vi.waitFor(() => expect(lab.ran).toBe(1));
    await remote.add(1, 2);
    await release(remote);
    await Promise.all(lost);
    await vi.waitFor(() => expect(lab.stopped.sort()).toEqual(["ERR_CANCELLED", "drip"]));
  });

  it("is made anew by the next call, after the daemon has restarted on the same port", async () => {
    await using remote = await open();
    expect(await remote.add(1, 2)).toBe(3);
    await daemon.close();
    await vi.waitFor(() => expect(connectionState(remote).value.name).toBe("lost"));
    await expect(remote.add(1, 2)).rejects.toMatchObject({ code: "ERR_CONNECT", retry: "later" });
    await serve(portOf(uri));
    expect(await remote.add(3, 4)).toBe(7);
  });

  it("is made anew once for all the calls that wait for it", async () => {
    await using remote = await open();
    await release(remote);
    const calls = Array.from({ length: 50 }, (_, i) => remote.add(i, 0));
    expect(await Promise.all(calls)).toEqual([...calls.keys()]);
    expect(daemon.counters.connections).toBe(1);
  });

  it("does not make a call again by itself", async () => {
    await using relay = await Relay.to(portOf(uri));
    await using remote = await open({}, relay.uriOf(uri));
    relay.cutAfter(20, "down");
    await reasonOf(remote.add(1, 2));
    expect(await remote.add(3, 4)).toBe(7);
    expect(lab.ran).toBe(2);
  });

  it("by a reset says so", async () => {
    await using relay = await Relay.to(portOf(uri));
    await using remote = await open({}, relay.uriOf(uri));
    const call = reasonOf(remote.hang());
    await vi.waitFor(() => expect(lab.ran).toBe(1));
    relay.reset();
    expect(await call).toMatchObject({
      code: "ERR_CONNECTION_LOST",
      message: expect.stringContaining("ECONNRESET"),
    });
  });

  it("frees what its calls tracked, whichever side closes it and how", async () => {
    await using relay = await Relay.to(portOf(uri));
    const [released, reset] = [await open(), await open({}, relay.uriOf(uri))];
    await released.allocate();
    await reset.allocate();
    await release(released);
    await vi.waitFor(() => expect(lab.closed).toBe(1));
    relay.reset();
    await vi.waitFor(() => expect(lab.closed).toBe(2));
    const last = await open();
    await last.allocate();
    await daemon.close();
    await vi.waitFor(() => expect(lab.closed).toBe(3));
  });
});

describe("calls with more to send than either end may leave waiting", () => {
  it("all end: who waits for answers reads them, however much of its own is not taken yet", async () => {
    await using remote = await open();
    const large = new Uint8Array(3_000_000);
    const calls = Array.from({ length: 40 }, () => remote.echo(large));
    const answers = (await Promise.all(calls)) as Uint8Array[];
    expect(answers.map((answer) => answer.byteLength)).toEqual(Array(40).fill(3_000_000));
  }, 30_000);
});

describe("a stream whose reader is slow", () => {
  it("holds its generator back, and goes on as items are taken", async () => {
    await using remote = await open();
    const items = remote.drip()[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: 0 });
    // What a sender starts with; the receiver grants more, up to 1024, as items are taken.
    await vi.waitFor(() => expect(lab.dripped).toBe(64));
    for (let i = 0; i < 200; i++) await remote.add(i, 0);
    expect(lab.dripped).toBe(64);
    for (let i = 1; i < 5000; i++) {
      const { value } = await items.next();
      if (value !== i) throw new Error(`${value} in place of ${i}`);
    }
    expect(lab.dripped).toBeLessThanOrEqual(5000 + 1024);
    await items.return?.();
    await vi.waitFor(() => expect(lab.stopped).toEqual(["drip"]));
  });

  it("does not delay calls, nor other streams", async () => {
    await using remote = await open();
    const items = remote.drip()[Symbol.asyncIterator]();
    await items.next();
    expect(await remote.add(1, 2)).toBe(3);
    for await (const item of remote.drip()) if (item === 2000) break;
    await items.return?.();
  });
});

describe("a connection that is cut in the middle of a message", () => {
  let relay: Relay;
  beforeEach(async () => {
    relay = await Relay.to(portOf(uri));
  });
  afterEach(() => relay[Symbol.asyncDispose]());

  it.each([1, 39, 40, 41, 60])(
    "fails the caller that got %i bytes of its answer",
    async (bytes) => {
      await using remote = await open({}, relay.uriOf(uri));
      relay.cutAfter(bytes, "down");
      expect(await reasonOf(remote.echo("x".repeat(1000)))).toMatchObject({
        code: "ERR_TRUNCATED",
        message: expect.stringContaining("ended in the middle of a message"),
      });
      expect(await remote.add(1, 2)).toBe(3);
    },
  );

  it.each([1, 39, 40, 41, 60])(
    "costs the daemon that got %i bytes of a call one log line",
    async (bytes) => {
      await using bystander = await open();
      await using remote = await open({}, relay.uriOf(uri));
      relay.cutAfter(bytes, "up");
      await reasonOf(remote.echo("x".repeat(1000)));
      await vi.waitFor(() =>
        expect(lines).toMatchObject([{ code: "ERR_TRUNCATED", message: expect.any(String) }]),
      );
      expect(lab.ran).toBe(0);
      expect(await bystander.add(1, 2)).toBe(3);
    },
  );

  it("fails connecting, where the answer to the handshake is cut", async () => {
    relay.cutAfter(50, "down");
    expect(await reasonOf(open({ generation: 5 }, relay.uriOf(uri)))).toMatchObject({
      code: "ERR_TRUNCATED",
    });
  });

  it("fails a stream", async () => {
    await using remote = await open({}, relay.uriOf(uri));
    relay.cutAfter(5000, "down");
    expect(await reasonOf(Array.fromAsync(remote.drip()))).toBeInstanceOf(ConnectionClosedError);
    await vi.waitFor(() => expect(lab.stopped).toEqual(["drip"]));
  });
});

describe("the state of a connection", () => {
  it("can be watched as it comes and goes", async () => {
    const remote = await open();
    const state = connectionState(remote);
    expect(state.value).toEqual({
      name: "connected",
      address: `127.0.0.1:${portOf(uri)}`,
      peer: "Bunsen",
    });
    const seen: ConnectionState[] = [];
    const stop = state.subscribe((now) => seen.push(now));
    await daemon.close();
    await vi.waitFor(() => expect(state.value.name).toBe("lost"));
    await reasonOf(remote.add(1, 2));
    await serve(portOf(uri));
    await remote.add(1, 2);
    await release(remote);
    stop();
    expect(seen.map(({ name }) => name)).toEqual([
      "lost",
      "connecting",
      "lost",
      "connecting",
      "connected",
      "idle",
    ]);
    expect(seen[0]).toMatchObject({ address: uri, reason: { code: "ERR_CLOSED_BY_PEER" } });
    expect(seen[2]).toMatchObject({ reason: { code: "ERR_CONNECT" } });
  });

  it("tells that the peer is taken for Python where it is told to be", async () => {
    await using remote = await open({ generation: 4 });
    expect(connectionState(remote).value).toMatchObject({ peer: "Pyro4" });
  });

  it("is not harmed by a watcher that throws", async () => {
    const uncaught = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const thrown = once(process, "uncaughtException");
    const remote = await open();
    connectionState(remote).subscribe(() => {
      throw new Error("in a watcher");
    });
    await release(remote);
    expect(await thrown).toContainEqual(new Error("in a watcher"));
    process.on("uncaughtException", () => {});
    expect(await remote.add(1, 2)).toBe(3);
    await release(remote);
    await turn();
    process.removeAllListeners("uncaughtException");
    for (const listener of uncaught) process.on("uncaughtException", listener);
  });
});

describe("releasing a connection", () => {
  it("fails the calls that wait, and may be done twice", async () => {
    const remote = await open();
    const call = reasonOf(remote.hang());
    await vi.waitFor(() => expect(lab.ran).toBe(1));
    await Promise.all([release(remote), release(remote)]);
    expect(await call).toMatchObject({ code: "ERR_CLOSED" });
  });

  it("sends before what was called before it", async () => {
    const remote = await open();
    void remote.note();
    await release(remote);
    await vi.waitFor(() => expect(lab.ran).toBe(1));
  });

  it("does not wait for a connection that is being made, and fails those who do", async () => {
    const remote = await open();
    await daemon.close();
    await vi.waitFor(() => expect(connectionState(remote).value.name).toBe("lost"));
    await using silent = await tcpServer(() => {}, portOf(uri));
    const call = reasonOf(remote.add(1, 2));
    await vi.waitFor(() => expect(silent.accepted).toBe(1));
    await release(remote);
    expect(await call).toMatchObject({ code: "ERR_CLOSED" });
    expect(connectionState(remote).value).toEqual({ name: "idle" });
    await vi.waitFor(() => expect(silent.open).toBe(0));
  });
});

describe("the handshake", () => {
  it("lets the daemon see what the caller sends, and the caller what the daemon answers", async () => {
    daemon.validateHandshake((caller, object) => {
      expect(caller).toMatchObject({ dialect: "pyro5", handshake: { user: "ada" } });
      return { welcome: object };
    });
    const onHandshake = vi.fn();
    await using remote = await open({ handshake: { user: "ada" }, onHandshake });
    expect(onHandshake).toHaveBeenCalledExactlyOnceWith({ welcome: "lab" }, new Map(), undefined);
    expect(await remote.add(1, 2)).toBe(3);
  });

  it("carries annotations both ways", async () => {
    daemon.validateHandshake(() => {
      const { annotations, responseAnnotations } = callContext();
      for (const [id, data] of annotations) responseAnnotations.set(id.toLowerCase(), data);
    });
    const onHandshake = vi.fn();
    const badge = Uint8Array.of(1, 2, 3);
    await using _remote = await open({
      handshakeAnnotations: new Map([["BDGE", badge]]),
      onHandshake,
    });
    expect(onHandshake.mock.calls[0]?.[1]).toEqual(new Map([["bdge", badge]]));
  });

  it("may be refused by the daemon, whose words the caller gets", async () => {
    daemon.validateHandshake(() => {
      throw new Error("not on Sundays");
    });
    expect(await reasonOf(open())).toMatchObject({
      code: "ERR_HANDSHAKE_REFUSED",
      message: expect.stringContaining("rejected: not on Sundays"),
    });
    await vi.waitFor(() => expect(daemon.counters.connections).toBe(0));
  });

  it("comes before the daemon tells whether there is such an object", async () => {
    daemon.validateHandshake(() => {
      throw new Error("not on Sundays");
    });
    expect(await reasonOf(open({}, uri.replace("lab", "nothing")))).toMatchObject({
      message: expect.stringContaining("rejected: not on Sundays"),
    });
  });

  it("may be judged by asking elsewhere", async () => {
    daemon.validateHandshake(async (caller) => {
      await turn();
      if (caller.handshake !== "secret") throw new Error("wrong secret");
      return "welcome";
    });
    await using remote = await open({ handshake: "secret" });
    expect(await remote.add(1, 2)).toBe(3);
    expect(await reasonOf(open({ handshake: "guess" }))).toMatchObject({
      message: expect.stringContaining("wrong secret"),
    });
  });

  it("may be broken off by the caller, and leaves nothing open", async () => {
    const onHandshake = () => {
      throw new Error("not my daemon");
    };
    await expect(open({ onHandshake })).rejects.toThrow("not my daemon");
    await expect(open({ onHandshake: async () => onHandshake() })).rejects.toThrow("not my");
    await vi.waitFor(() => expect(daemon.counters.connections).toBe(0));
  });

  it("is made again with each connection", async () => {
    const judged = vi.fn(() => "hello");
    daemon.validateHandshake(judged);
    await using remote = await open();
    await release(remote);
    await remote.add(1, 2);
    expect(judged).toHaveBeenCalledTimes(2);
  });

  it("that is followed by garbage at once leaves a proxy that connects anew", async () => {
    await using relay = await garbageAfterHandshake(portOf(uri));
    await using remote = await open({}, uri.replace(/:\d+$/, `:${relay.port}`));
    expect(await remote.add(1, 2)).toBe(3);
  });
});

describe("closing a daemon", () => {
  it("lets nobody in any more, and may be done twice", async () => {
    await Promise.all([daemon.close(), daemon.close()]);
    await daemon[Symbol.asyncDispose]();
    expect(await reasonOf(open())).toMatchObject({ code: "ERR_CONNECT" });
    await expect(daemon.listen("pyro://127.0.0.1:0")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("runs what was asked to run, also where one of them fails", async () => {
    const ran: string[] = [];
    daemon.onClose(() => {
      throw new Error("stuck");
    });
    daemon.onClose(() => Promise.reject(new Error("stuck, later")));
    daemon.onClose(() => ran.push("last"));
    await daemon.close();
    expect(ran).toEqual(["last"]);
    expect(await reasonOf(open())).toMatchObject({ code: "ERR_CONNECT" });
  });

  it("while it begins to listen leaves nothing open", async () => {
    const other = new Daemon({ logger });
    const listening = reasonOf(other.listen("pyro://127.0.0.1:0"));
    await other.close();
    expect(await listening).toMatchObject({ code: "ERR_CLOSED" });
  });

  it("closes one place and leaves the other", async () => {
    const second = await daemon.listen("pyro://127.0.0.1:0");
    await using first = await open();
    const other = await open({}, uri.replace(/\d+$/, `${portOf(second.address)}`));
    await second.close();
    await vi.waitFor(() => expect(connectionState(other).value.name).toBe("lost"));
    expect(await first.add(1, 2)).toBe(3);
  });
});

describe("maxMessageBytes", () => {
  const large = "x".repeat(20_000);

  it("of the caller refuses to send more, before anything is sent", async () => {
    await using remote = await open({ maxMessageBytes: 10_000 });
    const error = await reasonOf(remote.echo(large));
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ message: expect.stringContaining("maxMessageBytes (10000)") });
    expect(await remote.add(1, 2)).toBe(3);
    expect(lab.ran).toBe(1);
  });

  it("of the caller refuses to receive more, and closes the connection", async () => {
    await using remote = await open({ maxMessageBytes: 10_000 });
    expect(await reasonOf(remote.blank(20_000))).toMatchObject({
      message: expect.stringContaining("over maxMessageBytes (10000)"),
    });
    expect(await remote.add(1, 2)).toBe(3);
  });

  it("of the daemon refuses to receive more, and closes the connection", async () => {
    await daemon.close();
    await serve(0, { maxMessageBytes: 10_000 });
    await using remote = await open();
    expect(await reasonOf(remote.echo(large))).toBeInstanceOf(ConnectionClosedError);
    await vi.waitFor(() =>
      expect(lines.some(({ message }) => /maxMessageBytes/.test(message))).toBe(true),
    );
    expect(lab.ran).toBe(0);
    expect(await remote.add(1, 2)).toBe(3);
  });

  it("of the daemon refuses to answer more, and says so", async () => {
    await daemon.close();
    await serve(0, { maxMessageBytes: 10_000 });
    await using remote = await open();
    const error = await reasonOf(remote.blank(20_000));
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ message: expect.stringContaining("maxMessageBytes (10000)") });
    expect(await remote.add(1, 2)).toBe(3);
    expect(daemon.counters.connections).toBe(1);
  });

  it("is for each message, at the limit and not above it", async () => {
    await using remote = await open({ maxMessageBytes: 10_000 });
    const fits = async (length: number) =>
      remote.echo("x".repeat(length)).then(
        () => true,
        () => false,
      );
    let most = 9000;
    while (await fits(most + 1)) most += 1;
    expect(most).toBeGreaterThan(9900);
    expect(await fits(most)).toBe(true);
    expect(await fits(most + 1)).toBe(false);
  });
});

describe("compression", () => {
  it.each([
    ["at neither end", {}, {}, { up: false, down: false }],
    ["at the caller", { compression: true }, {}, { up: true, down: false }],
    ["at the daemon", {}, { compression: true }, { up: false, down: true }],
  ])("%s makes what that end sends smaller", async (_, calling, serving, small) => {
    await daemon.close();
    await serve(0, serving);
    await using relay = await Relay.to(portOf(uri));
    await using remote = await open(calling, relay.uriOf(uri));
    const text = "to and fro ".repeat(10_000);
    expect(await remote.echo(text)).toBe(text);
    expect(relay.passed.up < 20_000).toBe(small.up);
    expect(relay.passed.down < 20_000).toBe(small.down);
  });
});

it("an option that is there but undefined has its default", async () => {
  const listening = { handshakeTimeoutMs: undefined, maxMessageBytes: undefined };
  const connecting = { maxMessageBytes: undefined, compression: undefined, timeout: undefined };
  await daemon.close();
  await serve(0, listening as unknown as ListenOptions);
  await using remote = await open(connecting as unknown as ConnectOptions);
  expect(await remote.echo("x".repeat(10_000))).toHaveLength(10_000);
});

interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly accepted: number;
  readonly open: number;
}

/** A TCP server that is no daemon. */
async function tcpServer(onSocket: (socket: net.Socket) => void, port = 0): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const server = net.createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.resume();
    onSocket(socket);
  });
  server.listen(port || (await freePort()), "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Passes everything on, but the first connection gets garbage right behind the answer to its handshake. */
async function garbageAfterHandshake(target: number): Promise<TestServer> {
  let first = true;
  return tcpServer((near) => {
    const far = net.connect(target, "127.0.0.1");
    near.on("data", (chunk) => far.write(chunk));
    near.on("close", () => far.destroy());
    far.on("close", () => near.end());
    far.on("error", () => {});
    const spoil = first;
    first = false;
    far.on("data", (chunk) =>
      near.write(spoil ? Buffer.concat([chunk, Buffer.alloc(100, "?")]) : chunk),
    );
  });
}
