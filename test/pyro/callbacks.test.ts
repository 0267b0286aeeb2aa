import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  BunsenError,
  type Callback,
  ConnectionClosedError,
  type ConnectOptions,
  callContext,
  connect,
  connectionState,
  Daemon,
  describe as describeRemote,
  expose,
  isProxy,
  type KeywordArguments,
  kwargs,
  type Remote,
  RemoteValueError,
  release,
  SerializeError,
  TimeoutError,
  uriOf,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { collectGarbage } from "../support/garbage.ts";
import { checkLeaks } from "../support/leaks.ts";
import { Relay } from "../support/relay.ts";

checkLeaks();

type Listener = Callback<(value: unknown) => unknown>;

/** What the tests pass as an object with state. */
class Counter {
  count = 0;
  add(by: number): number {
    this.count += by;
    return this.count;
  }
  fail(): void {
    throw new RangeError("too much");
  }
  async *upTo(n: number): AsyncGenerator<number> {
    for (let i = 1; i <= n; i++) {
      await turn();
      yield i;
    }
  }
  reset(): void {
    this.count = 0;
  }
}
expose(Counter, { count: true, add: true, fail: true, upTo: true, reset: { oneway: true } });

class Lab {
  readonly listeners = new Set<Listener>();
  readonly lost: string[] = [];
  async map(values: unknown[], f: Callback<(value: unknown) => unknown>): Promise<unknown[]> {
    return Promise.all(values.map((value) => f(value)));
  }
  async nested(options: { on: { value: Listener }[] }): Promise<unknown> {
    return options.on[0]?.value("nested");
  }
  async sum(counter: Callback<Counter>): Promise<number[]> {
    await counter.add(40);
    return [await counter.add(2), await counter.count];
  }
  async collect(stream: Callback<(n: number) => AsyncGenerator<number>>, n: number) {
    return Array.fromAsync(stream(n));
  }
  async first(stream: Callback<() => AsyncGenerator<number>>): Promise<number> {
    for await (const item of stream()) return item;
    return -1;
  }
  listen(listener: Listener): number {
    this.listeners.add(listener);
    connectionState(listener).subscribe(({ name }) => {
      this.lost.push(name);
      this.listeners.delete(listener);
    });
    return this.listeners.size;
  }
  ignore(listener: Listener): boolean {
    return this.listeners.delete(listener);
  }
  async tell(value: unknown): Promise<unknown[]> {
    return Promise.all([...this.listeners].map((listener) => listener(value)));
  }
  async shout(listener: Listener): Promise<void> {
    await withOptions(listener, { oneway: true })("shouted");
  }
  async hurry(listener: Listener): Promise<unknown> {
    return withOptions(listener, { timeout: 30 })("quick");
  }
  async leave(listener: Listener): Promise<unknown> {
    const abort = new AbortController();
    const answer = listener("leaving");
    const left = withOptions(listener, { signal: abort.signal })("left") as Promise<unknown>;
    abort.abort(new Error("never mind"));
    await expect(left).rejects.toThrow("never mind");
    return answer;
  }
  async named(f: Callback<(x: number, y: number) => number>): Promise<number> {
    return (f as unknown as (keywords: KeywordArguments) => Promise<number>)(
      kwargs({ y: 1, x: 10 }),
    );
  }
  echo<T>(value: T): T {
    return value;
  }
  what(value: unknown): string {
    return isProxy(value) ? `proxy of ${uriOf(value as object)}` : typeof value;
  }
  adder(by: number) {
    return (x: number) => x + by;
  }
  counter(): Counter {
    return new Counter();
  }
  async giveBack(listener: Listener): Promise<void> {
    await release(listener);
  }
  members(value: object): string[] {
    return [...describeRemote(value).members.keys()];
  }
}
expose(Lab, {
  map: true,
  nested: true,
  sum: true,
  collect: true,
  first: true,
  listen: true,
  ignore: true,
  tell: true,
  shout: true,
  hurry: true,
  leave: true,
  named: true,
  echo: true,
  what: true,
  adder: true,
  counter: true,
  giveBack: true,
  members: true,
});

let daemon: Daemon;
let lab: Lab;
let remote: Remote<Lab>;

