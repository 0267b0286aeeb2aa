import { describe, expect, it, vi } from "vitest";
import { Observable } from "../../src/objects/observable.ts";

describe("an observable value", () => {
  it("can be looked at", () => {
    const value = new Observable("idle");
    expect(value.value).toBe("idle");
    value.set("connected");
    expect(value.value).toBe("connected");
  });

  it("tells each listener of each change from now on", () => {
    const value = new Observable(0);
    const [first, second] = [vi.fn(), vi.fn()];
    value.subscribe(first);
    value.set(1);
    value.subscribe(second);
    value.set(2);
    expect(first.mock.calls).toEqual([[1], [2]]);
    expect(second.mock.calls).toEqual([[2]]);
  });

  it("tells no more when a subscription is taken back, also by a listener", () => {
    const value = new Observable(0);
    const seen: number[] = [];
    const stop = value.subscribe((now) => {
      seen.push(now);
      stop();
    });
    value.set(1);
    value.set(2);
    expect(seen).toEqual([1]);
  });

  it("takes one function for two listeners where it is given twice", () => {
    const value = new Observable(0);
    const listener = vi.fn();
    const stop = value.subscribe(listener);
    value.subscribe(listener);
    value.set(1);
    stop();
    value.set(2);
    expect(listener.mock.calls).toEqual([[1], [1], [2]]);
  });

  it("tells the others where one throws, and hides no error", async () => {
    const value = new Observable(0);
    const listener = vi.fn();
    value.subscribe(() => {
      throw new Error("in a listener");
    });
    value.subscribe(listener);
    const uncaught = await uncaughtOf(() => value.set(1));
    expect(listener).toHaveBeenCalledWith(1);
    expect(uncaught).toEqual(new Error("in a listener"));
  });
});

describe("iterating over an observable value", () => {
  it("gives the value now, then each change", async () => {
    const value = new Observable(0);
    const seen: number[] = [];
    for await (const now of value) {
      seen.push(now);
      if (now === 2) break;
      queueMicrotask(() => value.set(now + 1));
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  it("leaves out what was replaced before it was read", async () => {
    const value = new Observable(0);
    const values = value[Symbol.asyncIterator]();
    await values.next();
    for (const now of [1, 2, 3]) value.set(now);
    expect(await values.next()).toEqual({ done: false, value: 3 });
    await values.return?.();
  });

  it("waits for a change", async () => {
    const value = new Observable(0);
    const values = value[Symbol.asyncIterator]();
    await values.next();
    const waiting = values.next();
    value.set(1);
    expect(await waiting).toEqual({ done: false, value: 1 });
    await values.return?.();
  });

  it("ends at once when it is left, also while it waits", async () => {
    const value = new Observable(0);
    const values = value[Symbol.asyncIterator]();
    await values.next();
    const waiting = values.next();
    await values.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    value.set(1);
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });
});

/** What `action` makes of an uncaught error. Vitest's own listener would fail the run. */
async function uncaughtOf(action: () => void): Promise<unknown> {
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    return await new Promise((resolve) => {
      process.once("uncaughtException", resolve);
      action();
    });
  } finally {
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
}
