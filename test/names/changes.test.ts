import { describe, expect, it } from "vitest";
import { ChangeHub, type NameChange, type NameRecord } from "../../src/names/changes.ts";
import { NameServer } from "../../src/names/name-server.ts";

const change = (name: string, port = 1): NameChange => ({
  kind: "registered",
  name,
  uri: `PYRO:o@h:${port}`,
  metadata: [],
});
const none = async (): Promise<NameRecord[]> => [];

describe("watching a name server", () => {
  it("begins with a snapshot and goes on with each change", async () => {
    const names = new NameServer();
    names.register("a", "PYRO:o@h:1", false, ["y", "x"]);
    const events = names.watch();
    expect(await events.next()).toEqual({
      done: false,
      value: {
        kind: "snapshot",
        names: [{ name: "a", uri: "PYRO:o@h:1", metadata: ["x", "y"] }],
      },
    });
    const seen: unknown[] = [];
    const step = async () => seen.push((await events.next()).value);
    names.register("b", "PYRO:o@h:2");
    await step();
    names.set_metadata("a", ["z"]);
    await step();
    await names.remove("a");
    await step();
    expect(seen).toEqual([
      { kind: "registered", name: "b", uri: "PYRO:o@h:2", metadata: [] },
      { kind: "metadata", name: "a", uri: "PYRO:o@h:1", metadata: ["z"] },
      { kind: "removed", name: "a", uri: "PYRO:o@h:1", metadata: ["z"] },
    ]);
    names.close();
  });

  it("can be limited to a prefix", async () => {
    const names = new NameServer();
    for (const name of ["a.1", "b.1"]) names.register(name, "PYRO:o@h:1");
    const events = names.watch("a.");
    const first = (await events.next()).value;
    expect(first).toMatchObject({ kind: "snapshot", names: [{ name: "a.1" }] });
    names.register("b.2", "PYRO:o@h:1");
    names.register("a.2", "PYRO:o@h:1");
    expect((await events.next()).value).toMatchObject({ name: "a.2" });
    names.close();
  });

  it("reports what is removed by prefix or found unreachable", async () => {
    const names = new NameServer();
    for (const name of ["a.1", "a.2", "b"]) names.register(name, "PYRO:o@h:1");
    const events = names.watch();
    await events.next();
    await names.remove(null, "a.");
    names.removeIfUnchanged("b", "PYRO:o@h:1");
    for (const name of ["a.1", "a.2", "b"]) {
      expect((await events.next()).value).toMatchObject({ kind: "removed", name });
    }
    names.close();
  });

  it("reports no change that was refused", async () => {
    const names = new NameServer();
    names.register("a", "PYRO:o@h:1");
    const events = names.watch();
    await events.next();
    expect(() => names.register("a", "PYRO:o@h:2", true)).toThrow();
    expect(() => names.set_metadata("b", ["x"])).toThrow();
    await names.remove("b");
    names.register("c", "PYRO:o@h:3");
    expect((await events.next()).value).toMatchObject({ name: "c" });
    names.close();
  });
});

describe("a watcher", () => {
  it("that is slow sees the latest change of each name, in order", async () => {
    const hub = new ChangeHub(none);
    const events = hub.watch("");
    await events.next();
    for (const item of [change("a", 1), change("b", 1), change("a", 2)]) hub.publish(item);
    expect((await events.next()).value).toEqual(change("b", 1));
    expect((await events.next()).value).toEqual(change("a", 2));
  });

  it("that is too far behind gets a new snapshot, and keeps no more than the limit", async () => {
    let names: NameRecord[] = [];
    const hub = new ChangeHub(async () => names, { maxPending: 2 });
    const events = hub.watch("");
    await events.next();
    hub.publish(change("a"));
    hub.publish(change("b"));
    expect((await events.next()).value).toEqual(change("a"));
    for (const name of ["c", "d"]) hub.publish(change(name));
    names = [change("x")];
    expect((await events.next()).value).toEqual({ kind: "snapshot", names });
    hub.publish(change("e"));
    expect((await events.next()).value).toEqual(change("e"));
  });

  it("misses nothing that changes while its snapshot is collected", async () => {
    const snapshot = Promise.withResolvers<NameRecord[]>();
    const hub = new ChangeHub(() => snapshot.promise);
    const events = hub.watch("");
    const first = events.next();
    hub.publish(change("a"));
    snapshot.resolve([]);
    expect((await first).value).toEqual({ kind: "snapshot", names: [] });
    expect((await events.next()).value).toEqual(change("a"));
  });

  it("that leaves while it waits for a change ends at once, and is forgotten", async () => {
    const hub = new ChangeHub(none);
    const events = hub.watch("");
    await events.next();
    const next = events.next();
    await events.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(hub.watchers).toBe(0);
  });

  it("is forgotten when its loop is left", async () => {
    const hub = new ChangeHub(none);
    for await (const event of hub.watch("")) {
      expect(event.kind).toBe("snapshot");
      expect(hub.watchers).toBe(1);
      break;
    }
    expect(hub.watchers).toBe(0);
  });

  it("counts only from its first event on, and ends when the name server closes", async () => {
    const hub = new ChangeHub(none);
    const idle = hub.watch("");
    expect(hub.watchers).toBe(0);
    const events = hub.watch("");
    await events.next();
    const next = events.next();
    hub.close();
    expect(await next).toEqual({ done: true, value: undefined });
    await idle.return?.();
    expect(await idle.next()).toEqual({ done: true, value: undefined });
  });

  it("gets the store's error when there is no snapshot, and ends", async () => {
    const failure = new Error("disk is gone");
    const hub = new ChangeHub(() => Promise.reject(failure));
    const events = hub.watch("");
    await expect(events.next()).rejects.toBe(failure);
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(hub.watchers).toBe(0);
  });

  it("is refused when there are too many", async () => {
    const hub = new ChangeHub(none, { maxWatchers: 1 });
    await hub.watch("").next();
    await expect(hub.watch("").next()).rejects.toMatchObject({ code: "ERR_NAME_LIMIT" });
    expect(hub.watchers).toBe(1);
  });
});
