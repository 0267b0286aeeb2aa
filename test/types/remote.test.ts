import { describe, expectTypeOf, it } from "vitest";
import {
  assign,
  batch,
  batchOneway,
  batchSettled,
  type ConnectionState,
  connect,
  connectionState,
  type Description,
  describe as describeRemote,
  kwargs,
  type Observable,
  type Remote,
  type RemoteStream,
  release,
  uriOf,
  withOptions,
} from "../../src/index.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

class Thermostat {
  setpoint = 20;
  label: string | null = null;
  enabled = true;
  mode: "auto" | "manual" = "auto";
  readonly serial: string = "T-1";
  later: Promise<number> = Promise.resolve(1);
  position: Point = { x: 0, y: 0 };
  protected secret = 1;
  private hidden = 2;
  get celsius(): number {
    return this.secret + this.hidden;
  }

  read(_channel: number, _gain = 1): number {
    return 1;
  }
  reset(): void {}
  async calibrate(_offset: number): Promise<Point> {
    return { x: 0, y: 0 };
  }
  maybe(): number | undefined {
    return undefined;
  }
  sooner(): number | Promise<string> {
    return 1;
  }
  configure(_options: { readonly gain?: number }): boolean {
    return true;
  }
  *count(_to: number): Generator<number, string, undefined> {
    yield 1;
    return "done";
  }
  async *samples(_count: number): AsyncGenerator<Point> {}
  events(): AsyncIterable<"on" | "off"> {
    return this.events();
  }
  ticks(): AsyncIterableIterator<bigint> {
    return this.ticks();
  }
  steps(): ArrayIterator<number> {
    return this.list().values();
  }
  get log(): Generator<string> {
    return this.log;
  }
  list(): number[] {
    return [];
  }
  names(): Set<string> {
    return new Set();
  }
  sum(..._terms: number[]): number {
    return 0;
  }
  find(name: string): Point;
  find(name: string, all: boolean): Point[];
  find(): Point | Point[] {
    return [];
  }
}

declare const t: Remote<Thermostat>;

/** What follows is looked at by the compiler, and never run. */
function types(_check: () => unknown): void {}

describe("methods of a remote object", () => {
  it("return promises", () =>
    types(() => {
      expectTypeOf(t.read(1)).toEqualTypeOf<Promise<number>>();
      expectTypeOf(t.reset()).toEqualTypeOf<Promise<void>>();
      expectTypeOf(t.maybe()).toEqualTypeOf<Promise<number | undefined>>();
      expectTypeOf(t.list()).toEqualTypeOf<Promise<number[]>>();
      expectTypeOf(t.names()).toEqualTypeOf<Promise<Set<string>>>();
    }));

  it("that return promises already return no promises of promises", () =>
    types(() => {
      expectTypeOf(t.calibrate(1)).toEqualTypeOf<Promise<Point>>();
      expectTypeOf(t.sooner()).toEqualTypeOf<Promise<number | string>>();
    }));

  it("that always throw return promises, too, and not streams", () =>
    types(() => {
      const failing = t as unknown as Remote<{ fail(reason: string): never }>;
      expectTypeOf(failing.fail("so")).toEqualTypeOf<Promise<never>>();
    }));

  it("are known to a batch, wherever the proxy comes from", () =>
    types(async () => {
      for (const thermostat of await Promise.all([connect<Thermostat>("PYRO:t@localhost:9999")])) {
        const results = batch(thermostat, (b) => [b.read(1)]);
        expectTypeOf(results).toEqualTypeOf<Promise<[number]>>();
      }
    }));

  it("keep their parameters", () =>
    types(() => {
      t.read(1, 2);
      t.sum();
      t.sum(1, 2, 3);
      t.configure({ gain: 1 });
      // @ts-expect-error: the channel is a number
      t.read("1");
      // @ts-expect-error: a channel is missing
      t.read();
      // @ts-expect-error: there is no third
      t.read(1, 2, 3);
    }));

  it("that are overloaded have the parameters and results of the last overload", () =>
    types(() => {
      expectTypeOf(t.find("a", true)).toEqualTypeOf<Promise<Point[]>>();
      // @ts-expect-error: TypeScript has no way to map all overloads
      t.find("a");
    }));
});

