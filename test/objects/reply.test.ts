import { describe, expect, it } from "vitest";
import { Reply } from "../../src/objects/reply.ts";

const replyOf = <T>(value: T) => Reply.of(Promise.resolve(value));

describe("a reply", () => {
  it("is a promise", async () => {
    const reply = replyOf(1);
    expect(reply).toBeInstanceOf(Promise);
    expect(await reply).toBe(1);
    await expect(Reply.of(Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("has then, catch and finally that give ordinary promises", async () => {
    const chained = replyOf(1).then((x) => x + 1);
    expect(chained).not.toBeInstanceOf(Reply);
    expect(await chained).toBe(2);
    const finished = replyOf(1).finally(() => {});
    expect(finished).not.toBeInstanceOf(Reply);
    expect(await Reply.of(Promise.reject(new Error("no"))).catch(() => "caught")).toBe("caught");
  });

  it("is awaited as fast as a plain promise: without a turn of its own", async () => {
    const order: string[] = [];
    const awaiting = async (promise: Promise<unknown>, name: string) => {
      await promise;
      order.push(name);
    };
    const reply = new Reply((resolve) => resolve(1));
    await Promise.all([
      awaiting(Promise.resolve(), "before"),
      awaiting(reply, "reply"),
      awaiting(Promise.resolve(), "after"),
    ]);
    expect(order).toEqual(["before", "reply", "after"]);
  });

  it("is itself the reply of a reply", () => {
    const reply = replyOf(1);
    expect(Reply.of(reply)).toBe(reply);
  });

  it("works with Promise.all, race and any", async () => {
    expect(await Promise.all([replyOf(1), replyOf(2)])).toEqual([1, 2]);
    expect(await Promise.race([replyOf(1)])).toBe(1);
    expect(await Promise.any([replyOf(1)])).toBe(1);
  });
});

describe("a reply is iterated", () => {
  it("over the items of a stream", async () => {
    const reply = replyOf(
      (async function* () {
        yield* [1, 2];
      })(),
    );
    expect(await Array.fromAsync(reply as unknown as AsyncIterable<number>)).toEqual([1, 2]);
  });

  it("over the items of a list, a set or a generator", async () => {
    for (const value of [[1, 2], new Set([1, 2]), [1, 2].values()]) {
      const items = Array.fromAsync(replyOf(value) as unknown as AsyncIterable<number>);
      expect(await items).toEqual([1, 2]);
    }
  });

  it("and gives the stream's return value", async () => {
    const reply = replyOf(
      (async function* () {
        yield 1;
        return "total";
      })(),
    );
    const items = reply[Symbol.asyncIterator]();
    await items.next();
    expect(await items.next()).toEqual({ done: true, value: "total" });
  });

  it("and the stream is ended when the loop is left early", async () => {
    let ended = false;
    const reply = replyOf(
      (async function* () {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          ended = true;
        }
      })(),
    );
    for await (const item of reply as unknown as AsyncIterable<number>) if (item === 3) break;
    expect(ended).toBe(true);
  });

  it.each([5, "text", null, undefined, { a: 1 }])("but not over one value: %o", async (value) => {
    const items = Array.fromAsync(replyOf(value) as unknown as AsyncIterable<unknown>);
    await expect(items).rejects.toThrow(
      new TypeError(
        "Expected the remote method to return a stream or a list, got one value; use await",
      ),
    );
  });

  it("and fails as the call failed", async () => {
    const reply = Reply.of(Promise.reject(new Error("refused")));
    const items = Array.fromAsync(reply as unknown as AsyncIterable<unknown>);
    await expect(items).rejects.toThrow("refused");
  });
});
