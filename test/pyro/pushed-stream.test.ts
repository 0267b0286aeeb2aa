import { beforeEach, describe, expect, it, vi } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { ItemStream } from "../../src/objects/stream.ts";
import {
  INITIAL_CREDITS,
  PushedStream,
  readControl,
  writeControl,
} from "../../src/pyro/pushed-stream.ts";

/** What the receiver has granted in the tests below. */
const CREDITS = 1024;

/** What a connection does of a stream, written down. */
class Receiver {
  batches: unknown[][] = [];
  ended: unknown[] = [];
  errors: unknown[] = [];
  finished = 0;
  congested = false;
  refused: unknown;
  readonly stream: PushedStream;

  constructor(iterable: AsyncIterable<unknown> | Generator<unknown>) {
    this.stream = new PushedStream(ItemStream.from(iterable) as ItemStream, {
      congested: () => this.congested,
      items: (batch) => {
        if (batch.includes(this.refused)) throw new Error("cannot be sent");
        this.batches.push(batch);
      },
      end: (value) => this.ended.push(value),
      failed: (error) => this.errors.push(error),
      finished: () => {
        this.finished += 1;
      },
    });
    this.stream.grant(CREDITS - INITIAL_CREDITS);
    this.stream.start();
  }

  get items(): unknown[] {
    return this.batches.flat();
  }

  /** Waits until the stream is over. */
  async over(): Promise<this> {
    await vi.waitFor(() => expect(this.finished).toBe(1), { interval: 1 });
    return this;
  }

  async has(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.items).toHaveLength(count), { interval: 1 });
    await quiet();
  }
}

