import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hrefOf, type Route, readRoute } from "../../src/console/router.ts";

describe("addresses of the console", () => {
  it.each<[hash: string, route: Route]>([
    ["", { name: "home", query: "" }],
    ["#", { name: "home", query: "" }],
    ["#/", { name: "home", query: "" }],
    ["#/?q=laser+2", { name: "home", query: "laser 2" }],
    ["#/plots", { name: "plots" }],
    ["#/object/lab.laser", { name: "object", object: "lab.laser" }],
    ["#/object/a/b%20c", { name: "object", object: "a/b c" }],
    ["#/object/lab.laser?x=1", { name: "object", object: "lab.laser" }],
    ["#/object/", { name: "unknown", hash: "/object/" }],
    ["#/object/%zz", { name: "unknown", hash: "/object/%zz" }],
    ["#/plots/x", { name: "unknown", hash: "/plots/x" }],
    ["#elsewhere", { name: "unknown", hash: "elsewhere" }],
  ])("%j", (hash, route) => {
    expect(readRoute(hash)).toEqual(route);
  });

  it("lead to any object, whatever it is called", () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" });
    fc.assert(
      fc.property(name, (object) => {
        const route: Route = { name: "object", object };
        expect(readRoute(new URL(hrefOf(route), "http://lab/").hash)).toEqual(route);
      }),
    );
  });

  it("keep what is searched for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (query) => {
        const route: Route = { name: "home", query };
        expect(readRoute(new URL(hrefOf(route), "http://lab/").hash)).toEqual(route);
      }),
    );
  });
});
