import { describe, expect, it, vi } from "vitest";
import { ItemStream } from "../../src/objects/stream.ts";

function* generator() {
  yield 1;
}
async function* asyncGenerator() {
  yield 1;
}

describe("what streams", () => {
  it.each([
    ["a generator", generator()],
    ["an async generator", asyncGenerator()],
    ["an iterator of a list", [1].values()],
    ["a helper of an iterator", [1].values().map((x) => x)],
    ["an iterator of a map", new Map([[1, 1]]).keys()],
    ["an async iterable", { [Symbol.asyncIterator]: asyncGenerator }],
    ["a web stream", ReadableStream.from([1])],
  ])("is %s", async (_, value) => {
    const stream = ItemStream.from(value);
    expect(await stream?.next()).toEqual({ done: false, value: 1 });
    await stream?.close();
  });

  it.each([
    ["a list", [1]],
    ["a set", new Set([1])],
    ["a map", new Map()],
    ["bytes", new Uint8Array(1)],
    ["a record that has a next", { next: () => 1 }],
    ["a record that has no prototype", Object.create(null)],
    ["an iterable that is no iterator", { [Symbol.iterator]: generator }],
  ])("is not %s", (_, value) => {
    expect(ItemStream.from(value)).toBeUndefined();
  });
});

describe("a stream that is closed early", () => {
  it("runs the generator's finally", async () => {
    const finished = vi.fn();
    const stream = new ItemStream(
      (function* () {
        try {
          yield 1;
        } finally {
          finished();
        }
      })(),
    );
    await stream.next();
    await stream.close();
    expect(finished).toHaveBeenCalledTimes(1);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("tells what the generator may be waiting for before it ends the generator", async () => {
    const abort = new AbortController();
    const stream = new ItemStream(
      (async function* () {
        yield 1;
        await new Promise((_, reject) => {
          abort.signal.addEventListener("abort", () => reject(new Error("aborted")));
        });
      })(),
    );
    stream.onClose(() => abort.abort());
    await stream.next();
    const waiting = stream.next();
    await stream.close();
    await expect(waiting).rejects.toThrow("aborted");
  });

  it("rejects with what the generator fails with while it is ended", async () => {
    const stream = new ItemStream(
      (function* () {
        try {
          yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
          throw new Error("while cleaning up");
        }
      })(),
    );
    await stream.next();
    await expect(stream.close()).rejects.toThrow("while cleaning up");
  });

  it("may be of an iterator that has no return()", async () => {
    const stream = new ItemStream({ next: () => ({ done: false, value: 1 }) });
    await stream.next();
    await expect(stream.close()).resolves.toBeUndefined();
  });
});