async function serve(options: ConnectOptions = {}): Promise<void> {
  daemon = new Daemon({ logger: SILENT });
  lab = new Lab();
  daemon.register("lab", lab);
  await daemon.listen("pyro://127.0.0.1:0", { maxCallbacks: 50 });
  remote = await connect<Lab>(daemon.uriFor("lab"), options);
}
afterEach(async () => {
  await release(remote);
  await daemon.close();
});

const SERIALIZERS: readonly (SerializerName | undefined)[] = [
  undefined,
  "serpent",
  "json",
  "marshal",
  "msgpack",
];

describe.each(SERIALIZERS)("a function passed to a Bunsen peer (serializer %s)", (serializer) => {
  beforeEach(() => serve(serializer === undefined ? {} : { serializer }));

  it("is called there, over the same connection", async () => {
    const doubled = await remote.map([1, 2, 3], (x) => (x as number) * 2);
    expect(doubled).toEqual([2, 4, 6]);
    expect(daemon.counters.connections).toBe(1);
  });

  it("may be anywhere in the arguments", async () => {
    expect(await remote.nested({ on: [{ value: (x) => `${x}!` }] })).toBe("nested!");
  });

  it("may be async, and its calls run side by side", async () => {
    const order: unknown[] = [];
    const waits = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const all = remote.map([0, 1], async (i) => {
      await waits[i as number]?.promise;
      order.push(i);
      return i;
    });
    waits[1]?.resolve();
    await vi.waitFor(() => expect(order).toEqual([1]));
    waits[0]?.resolve();
    expect(await all).toEqual([0, 1]);
  });

  it("fails there with its error", async () => {
    const failing = remote.map([1], () => {
      throw new RangeError("not this one");
    });
    await expect(failing).rejects.toBeInstanceOf(RemoteValueError);
    await expect(failing).rejects.toThrow("RangeError: not this one");
  });

  it("may be a generator, whose items are streamed", async () => {
    async function* count(n: number) {
      for (let i = 0; i < n; i++) yield i;
    }
    expect(await remote.collect(count, 3000)).toEqual([...Array(3000).keys()]);
  });

  it("has its generator ended when the loop is left", async () => {
    const ended = vi.fn();
    async function* forever() {
      try {
        for (let i = 7; ; i++) {
          await turn();
          yield i;
        }
      } finally {
        ended();
      }
    }
    expect(await remote.first(forever)).toBe(7);
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  });

  it("takes keyword arguments, and more arguments than it wants", async () => {
    expect(await remote.named((x, y) => x - y)).toBe(9);
    expect(await remote.map([1], () => "none")).toEqual(["none"]);
  });

  it("comes back as itself", async () => {
    const f = () => 1;
    expect(await remote.echo(f)).toBe(f);
  });

  it("takes one-way calls", async () => {
    const heard = vi.fn();
    await remote.shout(heard);
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith("shouted"));
  });
});

describe("an object passed to a Bunsen peer", () => {
  beforeEach(() => serve());

  it("is called there: methods, attributes, streams, one-way", async () => {
    const counter = new Counter();
    expect(await remote.sum(counter)).toEqual([42, 42]);
    expect(counter.count).toBe(42);
    expect(await remote.members(counter)).toEqual(["count", "add", "fail", "upTo", "reset"]);
  });

  it("may be a plain object that was exposed", async () => {
    const counter = expose(
      { count: 1, add: (by: number) => by + 1 },
      { count: true, add: true },
    ) as Counter;
    expect(await remote.sum(counter)).toEqual([3, 1]);
  });

  it("must expose something", async () => {
    class Nothing {}
    await expect(remote.echo(new Nothing())).rejects.toThrow(
      /args\[0\]: an instance of Nothing cannot be sent/,
    );
    await expect(remote.echo(Counter)).rejects.toThrow(/a class stays where it is/);
  });

  it("and one that a method returns without registering it is called here", async () => {
    const counter = (await remote.counter()) as unknown as Remote<Counter>;
    expect(await counter.add(2)).toBe(2);
    expect(await counter.count).toBe(2);
    await counter.reset();
    expect(await Array.fromAsync(counter.upTo(3))).toEqual([1, 2, 3]);
    await expect(counter.fail()).rejects.toThrow("too much");
    expect(uriOf(counter)).toMatch(/^callback 1 of 127\.0\.0\.1:/);
  });

  it("and so is a function that a method returns", async () => {
    const add = await remote.adder(10);
    expect(await add(5)).toBe(15);
  });

  it("and what one peer lent is lent on to another", async () => {
    await using other = await connect<Lab>(daemon.uriFor("lab"));
    const add = await other.adder(100);
    expect(await remote.map([1, 2], (x) => add(x as number))).toEqual([101, 102]);
  });
});

