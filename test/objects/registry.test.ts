import { beforeEach, describe, expect, it } from "vitest";
import { DaemonError, MemberError } from "../../src/errors.ts";
import type { Caller } from "../../src/objects/call.ts";
import type { RegisterOptions } from "../../src/objects/entry.ts";
import { expose } from "../../src/objects/expose.ts";
import { Registry } from "../../src/objects/registry.ts";
import { Session } from "../../src/objects/session.ts";
import { callerOf, callOf } from "../support/calls.ts";
import { collectGarbage } from "../support/garbage.ts";

class Meter {
  static made = 0;
  readonly number = ++Meter.made;
  closed = false;
  who() {
    return this.number;
  }
  [Symbol.dispose]() {
    this.closed = true;
  }
}
expose(Meter, { who: true });

let registry: Registry;

beforeEach(() => {
  registry = new Registry();
  Meter.made = 0;
});

/** What `who()` of the registered object answers to a caller. */
function who(caller: Caller = callerOf(), id = "meter"): unknown {
  const entry = registry.get(id);
  const member = entry?.exposure.members.get("who");
  if (!entry || !member) throw new Error(`no such object: ${id}`);
  return entry.perform(member, callOf("who", [], { object: id }), caller);
}

describe("an instance that is held weakly", () => {
  const weakly = { weak: true };

  it("is there as long as somebody else holds it", async () => {
    const meter = new Meter();
    registry.register("meter", meter, weakly);
    await collectGarbage();
    expect(who()).toBe(1);
    expect(registry.idOf(meter)).toBe("meter");
    expect(registry.get("meter")?.target).toBe(meter);
  });

  it.each([
    ["as it is", {}],
    ["with turns", { serial: true }],
    ["beside others", { beside: Object.assign(new Meter(), { number: 7 }) }],
  ] as [string, RegisterOptions][])(
    "is unregistered when it is collected: %s",
    async (_, options) => {
      const gone: string[] = [];
      registry.watch((id) => gone.push(id));
      registry.register("meter", new Meter(), { ...options, ...weakly });
      await collectGarbage();
      expect(gone).toEqual(["meter", "meter"]);
      expect(registry.ids()).toEqual([]);
      expect(registry.get("meter")).toBeUndefined();
      registry.register("meter", new Meter());
      expect(gone).toHaveLength(3);
    },
  );

  it("leaves its id to another that was registered in its place", async () => {
    registry.register("meter", new Meter(), weakly);
    const meter = new Meter();
    registry.register("meter", meter, { force: true });
    await collectGarbage();
    expect(who()).toBe(meter.number);
  });

  it.each([
    ["a class", Meter],
    ["a function", (() => 1) as unknown as Meter],
  ] as [string, Meter | typeof Meter][])("is not %s", (_, target) => {
    expect(() => registry.register("meter", target, weakly)).toThrow(TypeError);
  });
});

describe("registering", () => {
  it("makes an object reachable under its id", () => {
    const meter = new Meter();
    const entry = registry.register("meter", meter);
    expect(registry.get("meter")).toBe(entry);
    expect(entry.target).toBe(meter);
    expect([...entry.exposure.members.keys()]).toEqual(["who"]);
    expect(registry.idOf(meter)).toBe("meter");
  });

  it("keeps ids in the order of registration", () => {
    for (const id of ["c", "a", "b"]) registry.register(id, new Meter());
    expect(registry.ids()).toEqual(["c", "a", "b"]);
    expect(registry.size).toBe(3);
  });

  it("knows nothing of what is not registered", () => {
    expect(registry.get("meter")).toBeUndefined();
    expect(registry.idOf(new Meter())).toBeUndefined();
  });

  it.each(["__proto__", "constructor", "toString"])("takes %s for an id like others", (id) => {
    expect(registry.get(id)).toBeUndefined();
    registry.register(id, new Meter());
    expect(registry.ids()).toEqual([id]);
  });

  it("refuses an id that is taken, and says how to go on", () => {
    registry.register("meter", new Meter());
    expect(() => registry.register("meter", new Meter())).toThrow(
      new DaemonError(
        "ERR_ID_TAKEN",
        `An object is already registered as "meter"; unregister it first, choose another id, or pass { force: true }`,
      ),
    );
  });

  it("refuses to register an object twice", () => {
    const meter = new Meter();
    registry.register("meter", meter);
    for (const id of ["meter", "other"]) {
      expect(() => registry.register(id, meter)).toThrow(
        expect.objectContaining({
          code: "ERR_ALREADY_REGISTERED",
          message: expect.stringContaining(`an instance of Meter is already registered as "meter"`),
        }),
      );
    }
  });

  it("refuses an object that exposes nothing, and says how to expose its members", () => {
    class Silent {
      read() {}
    }
    expect(() => registry.register("silent", new Silent())).toThrow(
      expect.objectContaining({
        code: "ERR_NOTHING_EXPOSED",
        message: expect.stringContaining("expose(Silent, { member: true })"),
      }),
    );
    expect(registry.size).toBe(0);
  });

  it("exposes by a pattern what was not made for it", () => {
    const driver = { readA: () => 1, readB: () => 2, write: () => 3 };
    const entry = registry.register("driver", driver, { expose: /^read/ });
    expect([...entry.exposure.members.keys()].sort()).toEqual(["readA", "readB"]);
  });

  it("refuses an instance that lacks what its class exposes", () => {
    class Odd {
      constructor() {
        Object.assign(this, { made: "in ways the source does not show" });
      }
      declare missing: number;
    }
    expose(Odd, { missing: true });
    expect(() => registry.register("odd", new Odd())).toThrow(MemberError);
    expect(registry.size).toBe(0);
  });
});

