import { describe, expect, it } from "vitest";
import { fieldsOf, historyIn, modelIn, peopleIn } from "../../src/console/models/model.ts";
import { descriptionOf } from "../support/memory-channel.ts";

describe("modelIn", () => {
  it("knows a model by its state that streams with a version, and what it offers beside", () => {
    expect(modelIn(descriptionOf(["watch", "history", "listViewers"], ["version"]))).toEqual({
      questions: ["listViewers"],
      hasHistory: true,
      hasControllers: false,
      isChangeable: false,
      isTicker: false,
    });
    const ticks = ["play", "pause", "tick", "setPeriod"];
    const all = ["watch", ...ticks, "doModify", "addController", "removeController"];
    expect(modelIn(descriptionOf(all, ["version"]))).toMatchObject({
      hasControllers: true,
      isChangeable: true,
      isTicker: true,
    });
  });

  it.each([
    ["an object that streams something else", ["watch"], []],
    ["an object with a version", [], ["version"]],
    ["one whose version is asked for", ["watch", "version"], []],
  ])("takes %s for none", (_, methods, attributes) => {
    expect(modelIn(descriptionOf(methods, attributes))).toBeUndefined();
  });
});

describe("what a model answers", () => {
  const at = "2026-11-21T08:30:00.125Z";
  const who = { identity: "rosalind", proved: false, role: "controller", address: "10.0.0.1:5" };
  const asked = { at, who, operation: "moveTo", args: [20] };

  it("is read as history, the newest first, with what came of each act", () => {
    const lines = historyIn([
      { ...asked, event: "changed", version: 1, result: 20 },
      { ...asked, event: "change-failed", version: 1, error: "the stage ends at 300 mm" },
      { ...asked, event: "refused", version: 1, reason: "not registered" },
      "no record",
    ]);
    expect(lines.map(({ what, outcome }) => [what, outcome])).toEqual([
      ["refused", "not registered"],
      ["failed", "the stage ends at 300 mm"],
      ["changed", 20],
    ]);
    expect(lines[2]).toMatchObject({ at, version: 1, operation: "moveTo", args: [20] });
    expect(lines[2]?.who).toMatchObject({ identity: "rosalind", role: "controller" });
  });

  it("is read as people: viewers by their URI, watchers and controllers by who they are", () => {
    const viewer = {
      viewer: "PYRO:v@h:1",
      address: "h:2",
      since: at,
      lastRefresh: null,
      failures: 2,
    };
    expect(peopleIn([viewer, { ...who, since: at, version: 4 }])).toEqual([
      expect.objectContaining({
        identity: "PYRO:v@h:1",
        since: at,
        version: undefined,
        failures: 2,
      }),
      expect.objectContaining({ identity: "rosalind", since: at, version: 4, failures: 0 }),
    ]);
  });

  it("is nothing where it is something else", () => {
    for (const answer of [undefined, null, 5, "x", {}]) {
      expect([historyIn(answer), peopleIn(answer), fieldsOf(answer)]).toEqual([[], [], []]);
    }
  });

  it("has the fields of a record, or of a map", () => {
    expect(fieldsOf({ a: 1 })).toEqual([["a", 1]]);
    expect(fieldsOf(new Map([["a", 1]]))).toEqual([["a", 1]]);
    expect(fieldsOf([1])).toEqual([]);
  });
});
