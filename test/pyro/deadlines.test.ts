import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  batch,
  callContext,
  connect,
  Daemon,
  expose,
  type Remote,
  release,
  TimeoutError,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

/** The far end: tells what it knows of its caller's patience, or outlasts it. */
class Device {
  readonly seen: (number | undefined)[] = [];
  readonly log: string[] = [];
  patience(): number | null {
    return callContext().timeLeftMs ?? null;
  }
  /** Answers when its caller leaves. */
  async hang(): Promise<void> {
    const { signal } = callContext();
    this.log.push("hanging");
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    this.log.push((signal as AbortSignal).reason.code);
  }
  off(): number | null {
    this.log.push("off");
    return callContext().timeLeftMs ?? null;
  }
  async *drip(): AsyncGenerator<number | null> {
    for (;;) {
      await turn();
      yield callContext().timeLeftMs ?? null;
    }
  }
}
expose(Device, { patience: true, hang: true, off: true, drip: true });

/** In the middle: serves by calling the device. */
class Rack {
  readonly device: Remote<Device>;
  /** What was called after the answer was sent. */
  afterwards: Promise<number | null> | undefined;
  constructor(device: Remote<Device>) {
    this.device = device;
  }
  async patience(): Promise<(number | null)[]> {
    await turn();
    return [callContext().timeLeftMs ?? null, await this.device.patience()];
  }
  hurried(): Promise<number | null> {
    return withOptions(this.device, { timeout: 20 }).patience();
  }
  unhurried(): Promise<number | null> {
    return withOptions(this.device, { timeout: 0 }).patience();
  }
  async use(): Promise<void> {
    try {
      await this.device.hang();
    } finally {
      await this.device.off();
    }
  }
  /** Goes on by itself when its caller has its answer. */
  start(wait: number): void {
    this.afterwards = new Promise<void>((resolve) => setTimeout(resolve, wait)).then(() =>
      this.device.patience(),
    );
  }
  many(count: number): Promise<(number | null)[]> {
    return Promise.all(Array.from({ length: count }, () => this.device.patience()));
  }
  hang(): Promise<void> {
    return this.device.hang();
  }
  async all(): Promise<(number | null)[]> {
    return batch(this.device, (b) => [b.patience(), b.patience()]);
  }
}
expose(Rack, {
  patience: true,
  hurried: true,
  unhurried: true,
  use: true,
  start: true,
  many: true,
  hang: true,
  all: true,
});

let front: Daemon;
let back: Daemon;
let device: Device;
let rack: Rack;
let toDevice: Remote<Device>;
let remote: Remote<Rack>;

beforeEach(async () => {
  back = new Daemon({ logger: SILENT });
  device = new Device();
  back.register("device", device);
  await back.listen("pyro://127.0.0.1:0");
  toDevice = await connect<Device>(back.uriFor("device"));
  front = new Daemon({ logger: SILENT });
  rack = new Rack(toDevice);
  front.register("rack", rack);
  front.register("adopted", toDevice);
  await front.listen("pyro://127.0.0.1:0");
  remote = await connect<Rack>(front.uriFor("rack"));
});
afterEach(async () => {
  await release(remote);
  await release(toDevice);
  await front.close();
  await back.close();
});