describe("registering by force", () => {
  it("replaces what has the id", () => {
    const [first, second] = [new Meter(), new Meter()];
    registry.register("meter", first);
    registry.register("meter", second, { force: true });
    expect(registry.get("meter")?.target).toBe(second);
    expect(registry.idOf(first)).toBeUndefined();
    expect(registry.size).toBe(1);
  });

  it("may register the same object again", () => {
    const meter = new Meter();
    registry.register("meter", meter);
    registry.register("meter", meter, { force: true });
    expect(registry.idOf(meter)).toBe("meter");
  });

  it("does not move an object from another id", () => {
    const meter = new Meter();
    registry.register("meter", meter);
    registry.register("other", new Meter());
    expect(() => registry.register("other", meter, { force: true })).toThrow(
      expect.objectContaining({ code: "ERR_ALREADY_REGISTERED" }),
    );
  });

  it("leaves the old object in place where the new one is refused", () => {
    const meter = new Meter();
    registry.register("meter", meter);
    expect(() => registry.register("meter", {}, { force: true })).toThrow(DaemonError);
    expect(registry.get("meter")?.target).toBe(meter);
    expect(registry.idOf(meter)).toBe("meter");
  });
});

describe("unregistering", () => {
  it.each([
    ["by id", () => "meter"],
    ["by the object", (meter: Meter) => meter],
  ])("works %s", (_, what) => {
    const meter = new Meter();
    registry.register("meter", meter);
    expect(registry.unregister(what(meter))).toBe(true);
    expect(registry.get("meter")).toBeUndefined();
    expect(registry.idOf(meter)).toBeUndefined();
  });

  it("takes no notice of what is not registered", () => {
    expect(registry.unregister("meter")).toBe(false);
    expect(registry.unregister(new Meter())).toBe(false);
  });

  it("lets the object be registered under another id", () => {
    const meter = new Meter();
    registry.register("meter", meter);
    registry.unregister(meter);
    registry.register("other", meter);
    expect(registry.idOf(meter)).toBe("other");
  });
});

describe("a registered class has", () => {
  it("an instance for each connection, unless told otherwise", () => {
    registry.register("meter", Meter);
    const [mine, other] = [callerOf(), callerOf()];
    expect([who(mine), who(other), who(mine), who(other)]).toEqual([1, 2, 1, 2]);
  });

  it("one instance for all in mode single, made when it is first needed", () => {
    registry.register("meter", Meter, { mode: "single" });
    expect(Meter.made).toBe(0);
    expect([who(), who()]).toEqual([1, 1]);
  });

  it("an instance for each call in mode percall", () => {
    registry.register("meter", Meter, { mode: "percall" });
    const caller = callerOf();
    expect([who(caller), who(caller)]).toEqual([1, 2]);
  });

  it("instances of its own for each id", () => {
    registry.register("a", Meter);
    registry.register("b", class extends Meter {});
    const caller = callerOf();
    expect([who(caller, "a"), who(caller, "b"), who(caller, "a")]).toEqual([1, 2, 1]);
  });

  it("instances that its creator makes", () => {
    const create = (Registered: new () => Meter) => Object.assign(new Registered(), { number: 77 });
    registry.register("meter", Meter, { create });
    expect(who()).toBe(77);
  });

  it("no instance that is not one of it", () => {
    const create = () => ({}) as Meter;
    registry.register("meter", Meter, { create });
    expect(() => who()).toThrow("The instance creator of Meter returned an object");
  });

  it("no mode but these", () => {
    const options = { mode: "sesion" } as unknown as RegisterOptions<Meter>;
    expect(() => registry.register("meter", Meter, options)).toThrow(
      `Expected \`mode\` to be "single", "session" or "percall", got "sesion"`,
    );
    expect(registry.size).toBe(0);
  });

  it("another try where making an instance failed", () => {
    let fails = true;
    const create = (Registered: new () => Meter) => {
      if (fails) throw new Error("not ready");
      return new Registered();
    };
    registry.register("meter", Meter, { create });
    const caller = callerOf();
    expect(() => who(caller)).toThrow("not ready");
    fails = false;
    expect(who(caller)).toBe(1);
  });
});

it("the instance of a connection is disposed of when the connection closes", () => {
  const made: Meter[] = [];
  const create = (Registered: new () => Meter) => {
    const meter = new Registered();
    made.push(meter);
    return meter;
  };
  registry.register("meter", Meter, { create });
  const session = new Session();
  who(callerOf(session));
  session.close(() => {});
  expect(made.map((meter) => meter.closed)).toEqual([true]);
});

it("calls that still run when the connection closes keep the instance they have", () => {
  registry.register("meter", Meter);
  const session = new Session();
  const caller = callerOf(session);
  who(caller);
  session.close(() => {});
  expect(who(caller)).toBe(1);
});
