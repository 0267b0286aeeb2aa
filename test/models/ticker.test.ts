import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { simpleTicker } from "../../examples/models/simple-ticker.ts";
import { SILENT } from "../../src/log.ts";
import { type ServedTicker, ticker } from "../../src/models/index.ts";

const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a ticker", () => {
  let clock: ServedTicker<object>;
  beforeEach(() => {
    clock = ticker({ state: {}, logger: SILENT });
  });
  afterEach(async () => {
    await clock.close();
    // Nothing of it is left to tick.
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is fresh at first", () => {
    expect(clock.query()).toEqual({ period: 1, "playing?": false, tickNo: 0 });
  });

  it("shows its period", async () => {
    await clock.setPeriod(10);
    expect(clock.query()).toEqual({ period: 10, "playing?": false, tickNo: 0 });
    await expect(clock.setPeriod(0)).rejects.toThrow("more than 0");
    expect(clock.state.period).toBe(10);
  });

  it("ticks once while it is paused, and sets no timer", async () => {
    await clock.tick();
    expect(clock.state.tickNo).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ticks at once when it plays, and then each period", async () => {
    await clock.pause();
    await clock.play();
    await later(3.5);
    expect(clock.query()).toEqual({ period: 1, "playing?": true, tickNo: 4 });
    await clock.play();
    await clock.pause();
    await later(3);
    expect(clock.query()).toEqual({ period: 1, "playing?": false, tickNo: 4 });
  });

  it("goes on after a tick that failed, which the record has", async () => {
    let stuck = true;
    await using failing = ticker({
      logger: SILENT,
      state: { seen: 0 },
      tick() {
        if (stuck) throw new Error("stuck");
        this.seen += 1;
      },
    });
    await failing.play().catch(() => {});
    expect(failing.state["playing?"]).toBe(false);
    stuck = false;
    await failing.play();
    stuck = true;
    await later(1);
    stuck = false;
    await later(1);
    expect(failing.state).toMatchObject({ seen: 2, tickNo: 2, "playing?": true });
    expect(failing.history().map(({ event, who }) => [event, who.identity])).toEqual([
      ["change-failed", "model"],
      ["changed", "model"],
      ["change-failed", "model"],
      ["changed", "model"],
    ]);
  });

  it("has a new period from the next tick on", async () => {
    await clock.play();
    await clock.setPeriod(10);
    await later(1);
    expect(clock.state.tickNo).toBe(2);
    await later(9);
    expect(clock.state.tickNo).toBe(2);
    await later(1);
    expect(clock.state.tickNo).toBe(3);
  });

  it("tells viewers that it was paused, but not of a play or pause that changes nothing", async () => {
    await clock.play();
    await clock.play();
    await clock.pause();
    await clock.pause();
    expect(clock.history().map(({ operation, version }) => [operation, version])).toEqual([
      ["play", 1],
      ["pause", 2],
    ]);
  });

  it("does not make up for the time that the machine slept", async () => {
    await clock.play();
    vi.setSystemTime(Date.now() + 60_000);
    await later(2);
    expect(clock.state.tickNo).toBeLessThan(5);
  });
});

describe("the simple ticker", () => {
  it("adds one with each tick, and may be set", async () => {
    await using simple = simpleTicker({ logger: SILENT });
    await simple.play();
    await simple.pause();
    expect(simple.getValue()).toBe(1);
    await simple.play();
    await later(1.5);
    await simple.setValue(100);
    await later(2);
    expect(simple.getValue()).toBe(102);
    await later(5);
    expect(simple.getValue()).toBe(107);
    expect([...simple.query()].slice(1)).toEqual(["Value:", 107]);
  });
});