describe("a caller's timeout", () => {
  it("is known to the method, and to what it calls in the next process", async () => {
    const [here, there] = await withOptions(remote, { timeout: 60_000 }).patience();
    expect(here).toBeGreaterThan(0);
    expect(here).toBeLessThanOrEqual(60_000);
    expect(there).toBeGreaterThan(0);
    // One millisecond may be lost to rounding up.
    expect(there).toBeLessThanOrEqual((here as number) + 1);
  });

  it("is not known where there is none", async () => {
    expect(await remote.patience()).toEqual([null, null]);
  });

  it("may be that of the proxy", async () => {
    await using hasty = await connect<Rack>(front.uriFor("rack"), { timeout: 5_000 });
    const [here] = await hasty.patience();
    expect(here).toBeLessThanOrEqual(5_000);
  });

  it("holds for batches and for objects that were adopted", async () => {
    const [first] = await withOptions(remote, { timeout: 60_000 }).all();
    expect(first).toBeLessThanOrEqual(60_000);
    expect(first).toBeGreaterThan(0);
    await using adopted = await connect<Device>(front.uriFor("adopted"));
    const left = await withOptions(adopted, { timeout: 7_000 }).patience();
    expect(left).toBeLessThanOrEqual(7_000);
    expect(left).toBeGreaterThan(0);
  });

  it("gives way to a shorter one of the nested call, and to an explicit 0", async () => {
    expect(await withOptions(remote, { timeout: 60_000 }).hurried()).toBeLessThanOrEqual(20);
    expect(await withOptions(remote, { timeout: 60_000 }).unhurried()).toBeNull();
  });

  it("is for the first answer of a stream, not for its items", async () => {
    for await (const left of withOptions(toDevice, { timeout: 60_000 }).drip()) {
      expect(left).toBeNull();
      break;
    }
  });

  it("does not bind what a method does after its answer", async () => {
    await withOptions(remote, { timeout: 30 }).start(100);
    expect(await rack.afterwards).toBeNull();
  });

  it("stays between Bunsen peers: a Pyro4 caller sends none", async () => {
    await using old = await connect<Rack>(front.uriFor("rack"), { generation: 4, timeout: 5_000 });
    expect(await old.patience()).toEqual([null, null]);
  });

  it("is no annotation of the user's", async () => {
    const seen: string[] = [];
    front.use((call, _caller, next) => {
      seen.push(...(call.annotations?.keys() ?? []));
      return next();
    });
    const annotations = new Map([["MINE", new Uint8Array(1)]]);
    await withOptions(remote, { timeout: 60_000, annotations }).patience();
    expect(seen).toEqual(["MINE"]);
  });

  it("that passes ends the calls behind it, in the processes behind it", async () => {
    await expect(withOptions(remote, { timeout: 50 }).hang()).rejects.toBeInstanceOf(TimeoutError);
    await vi.waitFor(() => expect(device.log).toEqual(["hanging", "ERR_CANCELLED"]));
  });
});

describe("a caller's cancellation", () => {
  it("ends the calls behind it, and leaves the method time to clean up", async () => {
    const abort = new AbortController();
    const using = withOptions(remote, { signal: abort.signal, timeout: 60_000 }).use();
    await vi.waitFor(() => expect(device.log).toEqual(["hanging"]));
    abort.abort(new Error("enough"));
    await expect(using).rejects.toThrow("enough");
    await vi.waitFor(() => expect(device.log).toContain("off"));
    expect(device.log.toSorted()).toEqual(["ERR_CANCELLED", "hanging", "off"]);
  });

  it("is that of a caller that is gone, too", async () => {
    const lost = remote.use().catch(() => "lost");
    await vi.waitFor(() => expect(device.log).toEqual(["hanging"]));
    await release(remote);
    expect(await lost).toBe("lost");
    await vi.waitFor(() => expect(device.log).toContain("off"));
  });

  it("can be awaited by any number of nested calls at once", async () => {
    const warned = vi.fn();
    process.on("warning", warned);
    expect(await withOptions(remote, { timeout: 60_000 }).many(50)).toHaveLength(50);
    await turn();
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it("keeps a call that waits for its turn from running at all", async () => {
    const { address } = await back.listen("pyro://127.0.0.1:0", { maxConcurrentCalls: 1 });
    await using narrow = await connect<Device>(`PYRO:device@${address}`);
    const first = new AbortController();
    const second = new AbortController();
    const calls = [
      withOptions(narrow, { signal: first.signal }).hang(),
      withOptions(narrow, { signal: second.signal }).hang(),
    ].map((call) => call.catch(() => "cancelled"));
    await vi.waitFor(() => expect(device.log).toEqual(["hanging"]));
    second.abort();
    first.abort();
    await narrow.off();
    expect(await Promise.all(calls)).toEqual(["cancelled", "cancelled"]);
    expect(device.log.filter((line) => line === "hanging")).toHaveLength(1);
  });
});