describe("keyword arguments", () => {
  it("may stand in place of the last positional ones", () =>
    types(() => {
      t.read(kwargs({ channel: 1, gain: 2 }));
      t.read(1, kwargs({ gain: 2 }));
      t.read(1, 2, kwargs({ extra: 3 }));
      t.sum(kwargs({ start: 1 }));
      t.reset(kwargs({ hard: true }));
      expectTypeOf(t.count(kwargs({ to: 1 }))).toEqualTypeOf<RemoteStream<number>>();
    }));

  it("do not stand before positional ones, nor relax them", () =>
    types(() => {
      // @ts-expect-error: they come last
      t.read(kwargs({ gain: 2 }), 1);
      // @ts-expect-error: the channel is a number
      t.read("1", kwargs({ gain: 2 }));
    }));
});

describe("generators of a remote object", () => {
  it("return streams", () =>
    types(() => {
      expectTypeOf(t.count(3)).toEqualTypeOf<RemoteStream<number>>();
      expectTypeOf(t.samples(3)).toEqualTypeOf<RemoteStream<Point>>();
      expectTypeOf(t.events()).toEqualTypeOf<RemoteStream<"on" | "off">>();
      expectTypeOf(t.ticks()).toEqualTypeOf<RemoteStream<bigint>>();
      expectTypeOf(t.steps()).toEqualTypeOf<RemoteStream<number>>();
      expectTypeOf(t.log).toEqualTypeOf<Promise<RemoteStream<string>>>();
    }));

  it("are iterated with for await, and their items are typed", () =>
    types(async () => {
      for await (const sample of t.samples(3)) expectTypeOf(sample).toEqualTypeOf<Point>();
      expectTypeOf(await Array.fromAsync(t.count(3))).toEqualTypeOf<number[]>();
    }));

  it("cannot be iterated without await", () =>
    types(() => {
      // @ts-expect-error: a remote stream is asynchronous
      for (const _ of t.count(3));
    }));
});

describe("attributes of a remote object", () => {
  it("are promises", () =>
    types(() => {
      expectTypeOf(t.setpoint).toEqualTypeOf<Promise<number>>();
      expectTypeOf(t.serial).toEqualTypeOf<Promise<string>>();
      expectTypeOf(t.celsius).toEqualTypeOf<Promise<number>>();
      expectTypeOf(t.position).toEqualTypeOf<Promise<Point>>();
      expectTypeOf(t.later).toEqualTypeOf<Promise<number>>();
    }));

  it("of a union are one promise of it, not a union of promises", () =>
    types(() => {
      expectTypeOf(t.enabled).toEqualTypeOf<Promise<boolean>>();
      expectTypeOf(t.label).toEqualTypeOf<Promise<string | null>>();
      expectTypeOf(t.mode).toEqualTypeOf<Promise<"auto" | "manual">>();
    }));

  it("cannot be set on the proxy", () =>
    types(() => {
      // @ts-expect-error: assign() does, and tells of errors
      t.setpoint = Promise.resolve(21);
    }));
});

describe("a proxy", () => {
  it("has no private and no protected members, and no others than the object", () =>
    types(() => {
      // @ts-expect-error: private
      t.hidden;
      // @ts-expect-error: protected
      t.secret;
      // @ts-expect-error: there is no such member
      t.setpiont;
    }));

  it("is no promise", () =>
    types(async () => {
      // @ts-expect-error: it has no then
      t.then;
      expectTypeOf(await t).toEqualTypeOf<Remote<Thermostat>>();
      expectTypeOf(t).not.toExtend<PromiseLike<unknown>>();
    }));

  it("can be disposed of", () =>
    types(() => {
      expectTypeOf(t).toExtend<AsyncDisposable>();
    }));

  it("is not taken for the object itself", () =>
    types(() => {
      expectTypeOf(t).not.toExtend<Thermostat>();
    }));

  it("may be of an interface, too", () =>
    types(() => {
      interface Ticker {
        price: number;
        buy(amount: number): boolean;
      }
      const ticker = undefined as unknown as Remote<Ticker>;
      expectTypeOf(ticker.price).toEqualTypeOf<Promise<number>>();
      expectTypeOf(ticker.buy(1)).toEqualTypeOf<Promise<boolean>>();
    }));

  it("has optional members, too, since only the object itself can tell that it lacks one", () =>
    types(() => {
      const optional = undefined as unknown as Remote<{
        watch?(): AsyncIterable<number>;
        note?: string;
      }>;
      expectTypeOf(optional.watch()).toEqualTypeOf<RemoteStream<number>>();
      expectTypeOf(optional.note).toEqualTypeOf<Promise<string | undefined>>();
    }));
});

