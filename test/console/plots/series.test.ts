import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extentOf, lastOf, Series } from "../../../src/console/plots/series.ts";

const samplesOf = (series: Series) =>
  Array.from({ length: series.length }, (_, i) => [series.timeAt(i), series.valueAt(i)]);

function seriesOf(samples: readonly (readonly [time: number, value: number])[], capacity = 1000) {
  const series = new Series(capacity);
  for (const [time, value] of samples) series.push(time, value);
  return series;
}

/** Samples whose times are told by the steps between them. */
function timed(steps: readonly (readonly [step: number, value: number])[]): [number, number][] {
  let time = 0;
  return steps.map(([step, value]) => {
    time += step;
    return [time, value];
  });
}

describe("Series", () => {
  it("holds the newest samples, in order, in the memory that it has from the start", () => {
    const sample = fc.tuple(fc.nat(20), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        (all, n) => {
          const samples = timed(all);
          expect(samplesOf(seriesOf(samples, n))).toEqual(samples.slice(-n));
        },
      ),
    );
  });

  it("finds the first sample that is not before a time", () => {
    const times = fc.array(fc.nat(5), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, fc.nat(150), (steps, time) => {
        const samples = timed(steps.map((step) => [step, 0]));
        const series = seriesOf(samples, 20);
        const kept = samples.slice(-20).map(([t]) => t);
        const expected = kept.findIndex((t) => t >= time);
        expect(series.firstFrom(time)).toBe(expected < 0 ? kept.length : expected);
      }),
    );
  });

  it("stands still when the clock is set back", () => {
    expect(
      samplesOf(
        seriesOf([
          [5, 1],
          [3, 2],
          [6, 3],
        ]),
      ),
    ).toEqual([
      [5, 1],
      [5, 2],
      [6, 3],
    ]);
  });

  it("has one gap however often it is told, and none before the first sample", () => {
    const series = new Series(10);
    series.pushGap(1);
    series.push(2, 20);
    series.pushGap(3);
    series.pushGap(4);
    series.push(5, 21);
    expect(samplesOf(series)).toEqual([
      [2, 20],
      [3, Number.NaN],
      [5, 21],
    ]);
  });

  it("tells least and greatest of what is shown, and the newest that is known", () => {
    const series = seriesOf([
      [1, 99],
      [2, 5],
      [3, -1],
      [4, 3],
      [5, Number.NaN],
      [6, 99],
    ]);
    expect(extentOf(series, { from: 2, to: 5 })).toEqual({ min: -1, max: 5 });
    expect(extentOf(series, { from: 7, to: 9 }).min).toBeNaN();
    expect(lastOf(series)).toBe(99);
    series.pushGap(9);
    expect(lastOf(series)).toBe(99);
    expect(lastOf(new Series(1))).toBeNaN();
  });
});
