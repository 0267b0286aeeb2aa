import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BunsenError, RemoteError } from "../../src/errors.ts";
import { Session } from "../../src/objects/session.ts";
import { ItemStream } from "../../src/objects/stream.ts";
import { DEFAULT_STREAM_OPTIONS, StreamTable } from "../../src/pyro/streams.ts";

let ended: string[];
let session: Session;
let table: StreamTable;

function* endless(name: string) {
  try {
    for (let i = 0; ; i++) yield i;
  } finally {
    ended.push(name);
  }
}

const open = (name = "a", owner = session) => table.open(new ItemStream(endless(name)), owner);
const openWith = (options: object) => {
  table = new StreamTable({ ...DEFAULT_STREAM_OPTIONS, ...options });
};
const lose = (lost: Session) => lost.close(() => {});
const gone = expect.objectContaining({
  code: "ERR_STREAM_GONE",
  message: "item stream terminated",
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  ended = [];
  session = new Session();
  openWith({});
});
afterEach(() => vi.useRealTimers());

describe("streams that are pulled", () => {
  it("give an item for each request", async () => {
    const id = open();
    expect([await table.next(id, session), await table.next(id, session)]).toEqual([0, 1]);
  });

  it("are told apart by their ids", async () => {
    const [first, second] = [open("1"), open("2")];
    expect(first).not.toBe(second);
    await table.next(first, session);
    expect(await table.next(second, session)).toBe(0);
    expect(table.size).toBe(2);
  });

  it("end in Python's StopIteration, with the return value if there is one", async () => {
    const plain = table.open(new ItemStream([1][Symbol.iterator]()), session);
    expect(await table.next(plain, session)).toBe(1);
    await expect(table.next(plain, session)).rejects.toEqual(
      new RemoteError("builtins.StopIteration"),
    );
    const returning = table.open(
      new ItemStream(
        // biome-ignore lint/correctness/useYield: it returns at once
        (function* () {
          return "total";
        })(),
      ),
      session,
    );
    await expect(table.next(returning, session)).rejects.toMatchObject({
      type: "builtins.StopIteration",
      remote: { args: ["total"] },
    });
  });

  it("are forgotten at their end", async () => {
    const id = table.open(new ItemStream([][Symbol.iterator]()), session);
    await expect(table.next(id, session)).rejects.toThrow(RemoteError);
    expect(table.size).toBe(0);
    await expect(table.next(id, session)).rejects.toEqual(gone);
  });

  it("are forgotten when they fail", async () => {
    const id = table.open(
      new ItemStream(
        // biome-ignore lint/correctness/useYield: it fails at once
        (function* () {
          throw new Error("broken");
        })(),
      ),
      session,
    );
    await expect(table.next(id, session)).rejects.toThrow("broken");
    expect(table.size).toBe(0);
  });

  it("run their finally when they are left early", async () => {
    const id = open();
    await table.next(id, session);
    table.close(id);
    expect(ended).toEqual(["a"]);
    await expect(table.next(id, session)).rejects.toBeInstanceOf(BunsenError);
  });

  it("may be closed twice, and by an id that never was", () => {
    const id = open();
    table.close(id);
    table.close(id);
    table.close("unknown");
    expect(table.size).toBe(0);
  });

  it("all end with the daemon", async () => {
    for (const name of ["1", "2"]) await table.next(open(name), session);
    table.closeAll();
    expect(ended).toEqual(["1", "2"]);
    expect(table.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a stream whose connection is lost", () => {
  it("lingers, and then ends", async () => {
    openWith({ streamLingerMs: 1000 });
    await table.next(open(), session);
    lose(session);
    vi.advanceTimersByTime(999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toEqual(["a"]);
    expect(table.size).toBe(0);
  });

  it("goes on by another connection that asks for it", async () => {
    openWith({ streamLingerMs: 1000 });
    const id = open();
    await table.next(id, session);
    lose(session);
    const other = new Session();
    expect(await table.next(id, other)).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(ended).toEqual([]);
    lose(other);
    vi.advanceTimersByTime(1000);
    expect(ended).toEqual(["a"]);
  });

  it("ends at once where there is no time to linger", async () => {
    openWith({ streamLingerMs: 0 });
    await table.next(open(), session);
    lose(session);
    expect(ended).toEqual(["a"]);
  });

  it("lingers, too, where the connection was lost before the stream began", async () => {
    openWith({ streamLingerMs: 1000 });
    lose(session);
    const id = open();
    expect(await table.next(id, new Session())).toBe(0);
  });

  it("is no longer its old connection's when it was taken over", async () => {
    const id = open();
    const other = new Session();
    lose(session);
    await table.next(id, other);
    table.close(id);
    lose(other);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves the streams of other connections alone", async () => {
    openWith({ streamLingerMs: 0 });
    const other = new Session();
    await table.next(open("mine"), session);
    await table.next(open("other's", other), other);
    lose(session);
    expect(ended).toEqual(["mine"]);
  });
});

describe("limits of streams", () => {
  it("end a stream after its lifetime, even if it is in use", async () => {
    openWith({ streamLifetimeMs: 5000 });
    const id = open();
    for (let s = 0; s < 4; s++) {
      vi.advanceTimersByTime(1000);
      await table.next(id, session);
    }
    vi.advanceTimersByTime(1000);
    expect(ended).toEqual(["a"]);
    await expect(table.next(id, session)).rejects.toEqual(gone);
  });

  it("leave no timer behind when a stream ends before its lifetime does", () => {
    openWith({ streamLifetimeMs: 5000 });
    table.close(open());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("refuse one stream more than maxStreams, and end it", () => {
    openWith({ maxStreams: 2 });
    open();
    open();
    const items = new ItemStream(endless("refused"));
    void items.next();
    expect(() => table.open(items, session)).toThrow(
      expect.objectContaining({
        code: "ERR_TOO_MANY_STREAMS",
        retry: "later",
        message: expect.stringContaining("maxStreams"),
      }),
    );
    expect(ended).toEqual(["refused"]);
    expect(table.size).toBe(2);
  });

  it("take a new stream in place of one that ended", () => {
    openWith({ maxStreams: 1 });
    table.close(open());
    expect(() => open()).not.toThrow();
  });
});
