import { expect, it } from "vitest";
import { axisLabels, shortNumber } from "../../../src/console/plots/numbers.ts";

it.each([
  ["tells neighbours apart", [21.506, 21.5065, 21.507], 0.0005, ["21.5060", "21.5065", "21.5070"]],
  ["has no digits that say nothing", [0, 5, 10], 5, ["0", "5", "10"]],
  ["has as many as the step needs", [0, 2.5, 5], 2.5, ["0.0", "2.5", "5.0"]],
  ["is no bother of floating point", [0.1, 0.2, 0.1 + 0.2], 0.1, ["0.1", "0.2", "0.3"]],
  ["is short where numbers are large", [1e9, 2e9], 1e9, ["1e9", "2e9"]],
  ["is short where numbers are small", [1e-9, 2e-9], 1e-9, ["1e-9", "2e-9"]],
  ["is empty where there is nothing", [], 1, []],
])("the axis %s", (_what, places, step, labels) => {
  expect(axisLabels(places, step)).toEqual(labels);
});

it.each([
  [21.5, "21.5"],
  [1 / 3, "0.333333"],
  [1.5e-9, "1.5e-9"],
  [2e12, "2e12"],
  [Number.NaN, "–"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("%d is %s for short", (value, text) => {
  expect(shortNumber(value)).toBe(text);
});
