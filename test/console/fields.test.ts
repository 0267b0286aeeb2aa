import { describe, expect, it } from "vitest";
import { argumentsFrom, type Entries, formOf, valueField } from "../../src/console/forms/fields.ts";
import type { Entry, EntryKind } from "../../src/console/forms/reading.ts";
import { expose } from "../../src/index.ts";
import { memberFrom } from "../../src/msl/signature.ts";
import type { MemberDescription } from "../../src/objects/description.ts";
import { exposureOf } from "../../src/objects/expose.ts";

class Source {
  set(_level: number, _unit = "V", _limit = 1.5, _wait = false) {}
  ramp(_levels: number[], { steps = 10, hold }: { steps?: number; hold?: number } = {}) {
    return [steps, hold];
  }
  log(_text: string, ..._more: unknown[]) {}
  tune({ kp, ...others }: { kp: number }) {
    return [kp, others];
  }
  place({ x, y }: { x: number; y: number }, _z: number) {
    return [x, y];
  }
}
expose(Source, { set: true, ramp: true, log: true, tune: true, place: true });

const { members } = exposureOf(new Source());
const form = (name: string) => formOf(members.get(name) as MemberDescription);
const entry = (text: string, kind: EntryKind = "auto"): Entry => ({ kind, text });
const filled = (
  fields: Readonly<Record<string, Entry>>,
  { more = [], named = [] }: Partial<Entries> = {},
): Entries => ({ fields: new Map(Object.entries(fields)), more, named });

describe("the form of a method", () => {
  it("has a field a parameter, of the kind that its default shows", () => {
    expect(form("set").fields).toEqual([
      { key: "_level", label: "_level", place: "position", required: true, kind: "auto" },
      {
        key: "_unit",
        label: "_unit",
        place: "position",
        required: false,
        kind: "text",
        default: '"V"',
      },
      {
        key: "_limit",
        label: "_limit",
        place: "position",
        required: false,
        kind: "number",
        default: "1.5",
      },
      {
        key: "_wait",
        label: "_wait",
        place: "position",
        required: false,
        kind: "boolean",
        default: "false",
      },
    ]);
  });

  it("has fields for what the last parameter takes apart", () => {
    const { fields, named } = form("ramp");
    expect(fields.map(({ label, place, required }) => [label, place, required])).toEqual([
      ["_levels", "position", true],
      ["steps", "name", false],
      ["hold", "name", false],
    ]);
    expect(named).toBe(false);
    expect(form("tune").named).toBe(true);
  });

  it("has one field for what another parameter takes apart", () => {
    expect(form("place").fields.map(({ label, kind }) => [label, kind])).toEqual([
      ["options", "literal"],
      ["_z", "auto"],
    ]);
  });

  it("takes any number of further values where the method does", () => {
    expect(form("log").more).toBe("_more");
    expect(form("set").more).toBeUndefined();
  });

  it("reads the defaults that Python tells", () => {
    const { fields } = formOf(memberFrom("f", "(a, b=1.5, c='x', d=None, e=True) -> int"));
    expect(fields.map(({ label, kind }) => [label, kind])).toEqual([
      ["a", "auto"],
      ["b", "number"],
      ["c", "text"],
      ["d", "auto"],
      ["e", "boolean"],
    ]);
  });

  it.each([
    ["int", "number"],
    ["'float'", "number"],
    ["Optional[str]", "text"],
    ["bool", "boolean"],
    ["bytes | None", "file"],
    ["List[int]", "literal"],
    ["dict", "literal"],
    ["datetime.datetime", "date"],
    ["Laser", "auto"],
  ])("takes what is a %s as %s", (type, kind) => {
    expect(formOf(memberFrom("f", `(x: ${type} = None)`)).fields).toMatchObject([{ type, kind }]);
  });

  it("gives by name what Python takes by name alone", () => {
    const spec = formOf(memberFrom("f", "(a, *rest, n=1, m)"));
    expect(spec.more).toBe("rest");
    expect(spec.fields.map(({ place, required }) => [place, required])).toEqual([
      ["position", true],
      ["name", false],
      ["name", true],
    ]);
    const entries = filled({ a: entry("1"), n: entry("2"), m: entry("3") }, { more: [entry("4")] });
    expect(argumentsFrom(spec, entries)).toEqual({
      call: { args: [1, 4], kwargs: { n: 2, m: 3 } },
    });
  });

  it("demands nothing where it is not told what may be left out", () => {
    const spec = formOf(memberFrom("f", "(a, b=1)"), false);
    expect(spec.fields.map(({ required }) => required)).toEqual([undefined, false]);
    const entries = filled({ b: entry("2") });
    expect(argumentsFrom(spec, entries)).toEqual({ call: { args: [], kwargs: { b: 2 } } });
  });

  it("takes anything where parameters are not told", () => {
    const member = members.get("set") as MemberDescription;
    const { parameters: _, ...untold } = member;
    expect(formOf(untold)).toEqual({ fields: [], more: "arguments", named: true, unknown: true });
  });

  it("is one field for an attribute, of the kind of its value", () => {
    expect(valueField("setpoint", 20).kind).toBe("number");
    expect(valueField("name", "x").kind).toBe("text");
    expect(valueField("mode", null).kind).toBe("auto");
  });
});

