import { EventEmitter } from "node:events";
import { runInNewContext } from "node:vm";
import { describe, expect, expectTypeOf, it } from "vitest";
import { BunsenError, MemberError } from "../../src/errors.ts";
import { type Description, signatureOf, toWire } from "../../src/objects/description.ts";
import {
  checkInstance,
  type ExposeSpec,
  type Exposure,
  expose,
  exposed,
  exposureOf,
} from "../../src/objects/expose.ts";

/** A new class each time: what is exposed of one test's class is not exposed of another's. */
function thermostat() {
  return class Thermostat {
    /** Where to hold it, in degrees Celsius. */
    setpoint = 20;
    readonly #serial = "T-1";
    _cache = 0;
    /** Reads one channel. */
    read(channel: number, gain = 1): number {
      return channel * gain;
    }
    async *samples(count: number): AsyncGenerator<number> {
      for (let i = 0; i < count; i++) yield i;
    }
    reset(): void {}
    calibrate = (offset: number): number => offset;
    get serial(): string {
      return this.#serial;
    }
    get mode(): string {
      return "auto";
    }
    set mode(_mode: string) {}
    _private(): void {}
    __len__(): number {
      return 1;
    }
  };
}

const names = (exposure: Exposure) => [...exposure.members.keys()];
const failure = (action: () => unknown): BunsenError => {
  try {
    action();
  } catch (error) {
    if (error instanceof BunsenError) return error;
  }
  throw new Error("expected a BunsenError");
};

describe("expose", () => {
  it("makes what it names reachable, and nothing else", () => {
    const Thermostat = expose(thermostat(), { setpoint: true, read: true });
    expect(names(exposureOf(Thermostat))).toEqual(["setpoint", "read"]);
    expect(names(exposureOf(new Thermostat()))).toEqual(["setpoint", "read"]);
  });

  it("returns the class, and without it nothing is exposed", () => {
    const Thermostat = thermostat();
    expect(names(exposureOf(Thermostat))).toEqual([]);
    expect(expose(Thermostat, {})).toBe(Thermostat);
    expect(names(exposureOf(Thermostat))).toEqual([]);
  });

  it("adds to what was exposed before; the later call wins", () => {
    const Thermostat = expose(thermostat(), { read: true, reset: true });
    expose(Thermostat, { setpoint: true, reset: { oneway: true } });
    const { members } = exposureOf(Thermostat);
    expect([...members.keys()]).toEqual(["read", "reset", "setpoint"]);
    expect(members.get("reset")?.oneway).toBe(true);
  });

  it("skips what is false", () => {
    const spec = { read: false } as unknown as ExposeSpec<{ read: unknown }>;
    expect(names(exposureOf(expose({ read() {} }, spec)))).toEqual([]);
  });

  it("exposes public Python dunder names", () => {
    expect(names(exposureOf(expose(thermostat(), { __len__: true })))).toEqual(["__len__"]);
  });

  it("takes a plain object, and describes it", () => {
    const driver = expose(
      {
        gain: 1,
        read: (channel: number) => channel,
        get raw() {
          return 1;
        },
      },
      {
        gain: true,
        read: true,
        raw: true,
      },
    );
    const { className, members } = exposureOf(driver);
    expect(className).toBeUndefined();
    expect([...members.values()].map((member) => [member.kind, signatureOf(member)])).toEqual([
      ["attribute", "gain"],
      ["method", "read(channel)"],
      ["attribute", "raw"],
    ]);
    expect(members.get("raw")?.readonly).toBe(true);
  });

  it("takes one instance of a class, and leaves the others as they were", () => {
    const Thermostat = thermostat();
    const one = expose(new Thermostat(), { read: true });
    expect(names(exposureOf(one))).toEqual(["read"]);
    expect(names(exposureOf(new Thermostat()))).toEqual([]);
  });
});

