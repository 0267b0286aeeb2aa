import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Live } from "../../../src/console/live/live.ts";
import { LiveObject } from "../../../src/console/live/live-object.ts";
import { ConnectionClosedError } from "../../../src/errors.ts";
import type { Description } from "../../../src/objects/description.ts";
import { Observable } from "../../../src/objects/observable.ts";
import { createProxy } from "../../../src/objects/proxy.ts";
import { descriptionOf, MemoryChannel } from "../../support/memory-channel.ts";

const CONNECTED = { name: "connected", address: "here", peer: "Bunsen" } as const;
const lost = () => ({ name: "lost", address: "here", reason: new Error("cut") }) as const;

/** An object with an attribute `celsius` and a stream `readings`, whose items the test gives. */
class Remote extends MemoryChannel {
  celsius = 20;
  readonly readings = new Observable<unknown>(0);
  pings = 0;
  deaf = false;

  constructor(description: Description = descriptionOf(["readings", "watch"], ["celsius"])) {
    super(({ member }) => (member === "celsius" ? this.celsius : this.readings), description);
    this.state.set(CONNECTED);
  }

  proxy(): object {
    return createProxy(this);
  }

  ping(): Promise<unknown> {
    this.pings += 1;
    return this.deaf ? new Promise(() => {}) : Promise.resolve();
  }

  asked(member: string): number {
    return this.requests.filter((request) => request.member === member).length;
  }
}

const CELSIUS = { object: "t", kind: "attribute", member: "celsius" } as const;
const READINGS = { object: "t", kind: "stream", member: "readings" } as const;

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe("LiveObject", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("asks once for what several look at, and not at all when nobody does", async () => {
    const remote = new Remote();
    const object = new LiveObject(async () => remote.proxy());
    const [a, b] = [object.follow(CELSIUS), object.follow({ ...CELSIUS, path: ["x"] })];
    expect(a.live).toBe(b.live);
    await settle();
    expect(a.live.value.sample?.value).toBe(20);
    a.close();
    a.close();
    await settle(1000);
    expect(remote.asked("celsius")).toBe(2);
    b.close();
    await settle(5000);
    expect(remote.asked("celsius")).toBe(2);
    expect(remote.closed).toBe(0);
  });

  it("connects again and again until the object is there, and says meanwhile why not", async () => {
    const remote = new Remote();
    let there = false;
    const object = new LiveObject(async () => {
      if (!there) throw new Error("cannot connect to here");
      return remote.proxy();
    });
    const { live, close } = object.follow(CELSIUS);
    await settle();
    expect(live.value.freshness).toEqual({
      name: "stale",
      since: 1_000_000,
      reason: "cannot connect to here",
    });
    await settle(10_000);
    there = true;
    await settle(15_000);
    expect(live.value).toMatchObject({ sample: { value: 20 }, freshness: { name: "live" } });
    close();
  });

  it("makes everything stale in the moment that the connection is lost, and resumes all of it", async () => {
    const remote = new Remote();
    const object = new LiveObject(async () => remote.proxy());
    const all = [object.follow(CELSIUS), object.follow(READINGS)];
    await settle();
    remote.readings.set(1);
    await settle(500);
    expect(all.map(({ live }) => live.value.freshness.name)).toEqual(["live", "live"]);
    remote.state.set(lost());
    const gone = { name: "stale", since: 1_000_500, reason: "the connection was lost" };
    expect(all.map(({ live }) => live.value.freshness)).toEqual([gone, gone]);
    remote.readings.set(2);
    await settle(10_000);
    expect(all.map(({ live }) => live.value.freshness)).toEqual([gone, gone]);
    expect(all[1]?.live.value.sample?.value).toBe(1);
    remote.celsius = 21;
    remote.state.set(CONNECTED);
    await settle();
    expect(all.map(({ live }) => live.value.freshness.name)).toEqual(["live", "live"]);
    expect(all.map(({ live }) => live.value.sample?.value)).toEqual([21, 2]);
    for (const { close } of all) close();
  });

  it("knows silence from absence: a stream without items is stale when its object does not answer", async () => {
    const remote = new Remote();
    const object = new LiveObject(async () => remote.proxy());
    const { live, close } = object.follow({ object: "t", kind: "model" });
    await settle(60_000);
    expect(remote.asked("watch")).toBe(1);
    expect(remote.pings).toBeGreaterThan(9);
    expect(live.value.freshness.name).toBe("live");
    remote.deaf = true;
    await settle(5_000);
    const asked = Date.now();
    await settle(5_000);
    expect(live.value.freshness).toMatchObject({ name: "stale", reason: "no answer" });
    expect((live.value.freshness as { since: number }).since).toBeLessThanOrEqual(asked);
    remote.state.set(lost());
    remote.deaf = false;
    remote.state.set(CONNECTED);
    await settle();
    expect(live.value.freshness.name).toBe("live");
    close();
  });

  it("asks anew for a stream that failed on the way, and not for one that ended or raised an error", async () => {
    const outcomes: unknown[] = [
      new ConnectionClosedError("ERR_CLOSED", "the daemon behind the gateway is gone"),
      new RangeError("no such channel"),
    ];
    const remote = new MemoryChannel(
      async function* () {
        yield 1;
        const error = outcomes.shift();
        if (error) throw error;
      },
      descriptionOf(["readings"], []),
    );
    remote.state.set(CONNECTED);
    const object = new LiveObject(async () => createProxy(remote));
    const { live, close } = object.follow(READINGS);
    await settle();
    const reason = (value: Live) =>
      value.freshness.name === "stale" ? value.freshness.reason : value.freshness.name;
    expect(reason(live.value)).toBe("the daemon behind the gateway is gone");
    await settle(60_000);
    expect(reason(live.value)).toBe("no such channel");
    expect(remote.requests).toHaveLength(2);
    const again = object.follow({ ...READINGS, args: [3] });
    await settle();
    expect(reason(again.live.value)).toBe("the stream has ended");
    expect(remote.requests[2]?.args).toEqual([3]);
    close();
    again.close();
  });

  it("says so when an attribute is none any more", async () => {
    const remote = new Remote(descriptionOf(["celsius"], []));
    const object = new LiveObject(async () => remote.proxy());
    const { live, close } = object.follow(CELSIUS);
    await settle();
    expect(live.value.freshness).toMatchObject({ reason: 'it has no attribute "celsius"' });
    close();
  });
});
