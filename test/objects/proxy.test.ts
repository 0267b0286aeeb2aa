import { inspect } from "node:util";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { BunsenError, MemberError } from "../../src/errors.ts";
import { kwargs } from "../../src/objects/bind-arguments.ts";
import type { Request } from "../../src/objects/channel.ts";
import { CallContext, runInContext } from "../../src/objects/context.ts";
import {
  assign,
  batch,
  batchOneway,
  batchSettled,
  channelOf,
  connectionState,
  createProxy,
  describe as describeRemote,
  isProxy,
  release,
  uriOf,
  withOptions,
} from "../../src/objects/proxy.ts";
import type { Remote } from "../../src/objects/remote.ts";
import { callerOf, callOf } from "../support/calls.ts";
import { descriptionOf, MemoryChannel } from "../support/memory-channel.ts";

interface Thing {
  setpoint: number;
  label: string;
  read(channel: number, gain?: number): number;
  fail(): never;
  list(): number[];
  samples(count: number): AsyncIterable<number>;
  note(text: string): void;
}

const METHODS = ["read", "fail", "list", "samples", "note"];
const ATTRIBUTES = ["setpoint", "label"];

let channel: MemoryChannel;
let thing: Remote<Thing>;

function answer({ member, kind, args }: Request): unknown {
  if (kind === "get") return member === "setpoint" ? 20 : "a label";
  if (member === "fail") throw new Error("on purpose");
  if (member === "list") return [1, 2];
  if (member === "samples") return [0, 1, 2].slice(0, args[0] as number);
  return args[0];
}

beforeEach(() => {
  channel = new MemoryChannel(answer, descriptionOf(METHODS, ATTRIBUTES));
  thing = createProxy<Thing>(channel);
});

/** What was asked, without the options. */
const asked = () =>
  channel.requests.map(({ member, kind, args, kwargs: named }) => [kind, member, args, named]);

describe("a proxy", () => {
  it("calls methods", async () => {
    expect(await thing.read(3, 2)).toBe(3);
    expect(asked()).toEqual([["call", "read", [3, 2], null]]);
  });

  it("rejects with what a method throws", async () => {
    await expect(thing.fail()).rejects.toThrow("on purpose");
  });

  it("sends keyword arguments that come last", async () => {
    await thing.read(3, kwargs({ gain: 2 }));
    await thing.read(kwargs({ channel: 3 }));
    expect(asked()).toEqual([
      ["call", "read", [3], { gain: 2 }],
      ["call", "read", [], { channel: 3 }],
    ]);
  });

  it("sends a plain record that comes last as an argument", async () => {
    await thing.read({ gain: 2 } as unknown as number);
    expect(asked()).toEqual([["call", "read", [{ gain: 2 }], null]]);
  });

  it("reads attributes, each time anew", async () => {
    expect(await thing.setpoint).toBe(20);
    expect(await thing.setpoint).toBe(20);
    expect(asked()).toEqual([
      ["get", "setpoint", [], null],
      ["get", "setpoint", [], null],
    ]);
  });

  it("takes what is not described for a method, since its peer may tell nothing", async () => {
    const unknown = thing as unknown as Record<string, (x: number) => Promise<unknown>>;
    expect(await unknown["undescribed"]?.(1)).toBe(1);
    expect(asked()).toEqual([["call", "undescribed", [1], null]]);
  });

  it("reads an attribute as soon as it is known to be one", async () => {
    channel.description = undefined;
    expect(thing.setpoint).toBeTypeOf("function");
    channel.description = descriptionOf(METHODS, ATTRIBUTES);
    expect(await thing.setpoint).toBe(20);
  });

  it("gives the same function for a method each time", () => {
    expect(thing.read).toBe(thing.read);
  });

  it("has methods that work without their object", async () => {
    const { read } = thing;
    expect(await read(4)).toBe(4);
  });

  it("calls a method whose name belongs to functions or objects elsewhere", async () => {
    const odd = thing as unknown as Record<string, (x: number) => Promise<unknown>>;
    for (const name of ["toString", "constructor", "call", "hasOwnProperty", "valueOf"]) {
      expect(await odd[name]?.(1)).toBe(1);
    }
    expect(channel.requests).toHaveLength(5);
  });

  it("can be iterated over where the answer is a stream or a list", async () => {
    expect(await Array.fromAsync(thing.samples(2))).toEqual([0, 1]);
    expect(await Array.fromAsync(thing.list() as unknown as AsyncIterable<number>)).toEqual([1, 2]);
  });
});

