import { describe, expect, it } from "vitest";
import { RemoteError } from "../../src/errors.ts";
import { bindArguments, kwargs, splitKwargs } from "../../src/objects/bind-arguments.ts";
import type { MemberDescription } from "../../src/objects/description.ts";
import { parametersFromText } from "../../src/objects/parameters.ts";

const method = (name: string, ...parameters: string[]): MemberDescription => {
  const parsed = parametersFromText(parameters);
  if (!parsed) throw new Error(`not a parameter list: ${parameters}`);
  return {
    name,
    kind: "method",
    parameters: parsed,
    oneway: false,
    readonly: false,
    stream: false,
  };
};
const read = method("read", "channel", "gain=1");
const UNKNOWN: MemberDescription = {
  name: "power",
  kind: "method",
  oneway: false,
  readonly: false,
  stream: false,
};

describe("keyword arguments", () => {
  it.each([
    ["by name", [], { channel: 3 }, [3]],
    ["after positional ones", [3], { gain: 2 }, [3, 2]],
    ["in any order", [], { gain: 2, channel: 3 }, [3, 2]],
    ["of None", [3], { gain: null }, [3, null]],
  ])("are put in their places: %s", (_, args, keywords, expected) => {
    expect(bindArguments(read, args, keywords)).toEqual(expected);
  });

  it("leave undefined in the places between, so that defaults apply", () => {
    const member = method("f", "a", "b=1", "c=2");
    const bound = bindArguments(member, [0], { c: 5 });
    expect(bound).toStrictEqual([0, undefined, 5]);
    expect(((a: number, b = 1, c = 2) => [a, b, c])(...(bound as [number]))).toEqual([0, 1, 5]);
  });

  it("do not change the arguments that were passed in", () => {
    const args = [3];
    bindArguments(read, args, { gain: 2 });
    expect(args).toEqual([3]);
  });
});

describe("without keyword arguments", () => {
  it.each([
    ["all given", read, [1, 2]],
    ["a default left out", read, [1]],
    ["an optional one left out", method("f", "a?"), []],
    ["extra ones for a rest", method("f", "a", "...rest"), [1, 2, 3]],
    ["nothing for a rest", method("f", "...rest"), []],
    ["unknown parameters", UNKNOWN, [1, 2, 3]],
    ["options left out", method("f", "{ n = 3 } = {}"), []],
    ["undefined passed on purpose", read, [undefined]],
  ])("the argument list itself is returned: %s", (_, member, args: unknown[]) => {
    expect(bindArguments(member, args, null)).toBe(args);
    expect(bindArguments(member, args, {})).toBe(args);
  });
});

describe("a destructured options object", () => {
  const power = method("power", "base", "{ n = 3, unit } = {}");

  it("receives the keyword arguments it names", () => {
    expect(bindArguments(power, [5], { n: 2 })).toEqual([5, { n: 2 }]);
    expect(bindArguments(power, [], { unit: "K", base: 5 })).toEqual([5, { unit: "K" }]);
  });

  it("receives all others where it has a rest", () => {
    const open = method("power", "base", "{ n, ...others }");
    expect(bindArguments(open, [5], { x: 1, n: 2 })).toEqual([5, { x: 1, n: 2 }]);
  });

  it("keeps a keyword called __proto__ as an ordinary key", () => {
    const open = method("f", "{ ...others }");
    const keywords = JSON.parse('{"__proto__": {"admin": true}}');
    const [options] = bindArguments(open, [], keywords) as [object];
    expect(Object.getPrototypeOf(options)).toBe(Object.prototype);
    expect(Object.hasOwn(options, "__proto__")).toBe(true);
  });

  it("is an empty object where it has no default and is left out", () => {
    const member = method("f", "a=1", "{ n = 3 }");
    expect(bindArguments(member, [], null)).toStrictEqual([undefined, {}]);
    expect(bindArguments(member, [5], null)).toStrictEqual([5, {}]);
    expect(bindArguments(member, [5, { n: 1 }], null)).toStrictEqual([5, { n: 1 }]);
  });

  it("is undefined where any other argument is left out: the source cannot tell which are required", () => {
    expect(bindArguments(method("f", "a", "b"), [], null)).toStrictEqual([]);
    expect(bindArguments(method("f", "a", "b"), [], { b: 1 })).toStrictEqual([undefined, 1]);
  });

  it("may be passed by position", () => {
    expect(bindArguments(power, [5, { n: 2 }], null)).toEqual([5, { n: 2 }]);
  });
});

describe("a call that does not fit is a Python TypeError", () => {
  it.each<[string, MemberDescription, unknown[], Record<string, unknown> | null]>([
    [
      "read() got an unexpected keyword argument 'chanel'; it takes (channel, gain=1)",
      read,
      [],
      { chanel: 1 },
    ],
    [
      "f() got an unexpected keyword argument 'rest'; it takes (*rest)",
      method("f", "...rest"),
      [],
      { rest: 1 },
    ],
    [
      "f() got an unexpected keyword argument 'm'; it takes ({n=3})",
      method("f", "{ n = 3 }"),
      [],
      { m: 1 },
    ],
    ["read() got multiple values for argument 'channel'", read, [1], { channel: 2 }],
    [
      "f() got multiple values for argument 'options'",
      method("f", "a", "{ n = 3 }"),
      [1, {}],
      { n: 2 },
    ],
    ["f() takes 1 positional argument but 3 were given", method("f", "a"), [1, 2, 3], null],
    ["f() takes 0 positional arguments but 1 was given", method("f"), [1], null],
    ["read() takes from 1 to 2 positional arguments but 3 were given", read, [1, 2, 3], null],
  ])("%s", (message, member, args, keywords) => {
    let caught: unknown;
    try {
      bindArguments(member, args, keywords);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(RemoteError);
    expect(caught).toMatchObject({ type: "builtins.TypeError", remote: { args: [message] } });
  });

  it("says how to give parameter names that are not known", () => {
    expect(() => bindArguments(UNKNOWN, [], { base: 5, n: 3 })).toThrow(
      "power() was given keyword arguments (base, n), but its parameter names are not known where it runs; " +
        "pass them by position, or name all its parameters, in order, where it is exposed: " +
        'expose(Class, { power: { parameters: ["base", "n"] } })',
    );
  });
});

describe("kwargs marks keyword arguments for a remote call", () => {
  it("as the last argument", () => {
    expect(splitKwargs([5, kwargs({ n: 3 })])).toEqual([[5], { n: 3 }]);
    expect(splitKwargs([kwargs({})])).toEqual([[], {}]);
  });

  it("and nowhere else", () => {
    const args = [kwargs({ n: 3 }), 5];
    expect(splitKwargs(args)).toEqual([args, null]);
  });

  it("while a plain object is an argument like others", () => {
    expect(splitKwargs([{ n: 3 }])).toEqual([[{ n: 3 }], null]);
    expect(splitKwargs([])).toEqual([[], null]);
  });
});
