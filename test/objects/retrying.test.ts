import { describe, expect, it } from "vitest";
import {
  CommunicationError,
  ConnectionClosedError,
  RemoteError,
  TimeoutError,
} from "../../src/errors.ts";
import { assign, createProxy, withOptions } from "../../src/objects/index.ts";
import { descriptionOf, MemoryChannel } from "../support/memory-channel.ts";

interface Thing {
  level: number;
  read(): number;
}

/** Fails with these errors, one call after the other, and then answers. */
function failing(...errors: Error[]): MemoryChannel {
  const left = [...errors];
  return new MemoryChannel(
    () => {
      const error = left.shift();
      if (error) throw error;
      return 7;
    },
    descriptionOf(["read"], ["level"]),
  );
}

const lost = new ConnectionClosedError("ERR_CONNECTION_LOST", "lost", { retry: "unknown" });
const late = new TimeoutError("ERR_TIMEOUT", "late", { retry: "unknown" });

describe("retries", () => {
  it("make a method call again after a lost connection, or a timeout", async () => {
    const channel = failing(lost, late);
    const thing = withOptions(createProxy<Thing>(channel), { retries: 2 });
    expect(await thing.read()).toBe(7);
    expect(channel.requests).toHaveLength(3);
  });

  it("are none unless asked for", async () => {
    const channel = failing(lost);
    await expect(createProxy<Thing>(channel).read()).rejects.toBe(lost);
    expect(channel.requests).toHaveLength(1);
  });

  it("end with the last error when all are used", async () => {
    const channel = failing(lost, late, lost);
    const thing = createProxy<Thing>(channel, { retries: 1 });
    await expect(thing.read()).rejects.toBe(late);
    expect(channel.requests).toHaveLength(2);
  });

  it.each([
    ["what the remote code threw", new RemoteError("builtins.ValueError", ["no"])],
    ["a daemon that does not listen", new CommunicationError("ERR_CONNECT", "refused")],
  ])("are no answer to %s", async (_, error) => {
    const channel = failing(error);
    await expect(createProxy<Thing>(channel, { retries: 5 }).read()).rejects.toBe(error);
    expect(channel.requests).toHaveLength(1);
  });

  it("leave attributes alone, as in Pyro", async () => {
    const channel = failing(lost, lost);
    const thing = createProxy<Thing>(channel, { retries: 5 });
    await expect(thing.level).rejects.toBe(lost);
    await expect(assign(thing, { level: 1 })).rejects.toBe(lost);
    expect(channel.requests).toHaveLength(2);
  });

  it("stop when the caller gave up", async () => {
    const aborted = AbortSignal.abort();
    const channel = failing(lost, lost);
    const thing = createProxy<Thing>(channel, { retries: 5, signal: aborted });
    await expect(thing.read()).rejects.toBe(lost);
    expect(channel.requests).toHaveLength(1);
  });
});
