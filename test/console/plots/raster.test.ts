import { describe, expect, it } from "vitest";
import { colourOf, pixelOf } from "../../../src/console/plots/colours.ts";
import { rangeOf, rasterOf } from "../../../src/console/plots/raster.ts";
import { Waterfall } from "../../../src/console/plots/waterfall.ts";

const RANGE = { low: 0, high: 1 };

/** How light a colour looks, from 0 to 1. */
function lightness(part: number): number {
  const [r = 0, g = 0, b = 0] = (colourOf(part).match(/\d+/g) ?? []).map(
    (text) => (Number(text) / 255) ** 2.2,
  );
  return Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b);
}

/** The pixels of a picture as what they stand for: one of these values. */
function valuesIn({ pixels }: { pixels: Uint8ClampedArray<ArrayBuffer> }, among: number[]) {
  const known = new Map(among.map((value) => [pixelOf(value, 0, 1), value]));
  return [...new Uint32Array(pixels.buffer)].map((pixel) => known.get(pixel));
}

describe("the colours", () => {
  it("grow lighter in equal steps", () => {
    const steps = Array.from({ length: 20 }, (_, i) => lightness((i + 1) / 20) - lightness(i / 20));
    expect(Math.min(...steps)).toBeGreaterThan(0.02);
    expect(Math.max(...steps)).toBeLessThan(0.06);
  });

  it("have an end, and one of their own for what is not known", () => {
    expect(pixelOf(-5, 0, 1)).toBe(pixelOf(0, 0, 1));
    expect(pixelOf(7, 0, 1)).toBe(pixelOf(1, 0, 1));
    expect(pixelOf(3, 3, 3)).toBe(pixelOf(0.5, 0, 1));
    const nothing = pixelOf(Number.NaN, 0, 1);
    expect(Array.from({ length: 256 }, (_, i) => pixelOf(i / 256, 0, 1))).not.toContain(nothing);
  });
});

describe("rasterOf", () => {
  it("has a pixel for each value, the first row at the top", () => {
    const values = [0, 0.5, 1, Number.NaN, 0.25, 0.75];
    const raster = rasterOf({ values, rows: 2, columns: 3 }, RANGE);
    expect([raster.width, raster.height]).toEqual([3, 2]);
    expect(valuesIn(raster, values)).toEqual(values);
  });

  it("shows the greatest where several share a pixel", () => {
    const values = new Float64Array(1000 * 1000);
    values[500 * 1000 + 123] = 1;
    values[7] = Number.NaN;
    const raster = rasterOf({ values, rows: 1000, columns: 1000 }, RANGE, 10);
    const seen = valuesIn(raster, [0, 1]);
    expect(seen.filter((value) => value === 1)).toHaveLength(1);
    expect(seen.indexOf(1)).toBe(5 * 10 + 1);
    expect(seen.filter((value) => value === 0)).toHaveLength(99);
  });

  it("takes its range from what is finite", () => {
    expect(rangeOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY])).toEqual({ low: -1, high: 3 });
    expect(rangeOf([])).toEqual({ low: 0, high: 1 });
  });
});

describe("Waterfall", () => {
  it("has the newest row at the top, and forgets the oldest", () => {
    const waterfall = new Waterfall(3);
    for (let i = 0; i < 5; i++) waterfall.push(i, [i / 4, 0]);
    expect(Array.from(waterfall.table().values)).toEqual([1, 0, 0.75, 0, 0.5, 0]);
    expect([waterfall.timeAt(0), waterfall.timeAt(2)]).toEqual([4, 2]);
    expect(waterfall.range).toEqual({ low: 0, high: 1 });
    expect(waterfall.length).toBe(3);
  });

  it("shows rows that never were as nothing", () => {
    const waterfall = new Waterfall(2);
    waterfall.push(0, [0, 1]);
    const nothing = Number.NaN;
    expect(valuesIn(waterfall.paint(RANGE), [0, 1, nothing])).toEqual([0, 1, nothing, nothing]);
  });

  it("has one row of nothing where nothing was known, which is no part of its range", () => {
    const waterfall = new Waterfall(4);
    waterfall.pushGap(0);
    waterfall.push(1, [5, 6]);
    waterfall.pushGap(2);
    waterfall.pushGap(3);
    expect([waterfall.length, waterfall.timeAt(0)]).toEqual([2, 2]);
    expect(waterfall.range).toEqual({ low: 5, high: 6 });
  });

  it("begins anew with rows of another length, and keeps the peaks of long ones", () => {
    const waterfall = new Waterfall(2);
    waterfall.push(0, [1, 2, 3]);
    const long = new Float64Array(100_000);
    long[77_777] = 5;
    waterfall.push(1, long);
    expect([waterfall.length, waterfall.columns]).toEqual([1, 1024]);
    expect(waterfall.range).toEqual({ low: 0, high: 5 });
  });
});
