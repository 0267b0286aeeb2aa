import { expect, it } from "vitest";
import { completions, documentation, variableFor } from "../../src/cli/repl.ts";

const MEMBERS = ["setpoint", "read", "reset", "samples"];
const complete = (line: string) => completions(line, ["thermostat", "proxy"], MEMBERS);

it("completes members behind the name of the proxy", () => {
  expect(complete("thermostat.re")).toEqual([
    ["thermostat.read", "thermostat.reset"],
    "thermostat.re",
  ]);
  expect(complete("await proxy.")).toEqual([
    ["proxy.read", "proxy.reset", "proxy.samples", "proxy.setpoint"],
    "proxy.",
  ]);
  expect(complete("f(thermostat.se")).toEqual([["thermostat.setpoint"], "thermostat.se"]);
});

it("completes members behind .doc", () => {
  expect(complete(".doc re")).toEqual([["read", "reset"], "re"]);
  expect(complete(".doc ")?.[0]).toEqual(["read", "reset", "samples", "setpoint"]);
});

it("offers nothing for a member that is not there", () => {
  expect(complete("thermostat.x")).toEqual([[], "thermostat.x"]);
});

it("leaves everything else to Node", () => {
  expect(complete("Math.ma")).toBeUndefined();
  expect(complete("lab.thermostat.re")).toBeUndefined();
  expect(complete("ther")).toBeUndefined();
  expect(complete("")).toBeUndefined();
});

it.each([
  ["PYRONAME:lab.thermostat@localhost:9090", "thermostat"],
  ["PYRO:obj_1234@localhost:9999", "obj_1234"],
  ["PYROMETA:cold,old", "old"],
  ["PYRONAME:lab.2", "proxy"],
])("calls the proxy of %s %s", (uri, name) => {
  expect(variableFor(uri)).toBe(name);
});

it("documents all members where none is named", () => {
  const members = new Map([
    [
      "read",
      { name: "read", kind: "method", oneway: false, readonly: false, stream: false } as const,
    ],
  ]);
  expect(documentation({ className: "Thermostat", members }, "")).toBe("Thermostat\n  read(...)");
  expect(documentation({ members }, "read")).toContain("(its server tells no documentation)");
});
