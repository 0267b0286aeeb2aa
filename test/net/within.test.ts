import { expect, it, vi } from "vitest";
import { within } from "../../src/net/within.ts";

const never = new Promise<never>(() => {});
const late = () => new Error("too late");

it("waits for a promise without a bound where none is given", () => {
  const promise = Promise.resolve(1);
  expect(within(promise, {})).toBe(promise);
  expect(within(promise, { timeoutMs: 0, signal: undefined })).toBe(promise);
});

it("gives what the promise gives in time", async () => {
  const { signal } = new AbortController();
  const patience = { signal, timeoutMs: 60_000, late };
  expect(await within(Promise.resolve(1), patience)).toBe(1);
  await expect(within(Promise.reject(new Error("refused")), patience)).rejects.toThrow("refused");
});

it("rejects with what came too late when the time is up, and not before", async () => {
  const before = performance.now();
  await expect(within(never, { timeoutMs: 30, late })).rejects.toThrow("too late");
  expect(performance.now() - before).toBeGreaterThanOrEqual(30);
});

it("rejects with the signal's reason when that aborts", async () => {
  const abort = new AbortController();
  const waiting = within(never, { signal: abort.signal, timeoutMs: 60_000, late });
  abort.abort(new Error("changed my mind"));
  await expect(waiting).rejects.toThrow("changed my mind");
  const aborted = AbortSignal.abort(new Error("before"));
  await expect(within(never, { signal: aborted })).rejects.toThrow("before");
});

it("takes no notice of what comes afterwards", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const slow = Promise.withResolvers<void>();
  const waiting = within(slow.promise, { timeoutMs: 10, late });
  await expect(waiting).rejects.toThrow("too late");
  slow.reject(new Error("afterwards"));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

it("leaves no listener on the signal", async () => {
  const { signal } = new AbortController();
  const [added, removed] = [
    vi.spyOn(signal, "addEventListener"),
    vi.spyOn(signal, "removeEventListener"),
  ];
  await within(Promise.resolve(1), { signal });
  await vi.waitFor(() => expect(removed).toHaveBeenCalledTimes(added.mock.calls.length));
});