describe("a filled-in form", () => {
  it("gives positional arguments", () => {
    const entries = filled({ _level: entry("2.5"), _unit: entry("mV", "text") });
    expect(argumentsFrom(form("set"), entries)).toEqual({
      call: { args: [2.5, "mV"], kwargs: {} },
    });
  });

  it("gives by name what follows a field that was left empty", () => {
    const entries = filled({
      _level: entry("1"),
      _unit: entry("", "text"),
      _wait: entry("true", "boolean"),
    });
    expect(argumentsFrom(form("set"), entries)).toEqual({
      call: { args: [1], kwargs: { _wait: true } },
    });
  });

  it("gives an empty text where a text is wanted", () => {
    const entries = filled({ _text: entry("", "text") });
    expect(argumentsFrom(form("log"), entries)).toEqual({ call: { args: [""], kwargs: {} } });
  });

  it("gives the parts of the last parameter by name", () => {
    const entries = filled({ _levels: entry("[1, 2]"), "options.steps": entry("3") });
    expect(argumentsFrom(form("ramp"), entries)).toEqual({
      call: { args: [[1, 2]], kwargs: { steps: 3 } },
    });
  });

  it("gives further values, in order and by name", () => {
    const spec = { fields: [], more: "arguments", named: true, unknown: true };
    const entries = filled(
      {},
      { more: [entry("1"), entry("x")], named: [{ name: "__proto__", entry: entry("2") }] },
    );
    const read = argumentsFrom(spec, entries);
    expect(read).toEqual({ call: { args: [1, "x"], kwargs: expect.anything() } });
    expect("call" in read && Object.entries(read.call.kwargs)).toEqual([["__proto__", 2]]);
  });

  it("leaves out further values that are empty, but for a gap", () => {
    const spec = formOf(memberFrom("f", "(*rest)"));
    const more = (...texts: string[]) => filled({}, { more: texts.map((text) => entry(text)) });
    expect(argumentsFrom(spec, more("1", "", ""))).toEqual({ call: { args: [1], kwargs: {} } });
    expect(argumentsFrom(spec, more("", "1"))).toEqual({
      problems: new Map([["more.0", "Enter a value; text may be empty."]]),
    });
  });

  it("says at each field what is wrong there", () => {
    const entries = filled({ _unit: entry("x"), _limit: entry("much", "number") });
    expect(argumentsFrom(form("set"), entries)).toEqual({
      problems: new Map([
        ["_level", "Enter a value; text may be empty."],
        ["_limit", 'Expected a number such as 21.5, 1e-6 or 0x1f, got "much".'],
      ]),
    });
  });

  it("says that what has no name cannot follow a gap", () => {
    const spec = formOf(memberFrom("f", "(a=1, *rest)"));
    expect(argumentsFrom(spec, filled({}, { more: [entry("2")] }))).toEqual({
      problems: new Map([["more.0", "Fill in a first: what stands here has no name."]]),
    });
  });

  it("refuses names that are none, and one name twice", () => {
    const spec = { fields: [], more: undefined, named: true, unknown: false };
    const named = ["", "a b", "n", "n"].map((name) => ({ name, entry: entry("1") }));
    expect(argumentsFrom(spec, filled({}, { named }))).toEqual({
      problems: new Map([
        ["named.0", "Enter a name: letters, digits and _."],
        ["named.1", "Enter a name: letters, digits and _."],
        ["named.3", "There is another n."],
      ]),
    });
  });
});
