import { describe, expect, it } from "vitest";
import { clockTime, dateTime, howLong } from "../../src/console/parts/times.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe("times", () => {
  it.each([
    [-5, "0 s"],
    [0, "0 s"],
    [59.9 * SECOND, "59 s"],
    [MINUTE, "1 min"],
    [59 * MINUTE, "59 min"],
    [HOUR, "1 h"],
    [2 * HOUR + 5 * MINUTE, "2 h 5 min"],
    [26 * HOUR, "1 d 2 h"],
  ])("%d ms are %s", (ms, text) => {
    expect(howLong(ms)).toBe(text);
  });

  it("of today have no date", () => {
    const at = new Date(2026, 10, 21, 9, 5, 7).getTime();
    expect(clockTime(at)).toBe("09:05:07");
    expect(dateTime(at, at + HOUR)).toBe("09:05");
    expect(dateTime(at, at + 24 * HOUR)).toBe("2026-11-21 09:05");
  });
});
