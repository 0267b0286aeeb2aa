import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import {
  type Description,
  fromWire,
  type MemberDescription,
  signatureOf,
  toWire,
} from "../../src/objects/description.ts";
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
const attribute = (name: string, readonly = false): MemberDescription => ({
  name,
  kind: "attribute",
  oneway: false,
  readonly,
  stream: false,
});
const describing = (...members: MemberDescription[]): Description => ({
  className: "Thermostat",
  doc: "A thermostat.",
  members: new Map(members.map((member) => [member.name, member])),
});

const THERMOSTAT = describing(
  { ...method("read", "channel", "gain=1", "unit='K'", "...rest"), doc: "Reads." },
  { ...method("samples", "count=undefined", "{ every = 1, ...others }"), stream: true },
  { ...method("reset"), oneway: true },
  { name: "native", kind: "method", oneway: false, readonly: false, stream: false },
  attribute("setpoint"),
  attribute("serial", true),
);

describe("a signature", () => {
  it.each([
    ["read(channel, gain=1, *rest)", method("read", "channel", "gain=1", "...rest")],
    ['read(unit="K", on=true, x=null)', method("read", "unit = 'K'", "on = true", "x = null")],
    ["read(unit?)", method("read", "unit?")],
    ["power(base, {n=3, unit})", method("power", "base", "{ n = 3, unit }")],
    ["reset()", method("reset")],
    ["setpoint", attribute("setpoint")],
  ])("is such as %s", (expected, member) => {
    expect(signatureOf(member)).toBe(expected);
  });

  it("says when the parameters are unknown", () => {
    const { parameters: _, ...unknown } = method("max");
    expect(signatureOf(unknown)).toBe("max(...)");
  });

  it("shortens defaults over 40 characters, and those of several lines", () => {
    const at = "x".repeat(40);
    expect(signatureOf(method("f", `a=${at}`))).toBe(`f(a=${at})`);
    expect(signatureOf(method("f", `a=${at}x`, "b=[\n]"))).toBe("f(a=…, b=…)");
  });
});

describe("on the wire", () => {
  it("a description comes back as it was", () => {
    expect(fromWire(toWire(THERMOSTAT))).toEqual(THERMOSTAT);
  });

  it("a description survives JSON", () => {
    expect(fromWire(JSON.parse(JSON.stringify(toWire(THERMOSTAT))))).toEqual(THERMOSTAT);
  });

  it("types, and what goes by its name alone, come along", () => {
    const known = { kind: "positional", rest: false, optional: false } as const;
    const parameters = [
      { ...known, name: "x", type: "float" },
      { ...known, name: "n", keywordOnly: true },
    ];
    const description = describing({ ...method("f"), parameters });
    expect(fromWire(toWire(description))).toEqual(description);
  });

  it("what is false or absent is left out", () => {
    const wire = toWire({ members: new Map([["x", attribute("x")]]) });
    expect(wire).toEqual({ members: [{ name: "x", kind: "attribute" }] });
  });

  it("a default of false stays", () => {
    const wire = toWire({ members: new Map([["f", method("f", "on = false")]]) });
    expect(fromWire(wire).members.get("f")?.parameters?.[0]?.defaultValue).toBe(false);
  });

  it("a member called __proto__ is a name like others", () => {
    const description = fromWire({ members: [{ name: "__proto__", kind: "attribute" }] });
    expect([...description.members.keys()]).toEqual(["__proto__"]);
  });

  it("None stands for what is absent, and unknown fields are ignored", () => {
    const wire = {
      className: null,
      doc: null,
      since: "2.0",
      members: [{ name: "x", kind: "attribute", doc: null, oneway: null, unit: "K" }],
    };
    expect(fromWire(wire)).toEqual({ members: new Map([["x", attribute("x")]]) });
  });
});

describe("a malformed description is refused", () => {
  const member = (fields: object) => ({ members: [{ name: "x", kind: "method", ...fields }] });
  const parameter = (fields: object) =>
    member({ parameters: [{ name: "a", kind: "positional", ...fields }] });

  it.each([
    ["no dict", 5, "at description: expected a dict, got number"],
    ["None", null, "at description: expected a dict, got None"],
    ["no members", {}, "at members: expected a list, got undefined"],
    ["a member that is a list", { members: [[]] }, "at members[0]: expected a dict, got a list"],
    ["an empty name", member({ name: "" }), 'at members[0].name: expected a name, got ""'],
    [
      "an unknown kind",
      member({ kind: "property" }),
      'at members[0].kind: expected "method" or "attribute", got "property"',
    ],
    ["a flag that is no boolean", member({ oneway: 1 }), "at members[0].oneway"],
    ["a doc that is no text", member({ doc: [] }), "at members[0].doc: expected text, got a list"],
    ["a class name that is no text", { className: 1, members: [] }, "at className: expected text"],
    ["parameters that are no list", member({ parameters: "a" }), "at members[0].parameters"],
    ["a parameter's kind", parameter({ kind: "x" }), "at members[0].parameters[0].kind"],
    ["a default that is no literal", parameter({ defaultValue: [] }), "].defaultValue: expected"],
    ["properties", parameter({ properties: [1] }), "].parameters[0].properties[0]: expected"],
    [
      "a name twice",
      { members: [attribute("x"), attribute("x")] },
      'at members[1].name: expected a name once, got "x"',
    ],
  ])("%s", (_, wire, message) => {
    expect(() => fromWire(wire)).toThrow(
      expect.objectContaining({
        code: "ERR_BAD_DESCRIPTION",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("and nothing a peer can send ends otherwise than in a description or that error", () => {
    const key = fc.constantFrom("members", "name", "kind", "parameters", "properties", "doc");
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.anything(),
        fc.constantFrom("method", "attribute", "positional", "x"),
        fc.array(tie("any")),
        fc.dictionary(key, tie("any")),
      ),
    })).any;
    fc.assert(
      fc.property(value, (wire) => {
        try {
          expect(fromWire(wire).members).toBeInstanceOf(Map);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          expect(error).toHaveProperty("code", "ERR_BAD_DESCRIPTION");
        }
      }),
      { interruptAfterTimeLimit: 2_000 },
    );
  });
});