describe("what is exposed is described", () => {
  const Thermostat = expose(
    thermostat(),
    {
      setpoint: true,
      read: true,
      samples: true,
      reset: { oneway: true, doc: "Restarts it." },
      calibrate: { parameters: ["offset=0", "unit?"] },
      serial: true,
      mode: { readonly: true },
    },
    { doc: "Holds a temperature." },
  );
  const member = (name: string) => exposureOf(Thermostat).members.get(name);

  it("with class name and documentation", () => {
    expect(exposureOf(Thermostat)).toMatchObject({
      className: "Thermostat",
      doc: "Holds a temperature.",
    });
  });

  it("with the comments of the source, unless it gives its own", () => {
    expect(member("read")?.doc).toBe("Reads one channel.");
    expect(member("setpoint")?.doc).toBe("Where to hold it, in degrees Celsius.");
    expect(member("reset")?.doc).toBe("Restarts it.");
  });

  it("with the parameters of the source, unless it gives its own", () => {
    expect(signatureOf(member("read") as never)).toBe("read(channel, gain=1)");
    expect(signatureOf(member("calibrate") as never)).toBe("calibrate(offset=0, unit?)");
  });

  it.each([
    ["a method", "read", { kind: "method", stream: false, oneway: false, readonly: false }],
    ["a generator", "samples", { kind: "method", stream: true }],
    ["a oneway method", "reset", { kind: "method", oneway: true }],
    ["a field with a function", "calibrate", { kind: "method" }],
    ["a field", "setpoint", { kind: "attribute", readonly: false }],
    ["a getter without a setter", "serial", { kind: "attribute", readonly: true }],
    ["an accessor declared readonly", "mode", { kind: "attribute", readonly: true }],
  ])("%s as what it is, by class and by instance alike", (_, name, expected) => {
    expect(member(name)).toMatchObject(expected);
    expect(exposureOf(new Thermostat()).members.get(name)).toEqual(member(name));
  });

  it("in a form that travels", () => {
    expectTypeOf<Exposure>().toExtend<Description>();
    expect(toWire(exposureOf(Thermostat))).toMatchObject({ className: "Thermostat" });
  });

  it("by the function that an instance has in place of the class's", () => {
    const instance = Object.assign(new Thermostat(), { read: (first: number) => first });
    expect(signatureOf(exposureOf(instance).members.get("read") as never)).toBe("read(first)");
  });

  it("without parameters where there is no source", () => {
    const { members } = exposureOf(expose({ max: Math.max }, { max: true }));
    expect(members.get("max")).not.toHaveProperty("parameters");
  });

  it("without running a getter", () => {
    const trap = {
      get value(): number {
        throw new Error("read");
      },
    };
    expect(() => checkInstance(exposureOf(expose(trap, { value: true }), /./), trap)).not.toThrow();
  });

  it("a frozen object's fields as read-only", () => {
    const frozen = Object.freeze({ gain: 1 });
    expect(exposureOf(expose(frozen, { gain: true })).members.get("gain")?.readonly).toBe(true);
  });
});

describe("inheritance", () => {
  it("passes on what a base class exposes, also when the base class does so later", () => {
    const Base = expose(thermostat(), { read: true });
    class Derived extends Base {
      start(): void {}
    }
    expose(Derived, { start: true });
    expose(Base, { setpoint: true });
    expect(names(exposureOf(Derived))).toEqual(["read", "setpoint", "start"]);
    expect(names(exposureOf(Base))).toEqual(["read", "setpoint"]);
    expect(exposureOf(Derived).className).toBe("Derived");
  });

  it("describes the override, by the nearest declaration", () => {
    const Base = expose(thermostat(), { reset: { oneway: true } }, { doc: "Base." });
    class Derived extends Base {
      override reset(_hard = false): void {}
    }
    expect(signatureOf(exposureOf(Derived).members.get("reset") as never)).toBe(
      "reset(_hard=false)",
    );
    expect(exposureOf(Derived).members.get("reset")?.oneway).toBe(true);
    expose(Derived, { reset: true }, { doc: "Derived." });
    expect(exposureOf(Derived).members.get("reset")?.oneway).toBe(false);
    expect(exposureOf(Derived).doc).toBe("Derived.");
  });
});

describe("names that are refused", () => {
  const anything = (...keys: PropertyKey[]) =>
    Object.fromEntries(keys.map((key) => [key, true])) as Record<string, true>;
  class Rig {
    [name: string]: unknown;
  }

  it.each([
    "_private",
    "__len",
    "__",
    "____",
    "#serial",
    "",
    "__init__",
    "__class__",
    "__call__",
    "__reduce__",
    "__getstate__",
    "__getstate_for_dict__",
    "__proto__",
    "__defineGetter__",
    "__lookupSetter__",
  ])("%j is private", (name) => {
    const error = failure(() => expose(Rig, anything(name)));
    expect(error).toBeInstanceOf(MemberError);
    expect(error.code).toBe("ERR_PRIVATE_NAME");
    expect(error.message).toContain(`Rig cannot expose ${JSON.stringify(name)}`);
  });

  it("a symbol is no name on a wire", () => {
    const error = failure(() => expose(Rig, anything(Symbol.iterator)));
    expect(error.code).toBe("ERR_PRIVATE_NAME");
    expect(error.message).toContain("Rig cannot expose Symbol(Symbol.iterator)");
  });

  it.each([
    ["then", "taken for a promise by every `await`"],
    ["constructor", "it leads to the class itself"],
  ])("%s, with a reason", (name, reason) => {
    const error = failure(() => expose(Rig, anything(name)));
    expect(error.code).toBe("ERR_RESERVED_NAME");
    expect(error.message).toContain(`Rig cannot expose "${name}": `);
    expect(error.message).toContain(reason);
  });

  it("with the class as it was before", () => {
    const Thermostat = thermostat();
    const spec = { read: true, raed: true } as ExposeSpec<object>;
    expect(failure(() => expose(Thermostat, spec)).code).toBe("ERR_NO_SUCH_MEMBER");
    expect(names(exposureOf(Thermostat))).toEqual([]);
  });
});