describe("a callback", () => {
  beforeEach(() => serve());

  it("is recognised when it is passed again", async () => {
    const heard: unknown[] = [];
    const listener = (value: unknown) => heard.push(value);
    expect(await remote.listen(listener)).toBe(1);
    expect(await remote.listen(listener)).toBe(1);
    await remote.tell("a");
    expect(heard).toEqual(["a"]);
    expect(await remote.ignore(listener)).toBe(true);
    await remote.tell("b");
    expect(heard).toEqual(["a"]);
  });

  it("has a call context: who calls, and from where", async () => {
    const seen = await remote.map([1], () => {
      const { caller, member } = callContext();
      return [caller.dialect, caller.address, member];
    });
    expect(seen).toEqual([["pyro5", daemon.uriFor("lab").split("@")[1], "call"]]);
  });

  it("may call the peer back while it is called by it, as deep as one likes", async () => {
    const dive = async (depth: number): Promise<unknown> =>
      depth === 0 ? "bottom" : (await remote.map([depth - 1], (d) => dive(d as number)))[0];
    expect(await dive(20)).toBe("bottom");
  });

  it("may be called by thousands of calls that wait for it at once", async () => {
    const numbers = [...Array(3000).keys()];
    const add = async (x: unknown) => {
      await turn();
      return (x as number) + 1;
    };
    const answers = await Promise.all(numbers.map((n) => remote.map([n], add)));
    expect(answers.flat()).toEqual(numbers.map((n) => n + 1));
  }, 20_000);

  it("that takes too long is given up, and told so", async () => {
    const stopped = Promise.withResolvers<unknown>();
    const late = remote.hurry(
      () =>
        new Promise(() => {
          callContext().signal?.addEventListener("abort", ({ target }) =>
            stopped.resolve((target as AbortSignal).reason),
          );
        }),
    );
    await expect(late).rejects.toBeInstanceOf(TimeoutError);
    expect(await stopped.promise).toMatchObject({ code: "ERR_CANCELLED" });
  });

  it("that is cancelled leaves the others alone", async () => {
    expect(await remote.leave(async (word) => word)).toBe("leaving");
  });

  it("is gone when the connection is: the peer is told", async () => {
    const relay = await Relay.to(Number(daemon.uriFor("lab").split(":").at(-1)));
    const through = await connect<Lab>(relay.uriOf(daemon.uriFor("lab")));
    await through.listen(() => 1);
    const [listener] = lab.listeners as unknown as Iterable<Listener>;
    relay.reset();
    await vi.waitFor(() => expect(lab.lost).toEqual(["lost"]));
    expect(lab.listeners.size).toBe(0);
    await expect(listener?.(1)).rejects.toBeInstanceOf(ConnectionClosedError);
    await expect(listener?.(1)).rejects.toMatchObject({ code: "ERR_CALLBACK_LOST" });
    await release(through);
    await relay[Symbol.asyncDispose]();
  });

  it("that runs when the connection is lost fails its caller", async () => {
    const started = Promise.withResolvers<void>();
    const call = remote.map([1], () => {
      started.resolve();
      return new Promise(() => {});
    });
    await started.promise;
    const settled = expect(call).rejects.toBeInstanceOf(ConnectionClosedError);
    await release(remote);
    await settled;
  });

  it("can be given back by the peer", async () => {
    const listener = () => 1;
    await remote.giveBack(listener);
    // Passed again, it is a new one.
    expect(await remote.map([1], listener)).toEqual([1]);
  });

  it("that was given back is not called any more", async () => {
    await remote.listen(() => 1);
    const [listener] = lab.listeners as unknown as [Listener];
    await release(listener);
    expect(lab.lost).toEqual(["closed"]);
    await expect(listener(1)).rejects.toMatchObject({ code: "ERR_CALLBACK_RELEASED" });
  });

  it("can be taken back by this side", async () => {
    const listener = () => 1;
    await remote.listen(listener);
    expect(await remote.tell(0)).toEqual([1]);
    await release(listener);
    await expect(remote.tell(0)).rejects.toThrow("callback 1 was released");
    await expect(release(listener)).rejects.toThrow(TypeError);
  });

  it("is let go of when nobody at the peer holds it any more", async () => {
    const held = (() => {
      const listener = () => 1;
      return { ref: new WeakRef(listener), passed: remote.map([1], listener) };
    })();
    await held.passed;
    await vi.waitFor(
      async () => {
        await collectGarbage();
        // Not toBeUndefined: its error would hold the very thing.
        expect(held.ref.deref() === undefined).toBe(true);
      },
      { timeout: 5000 },
    );
  });

  it("is refused over the daemon's maxCallbacks, which it told in the handshake", async () => {
    const many = Array.from({ length: 51 }, (_, i) => () => i);
    const refused = remote.echo(many);
    await expect(refused).rejects.toBeInstanceOf(BunsenError);
    await expect(refused).rejects.toMatchObject({ code: "ERR_TOO_MANY_CALLBACKS", retry: "later" });
  });

  it("over maxCallbacks of this side is refused before anything is sent, and costs nothing", async () => {
    await using few = await connect<Lab>(daemon.uriFor("lab"), { maxCallbacks: 2 });
    const many = [() => 0, () => 1, () => 2];
    await expect(few.echo(many)).rejects.toBeInstanceOf(BunsenError);
    // What the refused message had lent already was given back.
    expect(await few.map([5], (x) => x)).toEqual([5]);
    expect(await few.map([6], (x) => x)).toEqual([6]);
  });

  it("is refused over maxCallbacks where it arrives, too", async () => {
    await using few = await connect<Lab>(daemon.uriFor("lab"), { maxCallbacks: 2 });
    const kept = [await few.adder(1), await few.adder(2)];
    await expect(few.adder(3)).rejects.toBeInstanceOf(SerializeError);
    await release(kept[0] as object);
    expect(await (await few.adder(3))(1)).toBe(4);
  });

  it("that returns what cannot be sent says so to its caller", async () => {
    await expect(remote.map([1], () => Symbol.iterator)).rejects.toThrow(
      "result: a symbol cannot be sent",
    );
  });

  it.each([
    ["without a number", { __class__: "bunsen.Lent", id: "one" }, "ERR_BAD_PAYLOAD"],
    ["with a number that is none", { __class__: "bunsen.Lent", id: -1 }, "ERR_BAD_PAYLOAD"],
    [
      "with a malformed description",
      { __class__: "bunsen.Lent", id: 1, description: 5 },
      "ERR_BAD_DESCRIPTION",
    ],
    ["that was never lent", { __class__: "bunsen.Returned", id: 99 }, "ERR_CALLBACK_RELEASED"],
  ])("%s is refused, and the connection goes on", async (_, forged, code) => {
    await expect(remote.echo(forged)).rejects.toMatchObject({ code });
    expect(await remote.echo("still here")).toBe("still here");
  });

  it("that its owner never lent fails when it is called, and when it comes back", async () => {
    const forged = { __class__: "bunsen.Lent", id: 7 };
    await expect(remote.map([1], forged as unknown as () => void)).rejects.toMatchObject({
      code: "ERR_CALLBACK_RELEASED",
    });
    await expect(remote.echo(forged)).rejects.toMatchObject({ code: "ERR_CALLBACK_RELEASED" });
  });

  it("in a result is refused to who could not call it, and the message says what to do", async () => {
    await using old = await connect<Lab>(daemon.uriFor("lab"), { generation: 4 });
    await expect(old.adder(1)).rejects.toThrow(
      /result: a function cannot be sent; to a Python peer a function must be registered/,
    );
    await expect(old.counter()).rejects.toThrow(/result: an instance of Counter cannot be sent/);
  });

  it("cannot be reached by another connection", async () => {
    await remote.listen(() => 1);
    await using other = await connect<Lab>(daemon.uriFor("lab"));
    const { address } = await daemon.listen("pyro://127.0.0.1:0");
    await expect(connect(`PYRO:callback_1@${address}`)).rejects.toThrow("unknown object");
    expect(await other.echo(1)).toBe(1);
  });
});

it("calls with large arguments and results in both directions end", async () => {
  await serve();
  const large = new Uint8Array(1_500_000);
  const calls = Array.from({ length: 30 }, () =>
    remote.map([large, large], (x) => x).then((list) => list.length),
  );
  expect(await Promise.all(calls)).toEqual(calls.map(() => 2));
}, 30_000);
