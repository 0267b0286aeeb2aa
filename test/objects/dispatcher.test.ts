import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { DaemonError, MemberError, SecurityError } from "../../src/errors.ts";
import { callContext, currentContext } from "../../src/objects/context.ts";
import { Dispatcher } from "../../src/objects/dispatcher.ts";
import { expose } from "../../src/objects/expose.ts";
import { Registry } from "../../src/objects/registry.ts";
import { ItemStream } from "../../src/objects/stream.ts";
import { callerOf, callOf } from "../support/calls.ts";

class Thing {
  value = 1;
  #level = 2;
  calls: string[] = [];
  get level() {
    return this.#level;
  }
  get broken(): number {
    throw new RangeError("no reading");
  }
  set limited(to: number) {
    if (to > 10) throw new RangeError("too much");
    this.#level = to;
  }
  get limited() {
    return this.#level;
  }
  add(a: number, b = 10) {
    this.calls.push("add");
    return a + b;
  }
  nothing() {}
  fail() {
    throw new RangeError("on purpose");
  }
  async later(x: unknown) {
    await turn();
    return x;
  }
  async failLater() {
    await turn();
    throw new RangeError("on purpose, later");
  }
  thenable() {
    // biome-ignore lint/suspicious/noThenProperty: promises of other libraries have one
    return { then: (resolve: (value: string) => void) => resolve("from another library") };
  }
  list() {
    return [1, 2];
  }
  map() {
    return new Map([[1, 2]]);
  }
  *gen() {
    yield callContext().member;
    yield this.value;
  }
  async *agen() {
    yield callContext().member;
    await turn();
    yield callContext().member;
  }
  async genLater() {
    await turn();
    return this.agen();
  }
  iterator() {
    return [1, 2].values();
  }
  self() {
    return callContext();
  }
  unexposed() {
    return "never";
  }
  _private() {
    return "never";
  }
}
expose(Thing, {
  value: true,
  level: true,
  broken: true,
  limited: true,
  add: true,
  nothing: true,
  fail: true,
  later: true,
  failLater: true,
  thenable: true,
  list: true,
  map: true,
  gen: true,
  agen: true,
  genLater: true,
  iterator: true,
  self: true,
});

let thing: Thing;
let registry: Registry;
let dispatcher: Dispatcher;
const caller = callerOf();

beforeEach(() => {
  thing = new Thing();
  registry = new Registry();
  dispatcher = new Dispatcher(registry);
  registry.register("thing", thing);
});

const dispatch = (...call: Parameters<typeof callOf>) =>
  dispatcher.dispatch(callOf(...call), caller);

async function itemsOf(result: unknown): Promise<unknown[]> {
  const stream = (await result) as ItemStream;
  expect(stream).toBeInstanceOf(ItemStream);
  const items: unknown[] = [];
  for (let step = await stream.next(); !step.done; step = await stream.next()) {
    items.push(step.value);
  }
  return items;
}

describe("a call", () => {
  it("of a plain method has its result at once, without a promise", () => {
    expect(dispatch("add", [1, 2])).toBe(3);
    expect(dispatch("nothing")).toBeUndefined();
  });

  it("has its keyword arguments put in their places", () => {
    expect(dispatch("add", [], { kwargs: { b: 2, a: 1 } })).toBe(3);
    expect(dispatch("add", [1])).toBe(11);
  });

  it("of an async method gives a promise", async () => {
    const result = dispatch("later", ["x"]);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe("x");
  });

  it("takes a promise of another library for one", async () => {
    const result = dispatch("thenable");
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe("from another library");
  });

  it("throws what a method throws, and rejects with what it rejects with", async () => {
    expect(() => dispatch("fail")).toThrow(new RangeError("on purpose"));
    await expect(dispatch("failLater")).rejects.toEqual(new RangeError("on purpose, later"));
  });

  it.each(["gen", "agen", "genLater", "iterator"])("of %s gives a stream", async (member) => {
    expect((await itemsOf(dispatch(member))).length).toBe(2);
  });

  it("that returns a list or a map gives a value, not a stream", () => {
    expect(dispatch("list")).toEqual([1, 2]);
    expect(dispatch("map")).toEqual(new Map([[1, 2]]));
  });
});

