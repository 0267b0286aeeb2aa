import { beforeEach, describe, expect, it, vi } from "vitest";
import { Session } from "../../src/objects/session.ts";

let session: Session;
let closed: string[];
let reported: unknown[];

beforeEach(() => {
  session = new Session();
  closed = [];
  reported = [];
});

const close = () => session.close((error) => reported.push(error));
const file = (name: string) => ({ close: () => closed.push(name) });

describe("a tracked resource", () => {
  it("is closed with the session", () => {
    session.track(file("a"));
    session.track(file("b"));
    expect(closed).toEqual([]);
    close();
    expect(closed).toEqual(["a", "b"]);
    expect(session.closed).toBe(true);
  });

  it.each([
    ["close()", { close: () => closed.push("it") }],
    ["Symbol.dispose", { [Symbol.dispose]: () => closed.push("it") }],
    ["Symbol.asyncDispose", { [Symbol.asyncDispose]: async () => void closed.push("it") }],
  ])("may have %s", (_, resource) => {
    session.track(resource);
    close();
    expect(closed).toEqual(["it"]);
  });

  it("is disposed of asynchronously where it can be", () => {
    session.track({
      [Symbol.asyncDispose]: async () => void closed.push("async"),
      [Symbol.dispose]: () => closed.push("sync"),
    });
    close();
    expect(closed).toEqual(["async"]);
  });

  it("is closed once, however often it was tracked and the session closed", () => {
    const resource = file("a");
    session.track(resource);
    session.track(resource);
    close();
    close();
    expect(closed).toEqual(["a"]);
  });

  it("is left alone after it was untracked", () => {
    const resource = file("a");
    session.track(resource);
    session.untrack(resource);
    session.untrack(file("never tracked"));
    close();
    expect(closed).toEqual([]);
  });

  it("is closed at once where the session is closed already", () => {
    close();
    session.track(file("late"));
    expect(closed).toEqual(["late"]);
  });

  it("that fails to close keeps no other from being closed", () => {
    const fails = () => {
      throw new Error("stuck");
    };
    session.track(file("a"));
    session.track({ close: fails });
    session.track(file("b"));
    session.onClose(fails);
    session.onClose(() => closed.push("listener"));
    close();
    expect(closed.sort()).toEqual(["a", "b", "listener"]);
    expect(reported).toEqual([new Error("stuck"), new Error("stuck")]);
  });

  it("that fails later is reported, too", async () => {
    session.track({ close: () => Promise.reject(new Error("stuck")) });
    session.track({ [Symbol.asyncDispose]: () => Promise.reject(new Error("stuck, too")) });
    close();
    await vi.waitFor(() => expect(reported).toEqual([new Error("stuck"), new Error("stuck, too")]));
  });
});

describe("an instance of a session", () => {
  const entry = {};

  it("is made on first use, and kept", () => {
    const create = vi.fn(() => ({}));
    const instance = session.instanceOf(entry, create);
    expect(session.instanceOf(entry, create)).toBe(instance);
    expect(create).toHaveBeenCalledTimes(1);
  });

  it("is another for another entry, and another session", () => {
    const create = () => ({});
    const instance = session.instanceOf(entry, create);
    expect(session.instanceOf({}, create)).not.toBe(instance);
    expect(new Session().instanceOf(entry, create)).not.toBe(instance);
  });

  it("is disposed of with the session if it can be", () => {
    session.instanceOf(entry, () => ({ [Symbol.dispose]: () => closed.push("instance") }));
    session.instanceOf({}, () => ({ close: () => closed.push("a method of its own") }));
    close();
    expect(closed).toEqual(["instance"]);
  });
});

describe("a listener", () => {
  it("is told once that the session closes", () => {
    session.onClose(() => closed.push("told"));
    close();
    close();
    expect(closed).toEqual(["told"]);
  });

  it("is not told after it was taken back", () => {
    const stop = session.onClose(() => closed.push("told"));
    stop();
    stop();
    close();
    expect(closed).toEqual([]);
  });

  it("is told at once where the session is closed already", () => {
    close();
    session.onClose(() => closed.push("told"));
    expect(closed).toEqual(["told"]);
  });
});
