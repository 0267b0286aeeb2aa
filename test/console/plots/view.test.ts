import { describe, expect, it } from "vitest";
import {
  afterKey,
  paused,
  resumed,
  spanOf,
  type View,
  zoomedTo,
} from "../../../src/console/plots/view.ts";

const FOLLOWING: View = { name: "following", spanMs: 60_000 };
const NOW = 1_000_000;

/** What is shown after keys, a second from one to the next. */
function afterKeys(keys: readonly string[], view: View = FOLLOWING): [View, number] {
  let now = NOW;
  let shown = view;
  for (const key of keys) {
    shown = afterKey(shown, key, now) ?? shown;
    now += 1000;
  }
  return [shown, now];
}

describe("a plot's view", () => {
  it("follows the newest until it is paused, and then stands still", () => {
    expect(spanOf(FOLLOWING, NOW)).toEqual({ from: NOW - 60_000, to: NOW });
    const held = paused(FOLLOWING, NOW);
    expect(spanOf(held, NOW + 5000)).toEqual({ from: NOW - 60_000, to: NOW });
    expect(paused(held, NOW + 5000)).toBe(held);
    expect(resumed(held)).toEqual(FOLLOWING);
  });

  it("shows what was chosen, until it is reset; a click is no choice", () => {
    const zoomed = zoomedTo(FOLLOWING, { from: 10, to: 20 });
    expect(spanOf(zoomed, NOW)).toEqual({ from: 10, to: 20 });
    expect(zoomedTo(FOLLOWING, { from: 10, to: 10 })).toBe(FOLLOWING);
    expect(afterKey(zoomed, "0", NOW)).toEqual(FOLLOWING);
  });

  it.each([
    ["Space pauses", [" "], { from: NOW - 60_000, to: NOW }],
    ["and goes on", [" ", " "], { from: NOW - 58_000, to: NOW + 2000 }],
    [
      "+ shows half of the newest, which it goes on to follow",
      ["+"],
      { from: NOW - 29_000, to: NOW + 1000 },
    ],
    [
      "+ shows the middle half of what stands still",
      [" ", "+"],
      { from: NOW - 45_000, to: NOW - 15_000 },
    ],
    ["- shows twice as much", ["-"], { from: NOW - 119_000, to: NOW + 1000 }],
    ["← goes back a quarter and stays", ["ArrowLeft"], { from: NOW - 75_000, to: NOW - 15_000 }],
    ["→ comes back", ["ArrowLeft", "ArrowRight"], { from: NOW - 60_000, to: NOW }],
    ["Escape follows again", ["ArrowLeft", "+", "Escape"], { from: NOW - 57_000, to: NOW + 3000 }],
  ])("%s", (_, keys, expected) => {
    const [view, now] = afterKeys(keys);
    expect(spanOf(view, now)).toEqual(expected);
  });

  it("has no meaning for other keys", () => {
    expect(afterKey(FOLLOWING, "a", NOW)).toBeUndefined();
  });

  it("ends zooming in and out somewhere", () => {
    for (const key of ["+", "-"]) {
      const [view, now] = afterKeys(Array.from({ length: 60 }, () => key));
      const { from, to } = spanOf(view, now);
      expect(to - from).toBe(key === "+" ? 10 : 864_000_000);
    }
  });
});
