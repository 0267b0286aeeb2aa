import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ConnectionClosedError,
  RemoteError,
  SerializeError,
  TimeoutError,
} from "../../src/errors.ts";
import { GatewayCall } from "../../src/gateway/call.ts";
import { Lanes } from "../../src/gateway/lanes.ts";
import type { Channel, ConnectionState, Request } from "../../src/objects/channel.ts";
import { Observable } from "../../src/objects/observable.ts";

/** A connection whose answers the test gives. */
class Script implements Channel {
  readonly uri = "PYRO:thing@localhost:1";
  readonly state = new Observable<ConnectionState>({ name: "idle" });
  readonly description = undefined;
  /** Calls that wait, oldest first. */
  readonly waiting: (PromiseWithResolvers<unknown> & { readonly member: string })[] = [];

  async open(): Promise<void> {}
  call({ member }: Request): Promise<unknown> {
    const call = { ...Promise.withResolvers<unknown>(), member };
    this.waiting.push(call);
    return call.promise;
  }
  batch(): never {
    throw new TypeError("nobody makes batches here");
  }
  async close(): Promise<void> {}

  answer(value: unknown = undefined): void {
    this.waiting.shift()?.resolve(value);
  }
  fail(error: Error): void {
    this.waiting.shift()?.reject(error);
  }
  lose(reason: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason);
  }
}

const CLOSED = new ConnectionClosedError("ERR_CLOSED_BY_PEER", "closed by the peer");
const broken = (syscall: string) =>
  new ConnectionClosedError("ERR_CONNECTION_LOST", "lost", {
    cause: new ConnectionClosedError("ERR_CONNECTION_LOST", "lost", {
      cause: Object.assign(new Error("ECONNRESET"), { code: "ECONNRESET", syscall }),
    }),
  });

let channels: Script[];
let lanes: Lanes;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  channels = [new Script()];
  lanes = new Lanes(channels[0] as Script, () => {
    const made = new Script();
    channels.push(made);
    return made;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function call(member = "read", oneway = false): Promise<unknown> {
  const asked = { object: "thing", member, kind: "call", args: [], kwargs: null, oneway } as const;
  return lanes.call(
    new GatewayCall({ ...asked, args: [], correlationId: "", deadline: undefined }),
  );
}

/** So often that the member is known to take a tenth of a millisecond. */
async function beQuick(member = "read"): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const called = call(member);
    vi.advanceTimersByTime(0.1);
    channels[0]?.answer();
    await called;
  }
}

const waiting = () => channels.map((channel) => channel.waiting.length);

describe("calls of one object of Python's", () => {
  it("have a connection each while nobody knows how long they take", () => {
    for (let i = 0; i < 3; i++) void call();
    expect(waiting()).toEqual([1, 1, 1]);
  });

  it("share connections where there are no more", () => {
    for (let i = 0; i < 33; i++) void call();
    expect(waiting()).toEqual([3, ...Array(15).fill(2)]);
  });

  it("share one when they are known to be quick", async () => {
    await beQuick();
    for (let i = 0; i < 50; i++) void call();
    expect(waiting()).toEqual([50]);
  });

  it("join no more than are expected to be done soon", async () => {
    await beQuick();
    for (let i = 0; i < 250; i++) void call();
    const [first = 0, second = 0] = waiting();
    expect(first).toBeLessThan(210);
    expect(first + second).toBe(250);
  });

  it("do not wait behind one that was slow before", async () => {
    await beQuick();
    void call("integrate");
    void call();
    expect(waiting()).toEqual([1, 1]);
  });

  it("do not wait behind one that is slow for the first time", async () => {
    await beQuick();
    void call();
    vi.advanceTimersByTime(21);
    void call();
    expect(waiting()).toEqual([1, 1]);
  });

  it("take connections of their own again after one that was slow", async () => {
    await beQuick();
    const slow = call();
    vi.advanceTimersByTime(1000);
    channels[0]?.answer();
    await slow;
    void call();
    void call();
    expect(waiting()).toEqual([1, 1]);
  });

  it("are made again where the server ended the connection before it came to them", async () => {
    await beQuick();
    for (const reason of [CLOSED, broken("read")]) {
      const [first, second, third] = [call(), call(), call()];
      channels[0]?.lose(reason);
      await expect(first).rejects.toBe(reason);
      await vi.waitFor(() => expect(waiting()).toEqual([2]));
      channels[0]?.answer("two");
      channels[0]?.answer("three");
      expect(await Promise.all([second, third])).toEqual(["two", "three"]);
    }
  });

  it("are made again where an answer was the last of the connection", async () => {
    await beQuick();
    const refusal = new SerializeError("ERR_SERIALIZE", "a lock", {
      remote: { type: "Pyro5.errors.SerializeError", args: [], attributes: {}, traceback: "" },
    });
    const [first, second] = [call(), call()];
    channels[0]?.fail(refusal);
    await expect(first).rejects.toBe(refusal);
    channels[0]?.lose(CLOSED);
    await vi.waitFor(() => expect(waiting()).toEqual([1]));
    channels[0]?.answer("two");
    expect(await second).toBe("two");
  });

  it.each([
    ["answers may have been lost", broken("write")],
    ["time ran out", new TimeoutError("ERR_TIMEOUT", "late")],
    ["this side closed the connection", new ConnectionClosedError("ERR_CLOSED", "closed")],
  ])("are not made again where %s", async (_, reason) => {
    await beQuick();
    const calls = [call(), call()];
    channels[0]?.lose(reason);
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes).toEqual(Array(2).fill({ status: "rejected", reason }));
    expect(waiting()).toEqual([0]);
  });

  it("are not made again with a connection that went on after an error", async () => {
    await beQuick();
    const [first, second, third] = [call(), call(), call()];
    channels[0]?.fail(new RemoteError("builtins.ValueError", ["on purpose"]));
    await expect(first).rejects.toThrow("on purpose");
    channels[0]?.lose(CLOSED);
    await expect(second).rejects.toBe(CLOSED);
    await vi.waitFor(() => expect(waiting()).toEqual([1]));
    channels[0]?.answer("three");
    expect(await third).toBe("three");
  });

  it("wait behind nothing when they are one-way: nobody would learn that they were not read", async () => {
    await beQuick();
    void call();
    void call("reset", true);
    expect(waiting()).toEqual([1, 1]);
  });
});
