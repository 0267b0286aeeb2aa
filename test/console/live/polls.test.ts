import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Polls } from "../../../src/console/live/polls.ts";

/** Attributes whose answers come when the test says so. */
class Slow {
  readonly asked: { readonly name: string; readonly at: number; answer(value: unknown): void }[] =
    [];

  read = (name: string): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.asked.push({ name, at: Date.now(), answer: resolve });
    return promise;
  };
}

describe("Polls", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("reads what is due in the same moment, at once and then each period", async () => {
    const asked: string[] = [];
    const polls = new Polls(async (name) => {
      asked.push(`${Date.now() - 1_000_000} ${name}`);
      return asked.length;
    });
    const a = polls.follow("a", 1000);
    polls.follow("b", 1000);
    polls.follow("c", 2000);
    expect(a.value).toEqual({ sample: undefined, freshness: { name: "waiting" } });
    polls.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked).toEqual([
      ...["0 a", "0 b", "0 c"],
      ...["1000 a", "1000 b"],
      ...["2000 a", "2000 b", "2000 c"],
    ]);
    expect(a.value).toEqual({
      sample: { time: 1_002_000, value: 6 },
      freshness: { name: "live" },
    });
    polls.lost("");
  });

  it("asks once at a time, rests as long as the answer took, and lets nobody wait for another", async () => {
    const slow = new Slow();
    const polls = new Polls((name) => (name === "slow" ? slow.read(name) : Promise.resolve(1)));
    polls.follow("slow", 1000);
    const quick = polls.follow("quick", 1000);
    polls.start();
    await vi.advanceTimersByTimeAsync(2500);
    expect(slow.asked).toHaveLength(1);
    expect(quick.value.sample?.time).toBe(1_002_000);
    slow.asked[0]?.answer("late");
    await vi.advanceTimersByTimeAsync(2499);
    expect(slow.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(slow.asked.map(({ at }) => at - 1_000_000)).toEqual([0, 5000]);
    polls.lost("");
  });

  it("calls a value stale that is not answered for, since it was last known", async () => {
    const slow = new Slow();
    const polls = new Polls(slow.read);
    const live = polls.follow("x", 1000);
    polls.start();
    await vi.advanceTimersByTimeAsync(0);
    slow.asked[0]?.answer(1);
    await vi.advanceTimersByTimeAsync(1000 + 2999);
    expect(live.value.freshness).toEqual({ name: "live" });
    await vi.advanceTimersByTimeAsync(1);
    expect(live.value.freshness).toEqual({
      name: "stale",
      since: 1_000_000,
      reason: "no answer",
    });
    expect(live.value.sample?.value).toBe(1);
    slow.asked[1]?.answer(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(live.value).toMatchObject({ sample: { value: 2 }, freshness: { name: "live" } });
    polls.lost("");
  });

  it("tells what the object raised, keeps the old value, and goes on asking", async () => {
    let broken = true;
    const polls = new Polls(async () => {
      if (broken) throw new RangeError("the sensor is unplugged");
      return 3;
    });
    const live = polls.follow("x", 1000);
    polls.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.value.freshness).toEqual({
      name: "stale",
      since: 1_000_000,
      reason: "the sensor is unplugged",
    });
    broken = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.value).toMatchObject({ sample: { value: 3 }, freshness: { name: "live" } });
    polls.lost("");
  });

  it("is stale the moment that the connection is lost, takes no answer of before, and resumes", async () => {
    const slow = new Slow();
    const polls = new Polls(slow.read);
    const live = polls.follow("x", 1000);
    polls.start();
    await vi.advanceTimersByTimeAsync(0);
    polls.lost("the connection was lost");
    expect(live.value.freshness).toEqual({
      name: "stale",
      since: 1_000_000,
      reason: "the connection was lost",
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(slow.asked).toHaveLength(1);
    polls.start();
    await vi.advanceTimersByTimeAsync(0);
    slow.asked[0]?.answer("of before");
    await vi.advanceTimersByTimeAsync(0);
    expect(live.value.sample).toBeUndefined();
    slow.asked[1]?.answer("of now");
    await vi.advanceTimersByTimeAsync(0);
    expect(live.value).toMatchObject({ sample: { value: "of now" }, freshness: { name: "live" } });
    polls.lost("");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks no more for what is dropped", async () => {
    const slow = new Slow();
    const polls = new Polls(slow.read);
    polls.follow("x", 1000);
    polls.start();
    polls.drop("x");
    await vi.advanceTimersByTimeAsync(5000);
    expect(slow.asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
