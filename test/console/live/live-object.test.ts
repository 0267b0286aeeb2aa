import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Live } from "../../../src/console/live/live.ts";
import { LiveObject, type Standing } from "../../../src/console/live/live-object.ts";
import { LiveObjects } from "../../../src/console/live/live-objects.ts";
import { ConnectionClosedError } from "../../../src/errors.ts";
import type { Description } from "../../../src/objects/description.ts";
import { Observable } from "../../../src/objects/observable.ts";
import { createProxy } from "../../../src/objects/proxy.ts";
import { descriptionOf, MemoryChannel } from "../../support/memory-channel.ts";

const since = 1_000_000;
const LOST = { name: "lost", since, reason: "the connection was lost" } as const;

/** An object with an attribute `celsius` and a stream `readings`, whose items the test gives. */
class Remote extends MemoryChannel {
  celsius = 20;
  readonly readings = new Observable<unknown>(0);
  readonly proxy: object = createProxy(this);
  readonly standing: Observable<Standing>;
  held = 0;

  constructor(description: Description = descriptionOf(["readings", "watch"], ["celsius"])) {
    super(({ member }) => (member === "celsius" ? this.celsius : this.readings), description);
    this.standing = new Observable<Standing>({ name: "connected", proxy: this.proxy });
  }

  hold() {
    this.held += 1;
    const release = () => {
      this.held -= 1;
    };
    return { link: { state: this.standing }, release };
  }

  connect(): void {
    this.standing.set({ name: "connected", proxy: this.proxy });
  }

  asked(member: string): number {
    return this.requests.filter((request) => request.member === member).length;
  }
}

const CELSIUS = { object: "t", kind: "attribute", member: "celsius" } as const;
const READINGS = { object: "t", kind: "stream", member: "readings" } as const;

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const reasonOf = ({ freshness }: Live) =>
  freshness.name === "stale" ? freshness.reason : freshness.name;

describe("what is followed", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: since });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("is asked for once however many look, and not at all when nobody does", async () => {
    const remote = new Remote();
    const objects = new LiveObjects(remote);
    const [a, b] = [objects.follow(CELSIUS), objects.follow({ ...CELSIUS, path: ["x"] })];
    expect(a.live).toBe(b.live);
    await settle();
    expect(a.live.value.sample?.value).toBe(20);
    a.close();
    a.close();
    await settle(1000);
    expect(remote.asked("celsius")).toBe(2);
    expect(remote.held).toBe(1);
    b.close();
    await settle(5000);
    expect(remote.asked("celsius")).toBe(2);
    expect(remote.held).toBe(0);
    const again = objects.follow(CELSIUS);
    await settle();
    expect(again.live.value.sample?.value).toBe(20);
    again.close();
  });

  it("waits for its object to be connected to, and is stale where that failed", async () => {
    const remote = new Remote();
    remote.standing.set({ name: "connecting" });
    const { live, close } = new LiveObjects(remote).follow(CELSIUS);
    await settle(10_000);
    expect(live.value).toEqual({ sample: undefined, freshness: { name: "waiting" } });
    remote.standing.set({ name: "lost", since: 5, reason: "no such object" });
    expect(live.value.freshness).toEqual({ name: "stale", since: 5, reason: "no such object" });
    remote.connect();
    await settle();
    expect(live.value).toMatchObject({ sample: { value: 20 }, freshness: { name: "live" } });
    close();
  });

  it("is stale in the moment that the connection is lost, all of it, and resumes by itself", async () => {
    const remote = new Remote();
    const objects = new LiveObjects(remote);
    const all = [objects.follow(CELSIUS), objects.follow(READINGS)];
    remote.connect();
    await settle();
    remote.readings.set(1);
    await settle(500);
    expect(remote.asked("readings")).toBe(1);
    expect(all.map(({ live }) => reasonOf(live.value))).toEqual(["live", "live"]);
    remote.standing.set(LOST);
    const gone = { name: "stale", since, reason: "the connection was lost" };
    expect(all.map(({ live }) => live.value.freshness)).toEqual([gone, gone]);
    remote.readings.set(2);
    remote.celsius = 21;
    await settle(10_000);
    expect(all.map(({ live }) => live.value.freshness)).toEqual([gone, gone]);
    expect(all.map(({ live }) => live.value.sample?.value)).toEqual([20, 1]);
    remote.connect();
    // A stream may have nothing to say: what it said before is not believed for that.
    expect(all.map(({ live }) => reasonOf(live.value))).toEqual([LOST.reason, "waiting"]);
    await settle();
    expect(all.map(({ live }) => reasonOf(live.value))).toEqual(["live", "live"]);
    expect(all.map(({ live }) => live.value.sample?.value)).toEqual([21, 2]);
    for (const { close } of all) close();
  });

  it("is stale at once when it is begun while the object is lost", async () => {
    const remote = new Remote();
    remote.standing.set(LOST);
    const objects = new LiveObjects(remote);
    const all = [objects.follow(CELSIUS), objects.follow(READINGS)];
    expect(all.map(({ live }) => reasonOf(live.value))).toEqual([LOST.reason, LOST.reason]);
    for (const { close } of all) close();
  });

  it("is asked for anew after a failure on the way, but not when it ended or raised an error", async () => {
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
    const proxy = createProxy(remote);
    const object = new LiveObject(new Observable<Standing>({ name: "connected", proxy }));
    const { live, close } = object.follow(READINGS);
    await settle();
    expect(reasonOf(live.value)).toBe("the daemon behind the gateway is gone");
    await settle(60_000);
    expect(reasonOf(live.value)).toBe("no such channel");
    expect(remote.requests).toHaveLength(2);
    const again = object.follow({ ...READINGS, args: [3] });
    await settle();
    expect(reasonOf(again.live.value)).toBe("the stream has ended");
    expect(remote.requests[2]?.args).toEqual([3]);
    close();
    again.close();
    object.close();
  });

  it("ends a stream at its object when nobody looks", async () => {
    let ended = false;
    const remote = new MemoryChannel(
      async function* () {
        try {
          for (;;) yield 1;
        } finally {
          ended = true;
        }
      },
      descriptionOf(["readings"], []),
    );
    const proxy = createProxy(remote);
    const object = new LiveObject(new Observable<Standing>({ name: "connected", proxy }));
    const { live, close } = object.follow(READINGS);
    live.subscribe(() => close());
    await settle();
    expect(ended).toBe(true);
    object.close();
  });

  it("may be what a method answers, asked again and again", async () => {
    const remote = new MemoryChannel(({ args }) => args, descriptionOf(["history"], []));
    const proxy = createProxy(remote);
    const object = new LiveObject(new Observable<Standing>({ name: "connected", proxy }));
    const source = { object: "t", kind: "answer", member: "history", args: [0, 50] } as const;
    const { live, close } = object.follow(source);
    await settle(1000);
    expect(live.value.sample?.value).toEqual([0, 50]);
    expect(remote.requests).toHaveLength(2);
    close();
    object.close();
  });

  it("says so when an attribute is none any more", async () => {
    const remote = new Remote(descriptionOf(["celsius"], []));
    const { live, close } = new LiveObjects(remote).follow(CELSIUS);
    await settle();
    expect(reasonOf(live.value)).toBe('it has no attribute "celsius"');
    close();
  });
});