describe("a name that does not exist", () => {
  const misspelt = (name: string) => ({ [name]: true }) as ExposeSpec<object>;

  it.each([
    ["raed", 'Thermostat has no member "raed"; did you mean "read"?'],
    ["setPoint", 'Thermostat has no member "setPoint"; did you mean "setpoint"?'],
    ["callibrate", 'Thermostat has no member "callibrate"; did you mean "calibrate"?'],
    ["toString", 'Thermostat has no member "toString"; it has '],
    ["voltage", 'Thermostat has no member "voltage"; it has setpoint, read, samples, reset'],
  ])("%s is refused with the nearest one", (name, message) => {
    const error = failure(() => expose(thermostat(), misspelt(name)));
    expect(error.code).toBe("ERR_NO_SUCH_MEMBER");
    expect(error.message).toContain(message);
  });

  it("is refused of an object at once", () => {
    const error = failure(() => expose({ read() {} }, misspelt("raed")));
    expect(error.message).toBe('The object has no member "raed"; did you mean "read"?');
  });

  it("may be a field that the constructor assigns", () => {
    class Assigned {
      declare gain: number;
      constructor() {
        this.gain = 1;
      }
    }
    const { members } = exposureOf(expose(Assigned, { gain: true }));
    expect(members.get("gain")).toMatchObject({ kind: "attribute" });
  });

  it("is left to the instance where the source does not show the fields", () => {
    class Copied {
      declare gain: number;
      declare read: (channel: number) => number;
      constructor(from: object) {
        Object.assign(this, from);
      }
    }
    const exposure = exposureOf(expose(Copied, { gain: true, read: true }));
    expect(exposure.members.get("read")?.kind).toBe("attribute");

    const checked = checkInstance(exposure, new Copied({ gain: 1, read: (c: number) => c }));
    expect(checked.members.get("gain")).toBe(exposure.members.get("gain"));
    expect(checked.members.get("read")).toMatchObject({ kind: "method" });
    expect(signatureOf(checked.members.get("read") as never)).toBe("read(c)");

    const error = failure(() => checkInstance(exposure, new Copied({ gian: 1 })));
    expect(error.code).toBe("ERR_NO_SUCH_MEMBER");
    expect(error.message).toBe('Copied has no member "gain"; did you mean "gian"?');
  });

  it("may come from a native base class, or be inherited from one", () => {
    class Registry extends Map<string, number> {}
    expect(names(exposureOf(expose(Registry, { get: true, size: true })))).toEqual(["get", "size"]);
  });
});

describe("checkInstance", () => {
  it("returns the exposure itself when the instance is as its class says", () => {
    const Thermostat = expose(thermostat(), { setpoint: true, read: true, calibrate: true });
    const exposure = exposureOf(Thermostat);
    expect(checkInstance(exposure, new Thermostat())).toBe(exposure);
  });

  it("sees that a field holds a function, or cannot be written", () => {
    const make = () => (channel: number) => channel;
    class Made {
      read = make();
      readonly serial = 1;
      constructor() {
        Object.defineProperty(this, "serial", { value: 1, writable: false });
      }
    }
    const exposure = exposureOf(expose(Made, { read: true, serial: true }));
    const { members } = checkInstance(exposure, new Made());
    expect(members.get("read")?.kind).toBe("method");
    expect(members.get("serial")?.readonly).toBe(true);
  });
});