describe("a proxy does not call its peer", () => {
  it("when it is awaited: it is no promise", async () => {
    expect(await thing).toBe(thing);
    expect("then" in thing).toBe(false);
    expect(await Promise.all([thing])).toEqual([thing]);
  });

  it("when it is made JSON, which gives its URI", () => {
    expect(JSON.stringify({ thing })).toBe('{"thing":"PYRO:thing@memory:1"}');
  });

  it("when it is made text", () => {
    expect(`${thing}`).toBe("[proxy of PYRO:thing@memory:1]");
    expect(Object.prototype.toString.call(thing)).toBe("[object RemoteObject]");
  });

  it("when it is logged, which names its URI", () => {
    expect(inspect(thing)).toBe("[proxy of PYRO:thing@memory:1]");
    expect(inspect({ thing }, { showProxy: true, depth: 4 })).toContain("RemoteObject");
  });

  it("when it is compared, or searched for a symbol", () => {
    const odd = thing as unknown as Record<symbol, unknown>;
    expect(thing).toEqual(thing);
    for (const symbol of [Symbol.iterator, Symbol.asyncIterator, Symbol("own")]) {
      expect(odd[symbol]).toBeUndefined();
    }
  });

  it("when its names are listed, or one is looked for", () => {
    expect(Object.getOwnPropertyNames(thing)).toEqual([...METHODS, ...ATTRIBUTES]);
    expect("read" in thing).toBe(true);
    expect("raed" in thing).toBe(false);
    expect("toString" in thing).toBe(false);
    expect(Object.keys(thing)).toEqual([]);
    expect({ ...thing }).toEqual({});
    expect(Object.getOwnPropertyDescriptor(thing, "setpoint")).toMatchObject({ value: undefined });
    expect(Object.getOwnPropertyDescriptor(thing, "other")).toBeUndefined();
  });

  it("when it is no longer needed by using: that closes the connection", async () => {
    {
      await using used = thing;
      expect(used).toBe(thing);
    }
    expect(channel.closed).toBe(1);
  });

  it("when nothing is known of its object yet", () => {
    channel.description = undefined;
    expect(Object.getOwnPropertyNames(thing)).toEqual([]);
    expect("read" in thing).toBe(false);
  });

  // After each of the above, in a hook: a call is sent within the turn.
  beforeEach(() => async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(channel.requests).toEqual([]);
  });
});

describe("setting an attribute on the proxy", () => {
  it("is refused, since its error would reach nobody", () => {
    const writable = thing as unknown as { setpoint: number };
    expect(() => {
      writable.setpoint = 21;
    }).toThrow(
      new MemberError(
        "ERR_USE_ASSIGN",
        'A remote attribute is set with "await assign(proxy, { setpoint: … })", so that an error reaches you',
      ),
    );
    expect(channel.requests).toEqual([]);
  });
});

