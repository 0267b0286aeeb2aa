import { describe, expect, it } from "vitest";
import { Turns } from "../../src/objects/turns.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Something that is under way until it is told to end. */
function task() {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const made = {
    begun: 0,
    end: resolve,
    fail: reject,
    run() {
      made.begun++;
      return promise;
    },
  };
  return made;
}

describe("turns", () => {
  it("cost nothing where nobody waits: a value stays a value, an error is thrown", () => {
    const turns = new Turns("it");
    expect(turns.take(() => 5)).toBe(5);
    expect(() =>
      turns.take(() => {
        throw new RangeError("no");
      }),
    ).toThrow("no");
    expect(turns.take(() => 6)).toBe(6);
  });

  it("are taken one at a time, in the order in which they were asked for", async () => {
    const turns = new Turns("it");
    const [first, second, third] = [task(), task(), task()];
    const results = [first, second, third].map(({ run }) => turns.take(run));
    const begun = () => [first.begun, second.begun, third.begun];
    expect([begun(), turns.waiting]).toEqual([[1, 0, 0], 2]);
    third.end("third");
    first.end("first");
    await turn();
    expect([begun(), turns.waiting]).toEqual([[1, 1, 0], 1]);
    second.fail(new Error("second"));
    expect(await Promise.allSettled(results)).toEqual([
      { status: "fulfilled", value: "first" },
      { status: "rejected", reason: new Error("second") },
      { status: "fulfilled", value: "third" },
    ]);
    expect(begun()).toEqual([1, 1, 1]);
  });

  it("are refused where too many wait, and not before", async () => {
    const turns = new Turns("the laser", { queue: 2 });
    const running = task();
    const results = [turns.take(running.run), turns.take(() => 1), turns.take(() => 2)];
    expect(() => turns.take(() => 3)).toThrow(
      expect.objectContaining({
        code: "ERR_BUSY",
        retry: "later",
        message:
          "the laser takes one call at a time, and 2 wait already (queue: 2); try again later",
      }),
    );
    const sure = turns.takeSurely(() => 4);
    running.end(0);
    expect(await Promise.all([...results, sure])).toEqual([0, 1, 2, 4]);
    const none = new Turns("it", { queue: 0 });
    const only = task();
    const result = none.take(only.run);
    expect(() => none.take(() => 1)).toThrow(/0 wait already/);
    only.end(7);
    expect(await result).toBe(7);
    expect(none.take(() => 1)).toBe(1);
  });

  it("are left by those whose signal aborts while they wait", async () => {
    const turns = new Turns("it", { queue: 1 });
    const running = task();
    const waiting = task();
    const abort = new AbortController();
    const first = turns.take(running.run);
    const second = turns.take(waiting.run, () => abort.signal);
    abort.abort(new Error("the caller left"));
    await expect(second).rejects.toThrow("the caller left");
    expect(turns.waiting).toBe(0);
    const third = turns.take(() => 3);
    running.end(1);
    expect([await first, await third, waiting.begun]).toEqual([1, 3, 0]);
  });

  it("of thousands that take no time do not pile up", async () => {
    const turns = new Turns("it", { queue: 20_000 });
    const running = task();
    const first = turns.take(running.run);
    const others = Array.from({ length: 20_000 }, (_, i) => turns.take(() => i));
    running.end("first");
    expect(await first).toBe("first");
    expect((await Promise.all(others)).at(-1)).toBe(19_999);
  });

  it.each([-1, 1.5, Number.NaN])("refuse a queue of %s", (queue) => {
    expect(() => new Turns("it", { queue })).toThrow(/Expected `queue`/);
  });
});
