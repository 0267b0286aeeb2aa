import { describe, expect, it } from "vitest";
import { notSerializable, renamePlaces, tooDeep } from "../../src/serializers/path.ts";
import { tuple } from "../../src/values/types.ts";

const culprit = () => 1;
const why = "a function cannot be sent";

describe("the path to what cannot be sent", () => {
  it.each<[string, unknown, string]>([
    ["is empty for the root itself", culprit, why],
    [
      "goes through arrays and records",
      ["obj", "m", [1, { samples: [0, 1, 2, culprit] }]],
      `[2][1].samples[3]: ${why}`,
    ],
    ["goes through tuples", tuple<unknown>(1, culprit), `[1]: ${why}`],
    ["quotes a key that is no name", { "two words": { "": culprit } }, `["two words"][""]: ${why}`],
    [
      "names the key of a map's value",
      new Map<unknown, unknown>([
        ["a", 1],
        [1.5, culprit],
      ]),
      `.get(1.5): ${why}`,
    ],
    [
      "counts the keys of a map",
      new Map<unknown, unknown>([
        ["a", 1],
        [culprit, 2],
      ]),
      `.keys()[1]: ${why}`,
    ],
    ["counts the members of a set", new Set<unknown>([1, culprit]), `.values()[1]: ${why}`],
    [
      "goes through the properties of instances",
      [
        new (class Foo {
          at = { it: culprit };
        })(),
      ],
      `[0].at.it: ${why}`,
    ],
    ["is the shortest of several", [[[culprit]], { a: culprit }], `[1].a: ${why}`],
    ["is left out where a converter made the culprit up", [{ a: 1 }], why],
  ])("%s", (_, root, message) => {
    const error = notSerializable(root, culprit, why);
    expect(error).toMatchObject({ name: "SerializeError", code: "ERR_NOT_SERIALIZABLE", message });
  });

  it("is named anew by those who know what the user calls its places", () => {
    const cause = new Error("no converter");
    const error = notSerializable([culprit], culprit, why, { cause });
    const named = renamePlaces(error, (path) => `args${path}`);
    expect(named).toMatchObject({
      code: "ERR_NOT_SERIALIZABLE",
      message: `args[0]: ${why}`,
      cause,
    });
    expect(renamePlaces(named, (path) => `batch[1].${path}`)).toMatchObject({
      message: `batch[1].args[0]: ${why}`,
    });
    const unplaced = notSerializable([], culprit, why);
    expect(renamePlaces(unplaced, (path) => `args${path}`)).toMatchObject({ message: why });
    expect(renamePlaces(cause, (path) => `args${path}`)).toBe(cause);
  });

  it("keeps what the converter threw as the cause", () => {
    const cause = new Error("no converter");
    expect(notSerializable(culprit, culprit, why, { cause }).cause).toBe(cause);
  });

  it("survives getters that throw, and circles", () => {
    const root: Record<string, unknown> = {
      get broken() {
        throw new Error("broken getter");
      },
    };
    root["self"] = root;
    root["last"] = culprit;
    expect(notSerializable(root, culprit, why).message).toBe(`.last: ${why}`);
  });
});

describe("what is nested too deep", () => {
  it("is told where its circle closes", () => {
    const root: { list: unknown[] } = { list: [] };
    root.list.push([root.list]);
    expect(tooDeep(root)).toMatchObject({
      code: "ERR_TOO_DEEP",
      message: ".list[0][0]: circular, leads back to .list",
    });
    expect(renamePlaces(tooDeep([root.list]), (path) => `args${path}`)).toMatchObject({
      message: "args[0][0][0]: circular, leads back to args[0]",
    });
  });

  it("is named as such if there is no circle, however deep it is", () => {
    let value: unknown[] = [];
    for (let i = 0; i < 100_000; i++) value = [value, value];
    expect(tooDeep(value).message).toBe("the value is nested deeper than 200 levels");
  });
});