describe("assign", () => {
  it("sets attributes one after the other, in the order given", async () => {
    const running: string[] = [];
    channel = new MemoryChannel(async ({ member }) => {
      running.push(`${member} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      running.push(`${member} ends`);
    });
    await assign(createProxy<Thing>(channel), { label: "new", setpoint: 21 });
    expect(asked()).toEqual([
      ["set", "label", ["new"], null],
      ["set", "setpoint", [21], null],
    ]);
    expect(running).toEqual(["label begins", "label ends", "setpoint begins", "setpoint ends"]);
  });

  it("rejects with the error of the first that fails, and sets no more", async () => {
    channel = new MemoryChannel(({ member }) => {
      if (member === "label") throw new Error("too long");
    });
    const values = { setpoint: 21, label: "long", other: 1 };
    await expect(assign(createProxy<typeof values>(channel), values)).rejects.toThrow("too long");
    expect(channel.requests).toHaveLength(2);
  });

  it("sends nothing for nothing", async () => {
    await assign(thing, {});
    expect(channel.requests).toEqual([]);
  });
});

describe("withOptions", () => {
  const optionsOf = async (proxy: Remote<Thing>) => {
    await proxy.read(1);
    return channel.requests.at(-1)?.options;
  };

  it("gives another proxy of the same object, over the same connection", async () => {
    const hasty = withOptions(thing, { timeout: 100 });
    expect(hasty).not.toBe(thing);
    expect(channelOf(hasty)).toBe(channel);
    expect(isProxy(hasty)).toBe(true);
    expect(await optionsOf(hasty)).toEqual({ timeout: 100 });
  });

  it("leaves the proxy that it is given as it is", async () => {
    withOptions(thing, { timeout: 100 });
    expect(await optionsOf(thing)).toEqual({});
  });

  it("adds to the options there are, and replaces those given again", async () => {
    const first = withOptions(thing, { timeout: 100, correlationId: "a" });
    const second = withOptions(first, { timeout: 200, oneway: true });
    expect(await optionsOf(second)).toEqual({ timeout: 200, correlationId: "a", oneway: true });
  });

  it("goes for attributes and batches, too", async () => {
    const hasty = withOptions(thing, { timeout: 100 });
    await hasty.setpoint;
    await assign(hasty, { setpoint: 1 });
    await batch(hasty, (b) => [b.read(1)]);
    expect(channel.requests.map(({ options }) => options.timeout)).toEqual([100, 100, 100]);
  });

  it("goes inside a batch, too", async () => {
    await batch(thing, (b) => [withOptions(b, { correlationId: "a" }).read(1), b.read(2)]);
    expect(channel.requests.map(({ options }) => options.correlationId)).toEqual(["a", undefined]);
    expect(channel.batches).toHaveLength(1);
  });
});

describe("batch", () => {
  it("sends all calls as one message and gives their results in order", async () => {
    const results = await batch(thing, (b) => [b.read(1), b.list(), b.read(3)]);
    expect(results).toEqual([1, [1, 2], 3]);
    expect(channel.batches).toEqual([{ oneway: false, members: ["read", "list", "read"] }]);
  });

  it("gives what the function returns, whatever else it calls, and mixes in other values", async () => {
    const results = await batch(thing, (b) => {
      const [first, second] = [b.read(1), b.read(2)];
      void b.note("not looked at");
      return [second, first, "a value"] as const;
    });
    expect(results).toEqual([2, 1, "a value"]);
    expect(channel.batches[0]?.members).toEqual(["read", "read", "note"]);
  });

  it("rejects with the first error", async () => {
    await expect(batch(thing, (b) => [b.read(1), b.fail(), b.read(3)])).rejects.toThrow(
      "on purpose",
    );
  });

  it("carries keyword arguments", async () => {
    await batch(thing, (b) => [b.read(1, kwargs({ gain: 2 }))]);
    expect(asked()).toEqual([["call", "read", [1], { gain: 2 }]]);
  });

  it("without a call sends nothing", async () => {
    expect(await batch(thing, () => [])).toEqual([]);
    expect(channel.batches).toEqual([]);
  });

  it("refuses attributes, and then sends nothing at all", async () => {
    await expect(batch(thing, (b) => [b.read(1), b.setpoint])).rejects.toThrow(
      expect.objectContaining({
        code: "ERR_BATCH_ATTRIBUTE",
        message: expect.stringContaining('"setpoint"'),
      }),
    );
    expect(channel.requests).toEqual([]);
  });

  it("rejects with what the function throws", async () => {
    const build = (): [] => {
      throw new Error("in the function");
    };
    await expect(batch(thing, build)).rejects.toThrow("in the function");
  });

  it("rejects where the connection is lost", async () => {
    vi.spyOn(channel, "batch").mockRejectedValue(new BunsenError("ERR_CLOSED", "lost"));
    await expect(batch(thing, (b) => [b.read(1), b.read(2)])).rejects.toThrow("lost");
    const outcomes = await batchSettled(thing, (b) => [b.read(1), b.read(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(batchOneway(thing, (b) => [b.read(1)])).rejects.toThrow("lost");
  });

  it("makes no unhandled rejection of results that nobody looks at", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    await batch(thing, (b) => {
      void b.fail();
      return [];
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("batchSettled", () => {
  it("gives each outcome, and says of what was not run that it was not", async () => {
    const outcomes = await batchSettled(thing, (b) => [b.read(1), b.fail(), b.read(3), b.list()]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: new Error("on purpose") },
      { status: "rejected", reason: expect.objectContaining({ code: "ERR_BATCH_STOPPED" }) },
      { status: "rejected", reason: expect.objectContaining({ retry: "later" }) },
    ]);
    expect(outcomes[2]).toMatchObject({
      reason: { message: '"read" was not run: "fail" failed before it' },
    });
  });
});

describe("batchOneway", () => {
  it("sends all calls as one message and waits for no result", async () => {
    expect(await batchOneway(thing, (b) => [b.note("a"), b.note("b")])).toBeUndefined();
    expect(channel.batches).toEqual([{ oneway: true, members: ["note", "note"] }]);
  });

  it("gives the calls nothing to wait for", async () => {
    let inside: unknown = "not settled";
    await batchOneway(thing, (b) => [b.read(1).then((value) => (inside = value))]);
    await vi.waitFor(() => expect(inside).toBeUndefined());
  });
});

describe("a call that is made while another is served", () => {
  const correlationId = "0f6f5b6c-7d6a-4a3c-9f57-1d6a3f6f5b6c";
  const serving = (rest: object, body: () => Promise<unknown>) =>
    runInContext(new CallContext(callOf("outer", [], rest), callerOf()), body);
  const sent = () => channel.requests.at(-1)?.options.correlationId;

  it("carries its correlation id on", async () => {
    await serving({ correlationId }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await thing.read(1);
    });
    expect(sent()).toBe(correlationId);
  });

  it("carries one on in a batch and for an attribute, too", async () => {
    await serving({ correlationId }, () => batch(thing, (b) => [b.read(1)]));
    expect(sent()).toBe(correlationId);
    await serving({ correlationId }, async () => thing.setpoint);
    expect(sent()).toBe(correlationId);
  });

  it("has its own where it is given one", async () => {
    await serving({ correlationId }, () => withOptions(thing, { correlationId: "own" }).read(1));
    expect(sent()).toBe("own");
  });

  it("has none where the served call has none", async () => {
    await serving({}, () => thing.read(1));
    expect(sent()).toBeUndefined();
  });
});

describe("what acts on a proxy", () => {
  it("tells its URI, channel, description and the state of its connection", () => {
    expect(uriOf(thing)).toBe("PYRO:thing@memory:1");
    expect(channelOf(thing)).toBe(channel);
    expect(describeRemote(thing)).toBe(channel.description);
    expect(connectionState(thing)).toBe(channel.state);
  });

  it("releases its connection", async () => {
    await release(thing);
    expect(channel.closed).toBe(1);
  });

  it("tells what is a proxy", () => {
    expect([thing, {}, null, 1, () => {}].map(isProxy)).toEqual([true, false, false, false, false]);
  });

  it("refuses to describe what was never connected", () => {
    channel.description = undefined;
    expect(() => describeRemote(thing)).toThrow(
      expect.objectContaining({ code: "ERR_NOT_CONNECTED" }),
    );
  });

  it("refuses other objects", () => {
    expect(() => uriOf({})).toThrow(
      new TypeError("Expected a proxy made by connect(), got another object"),
    );
  });
});
