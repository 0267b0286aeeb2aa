import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadline, DeadlineWheel } from "../../src/net/deadlines.ts";

/** One turn of the wheel, and a millisecond for the clock's fraction. */
const LATE_MS = 11;

let wheel: DeadlineWheel;
let expired: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  wheel = new DeadlineWheel();
  expired = [];
});
afterEach(() => vi.useRealTimers());

const named = (name: string) => new Deadline(() => expired.push(name));

/** Time passes, but the event loop is busy: no timer runs before it is over. */
function blockFor(ms: number): void {
  const until = performance.now() + ms;
  const clock = vi.spyOn(performance, "now").mockReturnValue(until);
  vi.advanceTimersByTime(10);
  clock.mockRestore();
}

describe("a wheel of deadlines", () => {
  it.each([1, 5, 9, 10, 11, 25, 999, 60_000])("expires after %i ms, and never early", (ms) => {
    vi.advanceTimersByTime(3.7);
    wheel.add(named("a"), ms);
    vi.advanceTimersByTime(ms - 0.1);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(0.1 + LATE_MS + 10);
    expect(expired).toEqual(["a"]);
  });

  it("expires once", () => {
    wheel.add(named("a"), 10);
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual(["a"]);
  });

  it("expires in the order of the deadlines, whatever the order of adding", () => {
    for (const ms of [90, 30, 60, 120]) wheel.add(named(`${ms}`), ms);
    vi.advanceTimersByTime(200);
    expect(expired).toEqual(["30", "60", "90", "120"]);
  });

  it("keeps that order for deadlines that passed while the program was busy", () => {
    for (const ms of [90, 30, 60, 5000]) wheel.add(named(`${ms}`), ms);
    blockFor(400);
    expect(expired).toEqual(["30", "60", "90"]);
  });

  it("catches up after a sleep of days", () => {
    for (const ms of [90, 30, 60]) wheel.add(named(`${ms}`), ms);
    blockFor(7 * 24 * 3600 * 1000);
    expect(expired).toEqual(["30", "60", "90"]);
    wheel.add(named("later"), 20);
    vi.advanceTimersByTime(60);
    expect(expired).toEqual(["30", "60", "90", "later"]);
  });

  it("does not expire what was removed", () => {
    const [first, second, third] = [named("1"), named("2"), named("3")];
    for (const item of [first, second, third]) wheel.add(item, 50);
    wheel.remove(second);
    vi.advanceTimersByTime(100);
    expect(expired).toEqual(["1", "3"]);
  });

  it("takes a second removal, and one of what never was added, for nothing", () => {
    const [item, other] = [named("1"), named("2")];
    wheel.add(item, 50);
    wheel.add(other, 50);
    wheel.remove(item);
    wheel.remove(item);
    wheel.remove(named("never added"));
    vi.advanceTimersByTime(100);
    expect(expired).toEqual(["2"]);
  });

  it("does not expire what another deadline of the same moment removes", () => {
    const second = named("second");
    wheel.add(new Deadline(() => wheel.remove(second)), 50);
    wheel.add(second, 50);
    vi.advanceTimersByTime(100);
    expect(expired).toEqual([]);
  });

  it("takes new deadlines from one that expires", () => {
    wheel.add(new Deadline(() => wheel.add(named("again"), 30)), 20);
    vi.advanceTimersByTime(20 + 30 + 2 * LATE_MS);
    expect(expired).toEqual(["again"]);
  });

  it("lets one that fails keep no other from expiring", () => {
    const fails = new Deadline(() => {
      throw new Error("on purpose");
    });
    for (const item of [named("1"), fails, named("2")]) wheel.add(item, 20);
    wheel.add(named("3"), 60);
    expect(() => vi.advanceTimersByTime(50)).toThrow("on purpose");
    vi.advanceTimersByTime(100);
    expect(expired.sort()).toEqual(["1", "2", "3"]);
  });

  it("has no timer before the first deadline", () => {
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has one timer, however many deadlines there are", () => {
    for (let ms = 1; ms <= 5000; ms++) wheel.add(named(`${ms}`), ms);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5000 + 2 * LATE_MS);
    expect(expired).toHaveLength(5000);
    expect(expired).toEqual(Array.from({ length: 5000 }, (_, i) => `${i + 1}`));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no timer left soon after the last deadline was removed, however far away that was", () => {
    const items = Array.from({ length: 1000 }, (_, i) => named(`${i}`));
    for (const item of items) wheel.add(item, 3600_000);
    vi.advanceTimersByTime(1000);
    for (const item of items) wheel.remove(item);
    vi.advanceTimersByTime(LATE_MS);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes on where deadlines come after a time without any", () => {
    wheel.add(named("1"), 10);
    vi.advanceTimersByTime(1000);
    wheel.add(named("2"), 10);
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual(["1", "2"]);
  });
});

it("a deadline keeps no program alive", () => {
  vi.useRealTimers();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const item = named("a");
  wheel.add(item, 60_000);
  expect(timers()).toBe(before);
  wheel.remove(item);
});