describe("options that do not fit", () => {
  it.each<[string, ExposeSpec<InstanceType<ReturnType<typeof thermostat>>>, string]>([
    ["oneway attributes", { setpoint: { oneway: true } }, "`oneway` is for methods"],
    ["parameters of attributes", { mode: { parameters: ["x"] } }, "`parameters` is for methods"],
    ["readonly methods", { read: { readonly: true } }, "`readonly` is for attributes"],
    ["oneway streams", { samples: { oneway: true } }, "would discard the items"],
    ["what is no parameter list", { read: { parameters: ["a b"] } }, "expected `parameters`"],
    ["what is no options object", { read: "yes" as never }, "got yes"],
  ])("%s are refused", (_, spec, message) => {
    const error = failure(() => expose(thermostat(), spec));
    expect(error.code).toBe("ERR_BAD_EXPOSE");
    expect(error.message).toMatch(/^Thermostat\.\w+ cannot be exposed so: /);
    expect(error.message).toContain(message);
  });

  it("a function is neither a class nor an object", () => {
    const read = () => 1;
    const error = failure(() => exposureOf(read));
    expect(error.message).toContain('Expected a class or an object, got the function "read"');
  });
});

describe("a pattern", () => {
  it("exposes what matches of an object whose class declares nothing", () => {
    const instance = new (thermostat())();
    expect(names(exposureOf(instance, /^(read|set|cal)/))).toEqual([
      "setpoint",
      "calibrate",
      "read",
    ]);
  });

  it("sees methods, accessors and declared fields of a class", () => {
    expect(names(exposureOf(thermostat(), /^(read|set|mode)/)).sort()).toEqual([
      "mode",
      "read",
      "setpoint",
    ]);
  });

  it("never exposes private or special names, whatever it matches", () => {
    class Base {
      inherited(): void {}
    }
    class Driver extends Base {
      value = 1;
      _cache = 1;
      __len__(): number {
        return 1;
      }
      // biome-ignore lint/suspicious/noThenProperty: that it is not exposed is what is tested.
      then(): void {}
      [Symbol.iterator](): void {}
    }
    const all = /(?:)/;
    expect(names(exposureOf(new Driver(), all)).sort()).toEqual(["inherited", "value"]);
    expect(names(exposureOf(Driver, all)).sort()).toEqual(["inherited", "value"]);
    expect(names(exposureOf({}, all))).toEqual([]);
    expect(names(exposureOf(Object.create(null), all))).toEqual([]);
  });

  it("never exposes Object.prototype of another realm", () => {
    expect(names(exposureOf(runInNewContext("({ read() {} })"), /(?:)/))).toEqual(["read"]);
  });

  it("walks up to the library's own base classes", () => {
    class Driver extends EventEmitter {
      read(): void {}
    }
    expect(names(exposureOf(new Driver(), /^(read|emit)$/))).toEqual(["read", "emit"]);
  });

  it("may be global or sticky without missing names, and is not changed", () => {
    const pattern = /read|reset/gy;
    expect(names(exposureOf(new (thermostat())(), pattern))).toEqual(["read", "reset"]);
    expect(pattern.lastIndex).toBe(0);
  });

  it("adds to what is declared, which keeps its options", () => {
    const Thermostat = expose(thermostat(), { reset: { oneway: true } });
    const { members } = exposureOf(Thermostat, /^re/);
    expect([...members.keys()]).toEqual(["reset", "read"]);
    expect(members.get("reset")?.oneway).toBe(true);
  });
});