describe("connect", () => {
  it("gives a proxy of the type that is asked for", () =>
    types(async () => {
      expectTypeOf(await connect<Thermostat>("PYRO:a@b:1")).toEqualTypeOf<Remote<Thermostat>>();
    }));

  it("without a type gives one whose every member is a method that returns a promise", () =>
    types(async () => {
      const any = await connect("PYRO:a@b:1");
      expectTypeOf(any["read"]?.(1, "x")).toEqualTypeOf<Promise<unknown> | undefined>();
    }));
});

describe("assign", () => {
  it("sets attributes", () =>
    types(() => {
      expectTypeOf(assign(t, { setpoint: 21 })).toEqualTypeOf<Promise<void>>();
      void assign(t, { setpoint: 21, label: "a", enabled: false, mode: "manual" });
      void assign(t, { label: null });
      void assign(t, {});
    }));

  it("refuses names that the object has not", () =>
    types(() => {
      // @ts-expect-error: misspelt
      void assign(t, { setpiont: 21 });
      // @ts-expect-error: private
      void assign(t, { hidden: 21 });
    }));

  it("refuses values of another type", () =>
    types(() => {
      // @ts-expect-error: a number
      void assign(t, { setpoint: "21" });
      // @ts-expect-error: one of two
      void assign(t, { mode: "off" });
    }));

  it("refuses methods and what is read-only", () =>
    types(() => {
      // @ts-expect-error: a method
      void assign(t, { read: () => 1 });
      // @ts-expect-error: read-only
      void assign(t, { serial: "T-2" });
      // @ts-expect-error: has no setter
      void assign(t, { celsius: 2 });
    }));
});

describe("batch", () => {
  it("gives results by their place", () =>
    types(async () => {
      const results = await batch(t, (b) => [b.read(1), b.calibrate(2), b.maybe()]);
      expectTypeOf(results).toEqualTypeOf<[number, Point, number | undefined]>();
    }));

  it("gives a list where it was made of a list", () =>
    types(async () => {
      const results = await batch(t, (b) => [1, 2].map((channel) => b.read(channel)));
      expectTypeOf(results).toEqualTypeOf<number[]>();
    }));

  it("that is settled gives outcomes by their place", () =>
    types(async () => {
      const results = await batchSettled(t, (b) => [b.read(1), b.list()]);
      expectTypeOf(results).toEqualTypeOf<
        [PromiseSettledResult<number>, PromiseSettledResult<number[]>]
      >();
    }));

  it("that is one-way gives nothing", () =>
    types(() => {
      expectTypeOf(batchOneway(t, (b) => [b.reset()])).toEqualTypeOf<Promise<void>>();
    }));

  it("checks the calls", () =>
    types(() => {
      // @ts-expect-error: the channel is a number
      void batch(t, (b) => [b.read("1")]);
      // @ts-expect-error: there is no such method
      void batchOneway(t, (b) => [b.raed(1)]);
    }));
});

describe("what acts on a proxy", () => {
  it("withOptions keeps the type", () =>
    types(() => {
      expectTypeOf(withOptions(t, { timeout: 100 })).toEqualTypeOf<Remote<Thermostat>>();
      expectTypeOf(withOptions(t, { timeout: 100 }).read(1)).toEqualTypeOf<Promise<number>>();
      // @ts-expect-error: there is no such option
      withOptions(t, { timeuot: 100 });
    }));

  it("the others take a proxy of anything", () =>
    types(() => {
      expectTypeOf(uriOf(t)).toEqualTypeOf<string>();
      expectTypeOf(describeRemote(t)).toEqualTypeOf<Description>();
      expectTypeOf(connectionState(t)).toEqualTypeOf<Observable<ConnectionState>>();
      expectTypeOf(release(t)).toEqualTypeOf<Promise<void>>();
    }));
});
