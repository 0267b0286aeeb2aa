import { describe, expect, it } from "vitest";
import { csvPieces, waterfallCsv } from "../../../src/console/plots/csv.ts";
import { shortNumber } from "../../../src/console/plots/numbers.ts";
import { Series } from "../../../src/console/plots/series.ts";
import { Waterfall } from "../../../src/console/plots/waterfall.ts";

const ALL = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const AT = Date.UTC(2026, 10, 21, 8, 30);

function seriesOf(samples: readonly (readonly [time: number, value: number])[]): Series {
  const series = new Series(10_000);
  for (const [time, value] of samples) series.push(AT + time, value);
  return series;
}

describe("csvPieces", () => {
  it("has a row for each time, a column for each series, and nothing where there is nothing", () => {
    const columns = [
      {
        name: "a (K)",
        series: seriesOf([
          [0, 1.5],
          [250, -2],
          [1000, 1e-7],
        ]),
      },
      {
        name: "b",
        series: seriesOf([
          [250, 7],
          [300, Number.POSITIVE_INFINITY],
        ]),
      },
    ];
    expect([...csvPieces(columns, ALL)].join("")).toBe(
      [
        "time,a (K),b\r\n",
        "2026-11-21T08:30:00.000Z,1.5,\r\n",
        "2026-11-21T08:30:00.250Z,-2,7\r\n",
        "2026-11-21T08:30:00.300Z,,Infinity\r\n",
        "2026-11-21T08:30:01.000Z,1e-7,\r\n",
      ].join(""),
    );
  });

  it("keeps to the time that was asked for, and has no rows for gaps", () => {
    const series = seriesOf([
      [0, 1],
      [10, 2],
      [20, Number.NaN],
      [30, 3],
      [40, Number.NaN],
    ]);
    const span = { from: AT + 10, to: AT + 30 };
    expect([...csvPieces([{ name: "a", series }], span)].join("").split("\r\n")).toEqual([
      "time,a",
      "2026-11-21T08:30:00.010Z,2",
      "2026-11-21T08:30:00.030Z,3",
      "",
    ]);
  });

  it.each([
    ["a comma", "read(1, 2)", '"read(1, 2)"'],
    ["a quote", 'say("x")', '"say(""x"")"'],
    ["a line break", "a\nb", '"a\nb"'],
    ["what a spreadsheet would compute", "=1+1", "'=1+1"],
  ])("quotes a name with %s", (_, name, cell) => {
    const [head] = csvPieces([{ name, series: new Series(1) }], ALL);
    expect(head).toBe(`time,${cell}\r\n`);
  });

  it("comes in pieces: an hour at ten a second is no single text", () => {
    const series = new Series();
    for (let i = 0; i < 36_000; i++) series.push(AT + i * 100, i);
    const pieces = [...csvPieces([{ name: "a", series }], ALL)];
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(32_768);
    expect(pieces.join("").split("\r\n")).toHaveLength(1 + 36_000 + 1);
  });
});

describe("waterfallCsv", () => {
  it("has a row for each row, the oldest first, and a column for each value", () => {
    const waterfall = new Waterfall(3);
    for (let i = 0; i < 4; i++) waterfall.push(AT + i, [i, i + 0.5]);
    waterfall.pushGap(AT + 10);
    expect([...waterfallCsv(waterfall)].join("").split("\r\n")).toEqual([
      "time,0,1",
      "2026-11-21T08:30:00.002Z,2,2.5",
      "2026-11-21T08:30:00.003Z,3,3.5",
      "",
    ]);
  });
});

describe("shortNumber", () => {
  it.each([
    [0, "0"],
    [21.456789, "21.4568"],
    [-0.001, "-0.001"],
    [1234567, "1234570"],
    [1.5e9, "1.5e9"],
    [-2e-7, "-2e-7"],
    [1.23456e-10, "1.2346e-10"],
    [Number.NaN, "–"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("%d", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});