describe("@exposed, as a compiler lowers it", () => {
  /** What a compiler makes of `@exposed`, on a runtime without `Symbol.metadata`. */
  function lowered(
    kind: "method" | "getter" | "setter" | "accessor" | "field",
    name: string | symbol,
    more: { static?: boolean; private?: boolean } = {},
  ) {
    const initializers: ((this: unknown) => void)[] = [];
    const context = {
      kind,
      name,
      static: false,
      private: false,
      ...more,
      access: {},
      metadata: undefined,
      addInitializer: (initializer: (this: unknown) => void) => initializers.push(initializer),
    } as unknown as ClassMethodDecoratorContext;
    return {
      context,
      run: (self: unknown) => initializers.forEach((each) => void each.call(self)),
    };
  }
  const propertyOf = (aClass: { prototype: object }, name: string) =>
    Object.getOwnPropertyDescriptor(aClass.prototype, name);

  it("exposes a method before there is an instance", () => {
    const Thermostat = thermostat();
    exposed(propertyOf(Thermostat, "read")?.value, lowered("method", "read").context);
    exposed({ oneway: true })(
      propertyOf(Thermostat, "reset")?.value,
      lowered("method", "reset").context,
    );
    const { members } = exposureOf(Thermostat);
    expect([...members.keys()]).toEqual(["read", "reset"]);
    expect(members.get("reset")?.oneway).toBe(true);
  });

  it("exposes getters, setters and accessors", () => {
    const Thermostat = thermostat();
    exposed(propertyOf(Thermostat, "serial")?.get, lowered("getter", "serial").context);
    const { get, set } = propertyOf(Thermostat, "mode") ?? {};
    exposed({ get, set }, lowered("accessor", "mode").context);
    const { members } = exposureOf(Thermostat);
    expect(members.get("serial")).toMatchObject({ kind: "attribute", readonly: true });
    expect(members.get("mode")).toMatchObject({ kind: "attribute", readonly: false });
  });

  it("exposes a field once there has been an instance", () => {
    const field = lowered("field", "setpoint");
    exposed(undefined, field.context);
    const Base = thermostat();
    class Thermostat extends Base {
      constructor() {
        super();
        field.run(this);
      }
    }
    expect(names(exposureOf(Thermostat))).toEqual([]);
    expect(names(exposureOf(new Thermostat()))).toEqual(["setpoint"]);
    expect(names(exposureOf(Thermostat))).toEqual(["setpoint"]);
    expect(names(exposureOf(Base))).toEqual([]);
  });

  it("exposes a method that another decorator replaced", () => {
    const method = lowered("method", "read");
    const Thermostat = thermostat();
    exposed(propertyOf(Thermostat, "read")?.value, method.context);
    Thermostat.prototype.read = (channel) => channel;
    const instance = new Thermostat();
    method.run(instance);
    expect(names(exposureOf(instance))).toEqual(["read"]);
  });

  it("is inherited, and an override may declare anew", () => {
    const Base = thermostat();
    const [base, derived] = [lowered("method", "reset"), lowered("method", "reset")];
    exposed(propertyOf(Base, "reset")?.value, base.context);
    class Derived extends Base {
      override reset(): void {}
    }
    expect(exposureOf(Derived).members.get("reset")?.oneway).toBe(false);
    exposed({ oneway: true })(propertyOf(Derived, "reset")?.value, derived.context);
    const instance = new Derived();
    base.run(instance);
    derived.run(instance);
    expect(exposureOf(instance).members.get("reset")?.oneway).toBe(true);
    expect(exposureOf(Base).members.get("reset")?.oneway).toBe(false);
  });

  it.each([
    ["private members", lowered("method", "#read", { private: true }), "ERR_PRIVATE_NAME"],
    ["names with an underscore", lowered("field", "_cache"), "ERR_PRIVATE_NAME"],
    ["symbols", lowered("method", Symbol.iterator), "ERR_PRIVATE_NAME"],
    ["then", lowered("method", "then"), "ERR_RESERVED_NAME"],
    ["static members", lowered("method", "make", { static: true }), "ERR_BAD_EXPOSE"],
  ])("refuses %s", (_, { context }, code) => {
    expect(failure(() => exposed(() => {}, context)).code).toBe(code);
  });
});

describe("types", () => {
  it("refuse misspelt, private and unknown names", () => {
    class Thermostat {
      setpoint = 20;
      static make(): Thermostat {
        return new Thermostat();
      }
      private hidden(): number {
        return this.setpoint;
      }
      read(): number {
        return this.hidden();
      }
    }
    const never = () => {
      // @ts-expect-error misspelt
      expose(Thermostat, { raed: true });
      // @ts-expect-error private
      expose(Thermostat, { hidden: true });
      // @ts-expect-error static
      expose(Thermostat, { make: true });
      // @ts-expect-error misspelt, of an instance
      expose(new Thermostat(), { raed: true });
      // @ts-expect-error misspelt, of a plain object
      expose({ read() {} }, { raed: true });
      // @ts-expect-error false exposes nothing, so it is not to be written
      expose(Thermostat, { read: false });
      // @ts-expect-error a misspelt option
      expose(Thermostat, { read: { onway: true } });
    };
    expectTypeOf(never).returns.toBeVoid();
    expectTypeOf(expose(Thermostat, { read: true })).toEqualTypeOf<typeof Thermostat>();
    expectTypeOf<keyof ExposeSpec<Thermostat>>().toEqualTypeOf<"setpoint" | "read">();
  });

  it("take abstract classes, and classes with private constructors", () => {
    abstract class Base {
      abstract read(): number;
    }
    class Single {
      static readonly instance: Single = new Single();
      private constructor() {}
      read(): void {}
    }
    expose(Single, { read: true });
    const never = () => {
      expose(Base, { read: true });
      // @ts-expect-error misspelt
      expose(Base, { raed: true });
      // @ts-expect-error static
      expose(Single, { instance: true });
    };
    expectTypeOf(never).returns.toBeVoid();
    expect(names(exposureOf(Single.instance))).toEqual(["read"]);
  });
});