/** Long enough for a stream that runs ahead to be caught at it. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

let made: number;
let cleanedUp: boolean;

function* counting(to: number) {
  try {
    for (let i = 0; i < to; i++) {
      made += 1;
      yield i;
    }
    return "total";
  } finally {
    cleanedUp = true;
  }
}

async function* countingAsync(to: number) {
  yield* counting(to);
  return "total";
}

beforeEach(() => {
  made = 0;
  cleanedUp = false;
});

describe.each([
  ["generator", counting],
  ["async generator", countingAsync],
])("a %s that is pushed", (_, count) => {
  it("says at once that it is a stream, before its first item", async () => {
    const receiver = new Receiver(count(1));
    expect(receiver.batches).toEqual([[]]);
    await receiver.over();
  });

  it("sends all items in order, then the return value", async () => {
    const receiver = await new Receiver(count(1000)).over();
    expect(receiver.items).toEqual(Array.from({ length: 1000 }, (_item, i) => i));
    expect(receiver.ended).toEqual(["total"]);
    expect(receiver.errors).toEqual([]);
  });

  it("puts what comes without waiting into few lists, none too long", async () => {
    const receiver = await new Receiver(count(1000)).over();
    expect(receiver.batches.length).toBeLessThan(20);
    expect(Math.max(...receiver.batches.map((batch) => batch.length))).toBeLessThanOrEqual(256);
  });

  it("stops at what was granted, and goes on when more is", async () => {
    const receiver = new Receiver(count(10_000));
    await receiver.has(CREDITS);
    expect(made).toBe(CREDITS);
    receiver.stream.grant(10);
    await receiver.has(CREDITS + 10);
    receiver.stream.grant(10_000);
    await receiver.over();
    expect(receiver.items).toHaveLength(10_000);
  });

  it("stops while the peer does not take what was sent, and goes on when it has", async () => {
    const receiver = new Receiver(count(500));
    receiver.congested = true;
    await quiet();
    expect(made).toBeLessThanOrEqual(1);
    receiver.congested = false;
    receiver.stream.resume();
    await receiver.over();
    expect(receiver.items).toHaveLength(500);
  });

  it("stops again when it is woken and the reason is still there", async () => {
    const receiver = new Receiver(count(5000));
    await receiver.has(CREDITS);
    receiver.stream.resume();
    receiver.stream.resume();
    await quiet();
    expect(made).toBe(CREDITS);
    receiver.stream.stop();
    await receiver.over();
  });

  it("runs its finally when it is left early, and sends nothing more", async () => {
    const receiver = new Receiver(count(10_000));
    await receiver.has(CREDITS);
    receiver.stream.stop();
    receiver.stream.grant(100);
    await receiver.over();
    expect(cleanedUp).toBe(true);
    expect(receiver.items).toHaveLength(CREDITS);
    expect([receiver.ended, receiver.errors]).toEqual([[], []]);
  });

  it("may be stopped twice, and after its end", async () => {
    const receiver = await new Receiver(count(3)).over();
    receiver.stream.stop();
    receiver.stream.stop();
    await quiet();
    expect(receiver.finished).toBe(1);
    expect(receiver.ended).toEqual(["total"]);
  });

  it("ends in an error, with its finally run, where an item cannot be sent", async () => {
    const receiver = new Receiver(count(10_000));
    receiver.refused = 300;
    await receiver.over();
    expect(receiver.errors).toEqual([new Error("cannot be sent")]);
    expect(receiver.ended).toEqual([]);
    expect(cleanedUp).toBe(true);
  });
});

it("an item with annotations has a message of its own, in its turn", async () => {
  const items = ItemStream.from(counting(5)) as ItemStream;
  let annotations: Map<string, Uint8Array> | undefined;
  const annotated = new ItemStream({
    next: async () => {
      const step = await items.next();
      if (step.value === 2) annotations = new Map([["ITEM", Uint8Array.of(2)]]);
      return step;
    },
  });
  annotated.takeAnnotations = () => {
    const taken = annotations;
    annotations = undefined;
    return taken;
  };
  const sent: unknown[] = [];
  await new Promise<void>((resolve) => {
    new PushedStream(annotated, {
      congested: () => false,
      items: (batch, with_) => sent.push(with_ === undefined ? batch : [batch, ...with_]),
      end: () => {},
      failed: (error) => sent.push(error),
      finished: resolve,
    }).start();
  });
  expect(sent).toEqual([[], [0, 1], [[2], ["ITEM", Uint8Array.of(2)]], [3, 4]]);
});

describe("a generator that fails", () => {
  it("has its items sent before its error", async () => {
    const receiver = await new Receiver(
      (function* () {
        yield* [1, 2];
        throw new Error("broken");
      })(),
    ).over();
    expect(receiver.items).toEqual([1, 2]);
    expect(receiver.errors).toEqual([new Error("broken")]);
    expect(receiver.ended).toEqual([]);
  });

  it("has nobody to tell after it was stopped", async () => {
    const receiver = new Receiver(
      (function* () {
        try {
          for (;;) yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
          throw new Error("while cleaning up");
        }
      })(),
    );
    await receiver.has(CREDITS);
    receiver.stream.stop();
    await receiver.over();
    expect(receiver.errors).toEqual([]);
  });
});

it("an item is sent when it comes, not when a list is full", async () => {
  const next = Promise.withResolvers<void>();
  const receiver = new Receiver(
    (async function* () {
      yield "first";
      await next.promise;
      yield "second";
    })(),
  );
  await receiver.has(1);
  next.resolve();
  await receiver.over();
  expect(receiver.batches).toEqual([[], ["first"], ["second"]]);
});

it("a generator that never waits leaves time to others", async () => {
  const receiver = new Receiver(counting(1_000_000));
  receiver.stream.grant(1_000_000);
  let turns = 0;
  for (; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(receiver.finished).toBe(0);
  receiver.stream.stop();
  await receiver.over();
});

it("an iterator without return() can be stopped, too", async () => {
  let i = 0;
  const receiver = new Receiver({
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: i++ }) }),
  });
  await receiver.has(CREDITS);
  receiver.stream.stop();
  await receiver.over();
});

describe("a control frame", () => {
  it.each([0, 1, 512, 0xffffffff])("carries %i", (credits) => {
    const out = new ByteWriter();
    writeControl(out, credits);
    expect(readControl(out.take())).toBe(credits);
  });

  it.each([0, 3, 5])("that has %i bytes stops the stream", (bytes) => {
    expect(readControl(new Uint8Array(bytes))).toBe(0);
  });
});