describe("an attribute", () => {
  it("is read, also by its getter", () => {
    expect(dispatch("value", [], { kind: "get" })).toBe(1);
    expect(dispatch("level", [], { kind: "get" })).toBe(2);
  });

  it("is set, also by its setter, and nothing comes back", () => {
    expect(dispatch("value", [5], { kind: "set" })).toBeNull();
    expect(dispatch("limited", [6], { kind: "set" })).toBeNull();
    expect([thing.value, thing.level]).toEqual([5, 6]);
  });

  it("that fails to be read or set throws what it throws", () => {
    expect(() => dispatch("broken", [], { kind: "get" })).toThrow("no reading");
    expect(() => dispatch("limited", [11], { kind: "set" })).toThrow("too much");
  });
});

describe("a call is refused", () => {
  it("of an object that is not there", () => {
    expect(() => dispatch("add", [], { object: "other" })).toThrow(
      new DaemonError("ERR_UNKNOWN_OBJECT", `unknown object "other"`),
    );
  });

  it.each([
    ["a member that is not exposed", "unexposed", "ERR_UNKNOWN_MEMBER"],
    ["a member that is not there", "nowhere", "ERR_UNKNOWN_MEMBER"],
    ["what every object inherits", "hasOwnProperty", "ERR_UNKNOWN_MEMBER"],
    ["the constructor", "constructor", "ERR_UNKNOWN_MEMBER"],
    ["the prototype", "__proto__", "ERR_PRIVATE_MEMBER"],
    ["a private name", "_private", "ERR_PRIVATE_MEMBER"],
    ["nothing", "", "ERR_UNKNOWN_MEMBER"],
  ])("of %s, in all three ways", (_, member, code) => {
    for (const kind of ["call", "get", "set"] as const) {
      expect(() => dispatch(member, [1], { kind })).toThrow(expect.objectContaining({ code }));
      expect(() => dispatch(member, [1], { kind })).toThrow(MemberError);
    }
  });

  it.each([
    ["to read a method", "add", "get", "ERR_NOT_AN_ATTRIBUTE"],
    ["to set a method", "add", "set", "ERR_READONLY"],
    ["to set what has no setter", "level", "set", "ERR_READONLY"],
    ["to call an attribute", "value", "call", "ERR_NOT_A_METHOD"],
  ] as const)("that asks %s", (_, member, kind, code) => {
    expect(() => dispatch(member, [1], { kind })).toThrow(expect.objectContaining({ code }));
  });

  it("with the names that there are, for people who misspelt one", () => {
    expect(() => dispatch("ad")).toThrow(/"thing" exposes .*add/);
  });
});

describe("hooks", () => {
  it("run in the order in which they were added, and see the outcome in the reverse order", () => {
    const seen: string[] = [];
    for (const name of ["outer", "inner"]) {
      dispatcher.use((call, _caller, next) => {
        seen.push(`${name} before ${call.member}`);
        const result = next();
        seen.push(`${name} after ${result}`);
        return result;
      });
    }
    expect(dispatch("add", [1, 2])).toBe(3);
    expect(seen).toEqual([
      "outer before add",
      "inner before add",
      "inner after 3",
      "outer after 3",
    ]);
  });

  it("are told who calls", () => {
    dispatcher.use((_call, who, next) => {
      expect(who).toBe(caller);
      return next();
    });
    expect(dispatch("add", [1, 2])).toBe(3);
  });

  it("refuse a call by throwing: nothing runs", () => {
    dispatcher.use((call) => {
      throw new SecurityError("ERR_FORBIDDEN", `${call.member} is not for you`);
    });
    expect(() => dispatch("add", [1, 2])).toThrow("add is not for you");
    expect(thing.calls).toEqual([]);
  });

  it("refuse a call later, too", async () => {
    dispatcher.use(async () => {
      await turn();
      throw new SecurityError("ERR_FORBIDDEN", "asked, and refused");
    });
    await expect(dispatch("add", [1, 2])).rejects.toThrow("asked, and refused");
    expect(thing.calls).toEqual([]);
  });

  it("see the error of a call, and may throw another", () => {
    dispatcher.use((_call, _caller, next) => {
      try {
        return next();
      } catch (cause) {
        throw new Error("translated", { cause });
      }
    });
    expect(() => dispatch("fail")).toThrow(
      new Error("translated", { cause: new RangeError("on purpose") }),
    );
  });

  it("see the error of an async call, and may answer in its place", async () => {
    dispatcher.use(async (_call, _caller, next) => {
      try {
        return await next();
      } catch {
        return "instead";
      }
    });
    expect(await dispatch("failLater")).toBe("instead");
  });

  it("see that an object or member is not there", () => {
    const seen: string[] = [];
    dispatcher.use((call, _caller, next) => {
      seen.push(call.member);
      return next();
    });
    expect(() => dispatch("nowhere")).toThrow(MemberError);
    expect(() => dispatch("add", [], { object: "other" })).toThrow(DaemonError);
    expect(seen).toEqual(["nowhere", "add"]);
  });

  it("may wait before and after", async () => {
    dispatcher.use(async (_call, _caller, next) => {
      await turn();
      const result = await next();
      await turn();
      return result;
    });
    expect(await dispatch("add", [1, 2])).toBe(3);
    expect(await dispatch("later", ["x"])).toBe("x");
    expect(await itemsOf(dispatch("agen"))).toEqual(["agen", "agen"]);
  });

  it("may answer with a stream or a foreign promise of their own", async () => {
    dispatcher.use((call) => (call.member === "add" ? thing.iterator() : thing.thenable()));
    expect(await itemsOf(dispatch("add"))).toEqual([1, 2]);
    expect(await dispatch("list")).toBe("from another library");
  });

  it("run inside the context of the call", async () => {
    dispatcher.use(async (_call, _caller, next) => {
      callContext().responseAnnotations.set("HOOK", Uint8Array.of(1));
      await turn();
      expect(callContext().member).toBe("later");
      return next();
    });
    const call = callOf("later", ["x"]);
    await dispatcher.dispatch(call, caller);
    expect(call.responseAnnotations).toEqual(new Map([["HOOK", Uint8Array.of(1)]]));
  });
});

