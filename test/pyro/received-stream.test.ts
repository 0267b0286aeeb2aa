import { beforeEach, describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { INITIAL_CREDITS } from "../../src/pyro/pushed-stream.ts";
import { ReceivedStream } from "../../src/pyro/received-stream.ts";
import { collectGarbage } from "../support/garbage.ts";

let grants: number[];
let stream: ReceivedStream;

beforeEach(() => {
  grants = [];
  stream = new ReceivedStream((credits) => grants.push(credits));
});

const items = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const item = (value: unknown) => ({ done: false, value });
const END = { done: true, value: undefined };

async function take(count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (let i = 0; i < count; i++) taken.push((await stream.next()).value);
  return taken;
}

describe("a stream that is received", () => {
  it("gives the items in order, in whatever lists they came", async () => {
    stream.push([1, 2]);
    stream.push([]);
    stream.push([3]);
    stream.finish(END as { done: true; value: undefined });
    expect(await Array.fromAsync(stream)).toEqual([1, 2, 3]);
  });

  it("gives an item to whoever waits for it", async () => {
    const waiting = stream.next();
    stream.push(["late"]);
    expect(await waiting).toEqual(item("late"));
  });

  it("gives each of several calls of next() an item of its own, in order", async () => {
    const waiting = [stream.next(), stream.next(), stream.next()];
    stream.push([1, 2]);
    stream.push([3, 4]);
    expect(await Promise.all(waiting)).toEqual([item(1), item(2), item(3)]);
    expect(await stream.next()).toEqual(item(4));
  });

  it("gives items that wait to several calls of next() before any is awaited", async () => {
    stream.push([1, 2, 3]);
    expect(await Promise.all([stream.next(), stream.next(), stream.next()])).toEqual([
      item(1),
      item(2),
      item(3),
    ]);
  });

  it("keeps no more than the newest item of a stream of states, and lets the sender go on", async () => {
    stream = new ReceivedStream((credits) => grants.push(credits), undefined, true);
    for (let i = 0; i < INITIAL_CREDITS; i++) stream.push([i]);
    expect(grants.length).toBeGreaterThan(0);
    expect(await stream.next()).toEqual(item(INITIAL_CREDITS - 1));
    const waiting = stream.next();
    stream.push([100, 101]);
    expect(await waiting).toEqual(item(101));
  });

  it("tells those who wait for more items than there are that it is over", async () => {
    const waiting = [stream.next(), stream.next(), stream.next()];
    stream.push([1]);
    stream.finish({ done: true, value: "returned" });
    expect(await Promise.all(waiting)).toEqual([item(1), { done: true, value: "returned" }, END]);
  });

  it("gives the generator's return value at the end, once", async () => {
    stream.push([1]);
    stream.finish({ done: true, value: "total" });
    expect(await stream.next()).toEqual(item(1));
    expect(await stream.next()).toEqual({ done: true, value: "total" });
    expect(await stream.next()).toEqual(END);
  });

  it("rejects with the error of the generator after the items before it, once", async () => {
    stream.push([1, 2]);
    stream.finish({ error: new Error("broken") });
    expect(await take(2)).toEqual([1, 2]);
    await expect(stream.next()).rejects.toThrow("broken");
    expect(await stream.next()).toEqual(END);
  });

  it("tells one of those who wait of an error, and the others that it is over", async () => {
    const waiting = [stream.next(), stream.next()];
    stream.finish({ error: new Error("broken") });
    expect(await Promise.allSettled(waiting)).toEqual([
      { status: "rejected", reason: new Error("broken") },
      { status: "fulfilled", value: END },
    ]);
  });

  it("makes no unhandled rejection of an error that nobody waits for", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    stream.finish({ error: new Error("broken") });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("takes no notice of what comes after the end", async () => {
    stream.finish({ done: true, value: 1 });
    stream.push([2]);
    stream.finish({ error: new Error("late") });
    expect(await stream.next()).toEqual({ done: true, value: 1 });
    expect(await stream.next()).toEqual(END);
  });
});

describe("a stream that is left early", () => {
  it("tells the sender to stop", async () => {
    stream.push([1, 2, 3]);
    for await (const value of stream) if (value === 2) break;
    expect(grants).toEqual([0]);
  });

  it("gives no more items, neither those that wait nor later ones", async () => {
    stream.push([1, 2, 3]);
    expect(await stream.return("mine")).toEqual({ done: true, value: "mine" });
    stream.push([4]);
    expect(await stream.next()).toEqual(END);
  });

  it("tells those who wait that it is over", async () => {
    const waiting = [stream.next(), stream.next()];
    await stream.return();
    expect(await Promise.all(waiting)).toEqual([END, END]);
  });

  it("says so once, and not at all after the end", async () => {
    await stream.return();
    await stream.return();
    expect(grants).toEqual([0]);
    const ended = new ReceivedStream((credits) => grants.push(credits));
    ended.finish({ done: true, value: undefined });
    await ended.return();
    expect(grants).toEqual([0]);
  });
});

describe("what the sender may send ahead", () => {
  it("is granted by halves of 1024 items, as items are taken", async () => {
    const half = INITIAL_CREDITS / 2;
    stream.push(items(INITIAL_CREDITS));
    await take(half - 1);
    expect(grants).toEqual([]);
    await take(1);
    expect(grants).toEqual([1024 - half]);
    stream.push(items(1024 - half));
    await take(511);
    expect(grants).toHaveLength(1);
    await take(1);
    expect(grants.slice(1)).toEqual([512]);
    await take(512);
    expect(grants.slice(1)).toEqual([512, 512]);
  });

  it.each([
    ["1 MiB", 2 ** 20, 16],
    ["64 KiB", 2 ** 16, 256],
    ["a byte", 1, 1024],
    ["100 MiB", 100 * 2 ** 20, 4],
  ])("is less where items are large: of %s each", async (_, bytes, window) => {
    let ahead = INITIAL_CREDITS;
    const large = new ReceivedStream((granted) => {
      ahead += granted;
      expect(ahead).toBeLessThanOrEqual(window);
    });
    for (let i = 0; i < 2000; i++) {
      expect(ahead).toBeGreaterThan(0);
      large.push([i], bytes);
      ahead -= 1;
      await large.next();
    }
  });

  it("is more again when the items become small", async () => {
    const mixed = new ReceivedStream((granted) => grants.push(granted));
    mixed.push([new Uint8Array()], 2 ** 26);
    await mixed.next();
    for (let i = 0; i < 60; i++) {
      mixed.push([i], 10);
      await mixed.next();
    }
    expect(Math.max(...grants)).toBeGreaterThan(500);
  });

  it("is granted no more while nobody takes items", () => {
    stream.push(items(INITIAL_CREDITS));
    expect(grants).toEqual([]);
  });

  it("is granted no more after the end", async () => {
    stream.push(items(INITIAL_CREDITS));
    stream.finish({ done: true, value: undefined });
    await take(INITIAL_CREDITS);
    expect(grants).toEqual([]);
  });

  it("never falls short, however long the stream", async () => {
    let credits = INITIAL_CREDITS;
    const endless = new ReceivedStream((granted) => {
      credits += granted;
    });
    let sent = 0;
    for (let taken = 0; taken < 50_000; taken++) {
      const batch = items(Math.min(credits, 100), sent);
      sent += batch.length;
      credits -= batch.length;
      endless.push(batch);
      const { value } = await endless.next();
      if (value !== taken) throw new Error(`${value} in place of ${taken}`);
    }
  });

  it("ends the stream in an error where the sender takes no notice of it", async () => {
    stream.push(items(INITIAL_CREDITS));
    stream.push([1]);
    await take(INITIAL_CREDITS);
    await expect(stream.next()).rejects.toThrow(ProtocolError);
    expect(grants).toEqual([0]);
  });

  it("holds on to nothing that was taken, also where the reader is always a little behind", async () => {
    const taken = new WeakRef(await firstOf(stream));
    for (let i = 0; i < 400; i++) {
      stream.push([i]);
      await stream.next();
    }
    await collectGarbage();
    expect(taken.deref()).toBeUndefined();
  });
});

/** Takes one large item; another one stays behind. */
async function firstOf(from: ReceivedStream): Promise<object> {
  from.push([new Uint8Array(1000), "behind"]);
  return (await from.next()).value as object;
}
