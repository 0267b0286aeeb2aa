import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { sampledLine } from "../results/sampling.ts";

export interface ChartProps {
  /** All of one length. */
  readonly lines: readonly { readonly label: string; readonly values: ArrayLike<number> }[];
  readonly name: string;
  readonly unit?: string | undefined;
}

/** Points that a line is drawn with, at most: more than there are pixels. */
const MOST_POINTS = 4_000;
const HEIGHT = 240;
/** Colours that can be told apart on light and on dark, also without colour vision. @see Okabe and Ito, 2008 */
const STROKES = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#8a8a8a",
  "#b3a400",
];

/** Lines over their indices; a part is looked at closer by dragging, all of it again by a double click. */
export function Chart({ lines, name, unit }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const style = getComputedStyle(element);
    const axis = {
      stroke: style.color,
      grid: { stroke: style.borderColor, width: 1 },
      ticks: { stroke: style.borderColor, width: 1 },
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        scales: { x: { time: false } },
        axes: [
          axis,
          { ...axis, size: 64, ...(unit !== undefined && { label: unit, labelSize: 20 }) },
        ],
        series: [
          { label: "index" },
          ...lines.map(({ label }, i) => ({
            label,
            stroke: STROKES[i % STROKES.length] as string,
            width: 1.5,
            spanGaps: false,
          })),
        ],
        legend: { show: lines.length > 1 || true },
        cursor: { drag: { x: true, y: false } },
      },
      dataOf(lines),
      element,
    );
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [lines, unit]);
  const [first] = lines;
  return (
    <div
      class="chart"
      ref={place}
      role="img"
      aria-label={`${name}: ${lines.length === 1 ? "a line" : `${lines.length} lines`} of ${first?.values.length ?? 0} values`}
    />
  );
}

/** On the indices that any of the lines needs; what a line has not there is left to the line between. */
function dataOf(lines: ChartProps["lines"]): uPlot.AlignedData {
  const sampled = lines.map(({ values }) => sampledLine(values, MOST_POINTS));
  const [first] = sampled;
  if (sampled.length === 1 && first) return [first.x, gaps(first.y)];
  return uPlot.join(
    sampled.map(({ x, y }) => [x, gaps(y)]),
    sampled.map(() => [1, 1]),
  );
}

/** What is no number is a gap. */
function gaps(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}