describe("the context of a call", () => {
  it("is there for the method, with what came beside the arguments", () => {
    const correlationId = crypto.randomUUID();
    const annotations = new Map([["TEST", Uint8Array.of(1)]]);
    const context = dispatch("self", [], { correlationId, annotations });
    expect(context).toMatchObject({ object: "thing", member: "self", correlationId, caller });
    expect((context as { annotations: unknown }).annotations).toBe(annotations);
  });

  it("is there for the body of a generator, whoever asks for its items", async () => {
    expect(await itemsOf(dispatch("gen"))).toEqual(["gen", 1]);
    expect(await itemsOf(dispatch("agen"))).toEqual(["agen", "agen"]);
    expect(await itemsOf(dispatch("genLater"))).toEqual(["genLater", "genLater"]);
  });

  it("is there for the finally of a generator that is left early", async () => {
    let seen: string | undefined;
    const leaving = {
      *items() {
        try {
          yield 1;
        } finally {
          seen = currentContext()?.member;
        }
      },
    };
    registry.register("leaving", expose(leaving, { items: true }));
    const stream = dispatch("items", [], { object: "leaving" }) as ItemStream;
    await stream.next();
    await stream.close();
    expect(seen).toBe("items");
  });

  it("is that of the inner call while one call makes another, and then its own again", () => {
    const outer = {
      call() {
        const before = callContext().member;
        const inner = (dispatch("self") as { member: string }).member;
        return [before, inner, callContext().member];
      },
    };
    registry.register("outer", expose(outer, { call: true }));
    expect(dispatch("call", [], { object: "outer" })).toEqual(["call", "self", "call"]);
  });

  it("is gone after the call", async () => {
    dispatch("add", [1, 2]);
    expect(currentContext()).toBeUndefined();
    await dispatch("later");
    expect(currentContext()).toBeUndefined();
  });
});

describe("the handshake hook", () => {
  const greeting = (object: string) => callOf("<handshake>", [], { object });

  it("answers hello where there is none, as Pyro does", () => {
    expect(dispatcher.handshake(greeting("thing"), caller)).toBe("hello");
  });

  it("gives its answer, or refuses by throwing", () => {
    dispatcher.onHandshake((who, object) => {
      if (object !== "thing") throw new SecurityError("ERR_FORBIDDEN", `not ${object}`);
      return { welcome: who.address };
    });
    expect(dispatcher.handshake(greeting("thing"), caller)).toEqual({ welcome: "127.0.0.1:1" });
    expect(() => dispatcher.handshake(greeting("other"), caller)).toThrow("not other");
  });

  it("has a call context, and may say who calls", () => {
    dispatcher.onHandshake((who) => {
      const { object, responseAnnotations } = callContext();
      responseAnnotations.set("WELC", Uint8Array.of(1));
      who.identity = `${who.handshake} at ${object}`;
    });
    const call = greeting("thing");
    const ada = { ...caller, handshake: "ada" };
    dispatcher.handshake(call, ada);
    expect(ada.identity).toBe("ada at thing");
    expect(call.responseAnnotations).toEqual(new Map([["WELC", Uint8Array.of(1)]]));
  });
});
