import { describe, expect, it } from "vitest";
import { BunsenError } from "../../src/errors.ts";
import { type Pending, PendingCalls } from "../../src/pyro/pending.ts";

class Call implements Pending {
  seq = -1;
  deadlineSlot = undefined;
  deadlineIndex = 0;
  reason: BunsenError | undefined;
  answer() {}
  expire() {}
  fail(reason: BunsenError) {
    this.reason = reason;
  }
}

function added(calls: PendingCalls, count = 1): Call[] {
  return Array.from({ length: count }, () => {
    const call = new Call();
    calls.add(call);
    return call;
  });
}

/** Makes and answers calls until the next number is `seq`. */
function advanceTo(calls: PendingCalls, seq: number): void {
  while (((calls.skip() + 1) & 0xffff) !== seq);
}

describe("calls that wait for their answers", () => {
  it("have numbers in a row", () => {
    const calls = new PendingCalls();
    expect(added(calls, 5).map((call) => call.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(calls.size).toBe(5);
  });

  it("are found by their number until they are removed", () => {
    const calls = new PendingCalls();
    const [first, second] = added(calls, 2) as [Call, Call];
    calls.remove(first);
    expect(calls.get(first.seq)).toBeUndefined();
    expect(calls.get(second.seq)).toBe(second);
    expect(calls.size).toBe(1);
  });

  it("may be removed twice", () => {
    const calls = new PendingCalls();
    const [first] = added(calls, 2) as [Call, Call];
    calls.remove(first);
    calls.remove(first);
    expect(calls.size).toBe(1);
  });

  it("are not mistaken for another whose number ends in the same bits", () => {
    const calls = new PendingCalls();
    const [call] = added(calls) as [Call];
    for (let bit = 4; bit < 16; bit++) expect(calls.get(call.seq + (1 << bit))).toBeUndefined();
  });

  it("leave out the numbers of one-way calls", () => {
    const calls = new PendingCalls();
    added(calls);
    expect(calls.skip()).toBe(2);
    expect(added(calls)[0]?.seq).toBe(3);
  });

  it("may be thousands, each found by its own number", () => {
    const calls = new PendingCalls();
    const made = added(calls, 20_000);
    expect(new Set(made.map((call) => call.seq)).size).toBe(20_000);
    for (const call of made) if (calls.get(call.seq) !== call) throw new Error(`lost ${call.seq}`);
  });

  it("begin again after number 65535", () => {
    const calls = new PendingCalls();
    advanceTo(calls, 65_534);
    expect(added(calls, 4).map((call) => call.seq)).toEqual([65_534, 65_535, 0, 1]);
  });

  it("step over a call that takes longer than 65,536 others", () => {
    const calls = new PendingCalls();
    const [long] = added(calls) as [Call];
    for (let i = 0; i < 200_000; i++) {
      const [quick] = added(calls) as [Call];
      if (quick.seq === long.seq) throw new Error("one number, two calls");
      calls.remove(quick);
    }
    expect(calls.get(long.seq)).toBe(long);
    expect(calls.size).toBe(1);
  });

  it("may be as many as there are numbers but one, and no more", () => {
    const calls = new PendingCalls();
    const made = added(calls, 65_535);
    expect(new Set(made.map((call) => call.seq)).size).toBe(65_535);
    expect(calls.full).toBe(true);
    calls.remove(made[777] as Call);
    expect(calls.full).toBe(false);
    added(calls);
    expect(calls.full).toBe(true);
  });

  it("fail together, each once, with the reason", () => {
    const calls = new PendingCalls();
    const made = added(calls, 40);
    calls.remove(made[3] as Call);
    const reason = new BunsenError("ERR_CLOSED", "gone");
    calls.failAll(reason);
    expect(made.filter((call) => call.reason === reason)).toHaveLength(39);
    expect(made[3]?.reason).toBeUndefined();
    expect(calls.size).toBe(0);
  });

  it("may be made anew by one that fails", () => {
    const calls = new PendingCalls();
    const retry = new Call();
    class Retrying extends Call {
      override fail(): void {
        calls.add(retry);
      }
    }
    calls.add(new Retrying());
    calls.failAll(new BunsenError("ERR_CLOSED", "gone"));
    expect(calls.get(retry.seq)).toBe(retry);
    expect(calls.size).toBe(1);
  });

  it("have forgotten, after all have failed, whom late answers are for", () => {
    const calls = new PendingCalls();
    const [call] = added(calls) as [Call];
    calls.failAll(new BunsenError("ERR_CLOSED", "gone"));
    expect(calls.get(call.seq)).toBeUndefined();
    calls.remove(call);
    expect(calls.size).toBe(0);
  });
});
