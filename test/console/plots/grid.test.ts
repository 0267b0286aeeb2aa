import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridOf } from "../../../src/console/plots/grid.ts";
import { Series } from "../../../src/console/plots/series.ts";

type Samples = readonly (readonly [time: number, value: number])[];

function seriesOf(samples: Samples): Series {
  const series = new Series(10_000);
  for (const [time, value] of samples) series.push(time, value);
  return series;
}

/** What is drawn inside the edges: times in milliseconds, and values; of the samples that are there. */
function drawn(samples: Samples, span: { from: number; to: number }, columns: number) {
  const grid = gridOf([seriesOf(samples)], span, columns, 0);
  return grid.times
    .map((time, i) => [time * 1000, grid.values[0]?.[i]] as const)
    .slice(1, -1)
    .filter(([, value]) => value !== undefined);
}

describe("gridOf", () => {
  it("keeps the least and the greatest of each column, so that a peak of one sample is seen", () => {
    const quiet = Array.from({ length: 10_000 }, (_, i) => [i, 0] as [number, number]);
    const samples = quiet.with(5_003, [5_003, 1]).with(7_777, [7_777, -1]);
    const values = drawn(samples, { from: 0, to: 10_000 }, 100).map(([, value]) => value);
    expect(Math.max(...(values as number[]))).toBe(1);
    expect(Math.min(...(values as number[]))).toBe(-1);
    expect(values).toHaveLength(200);
  });

  it("draws them in the order in which they were, within a quarter of a column of their time", () => {
    const span = { from: 0, to: 100 };
    expect(
      drawn(
        [
          [3, 5],
          [7, 1],
          [52, 2],
          [58, 9],
        ],
        span,
        10,
      ),
    ).toEqual([
      [3.75, 5],
      [6.25, 1],
      [53.75, 2],
      [56.25, 9],
    ]);
    expect(drawn([[1, 7]], span, 10)).toEqual([[3.75, 7]]);
    expect(drawn([[9, 7]], span, 10)).toEqual([[6.25, 7]]);
  });

  it("shows what no column of samples lacks: each extreme is a sample, each sample is within them", () => {
    const sample = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer());
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 300 }), (steps) => {
        let to = 1;
        const samples = steps.map(([step, value]) => {
          to += step;
          return [to - 1, value] as const;
        });
        const seen = drawn(samples, { from: 0, to }, 7);
        for (let column = 0; column < 7; column++) {
          const within = ([at]: readonly [number, unknown]) =>
            Math.min(Math.floor((at * 7) / to), 6) === column;
          const values = samples.filter(within).map(([, value]) => value);
          const shown = seen.filter(within).map(([, value]) => value as number);
          if (values.length === 0) expect(shown).toEqual([]);
          else {
            expect(Math.min(...shown)).toBe(Math.min(...values));
            expect(Math.max(...shown)).toBe(Math.max(...values));
          }
        }
      }),
    );
  });

  it("ends the line where nothing was known", () => {
    const samples: Samples = [
      [5, 1],
      [15, 2],
      [18, Number.NaN],
      [55, Number.NaN],
      [65, 3],
    ];
    expect(drawn(samples, { from: 0, to: 100 }, 10).map(([, value]) => value)).toEqual([
      ...[1, 2, null],
      ...[null, null],
      3,
    ]);
  });

  it("lets lines go to the edges, with the slope that they have", () => {
    const { times, values } = gridOf(
      [
        seriesOf([
          [0, 0],
          [100, 10],
        ]),
      ],
      { from: 20, to: 70 },
      10,
      0,
    );
    expect([times[0], times.at(-1)]).toEqual([0.02, 0.07]);
    expect([values[0]?.[0], values[0]?.at(-1)]).toEqual([2, 7]);
    const gap = gridOf(
      [
        seriesOf([
          [0, 0],
          [1, Number.NaN],
          [50, 1],
        ]),
      ],
      { from: 20, to: 70 },
      10,
      0,
    );
    expect([gap.values[0]?.[0], gap.values[0]?.at(-1)]).toEqual([null, undefined]);
  });

  it("draws what holds until now, and no further", () => {
    const series = new Series(10, true);
    series.push(0, 5);
    series.push(50, 7);
    const shown = (from: number, to: number, now: number) => {
      const { times, values } = gridOf([series], { from, to }, 10, now);
      const drawn = times.map((time, i) => [time * 1000, values[0]?.[i]] as const);
      return drawn.filter(([, value]) => value !== undefined);
    };
    expect(shown(20, 70, 70)).toEqual([
      [20, 5],
      [expect.closeTo(50, -1), 7],
      [70, 7],
    ]);
    expect(shown(60, 160, 110).map(([, value]) => value)).toEqual([7]);
    expect(shown(60, 70, 90)).toEqual([
      [60, 7],
      [70, 7],
    ]);
    expect(shown(200, 300, 90)).toEqual([]);
    series.pushGap(80);
    expect(shown(60, 160, 160).map(([, value]) => value)).toEqual([7, null, null]);
  });

  it("puts series with times of their own on one axis, in ascending order, in the memory of the last time", () => {
    const all = [
      seriesOf([
        [1, 1],
        [9, 2],
      ]),
      seriesOf([[5, 3]]),
    ];
    const first = gridOf(all, { from: 0, to: 10 }, 4, 0);
    const again = gridOf(all, { from: 0, to: 20 }, 4, 0, first);
    expect(again).toBe(first);
    expect(again.times).toEqual([...again.times].sort((a, b) => a - b));
    expect(again.values.map((row) => row.filter((value) => value !== undefined))).toEqual([
      [1, 2],
      [3],
    ]);
  });
});
