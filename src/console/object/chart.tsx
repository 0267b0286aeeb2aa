import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ChartData, Ends } from "../plots/chart.ts";
import type { Drawn } from "../plots/grid.ts";
import { Line } from "../plots/line.tsx";
import { Swatch } from "../plots/swatch.tsx";
import { sampledLine } from "../results/sampling.ts";

export interface ChartProps {
  /** All of one length. */
  readonly lines: readonly { readonly label: string; readonly values: ArrayLike<number> }[];
  readonly name: string;
  readonly unit?: string | undefined;
}

/** Points that a line is drawn with, at most: more than there are pixels. */
const MOST_POINTS = 4_000;

/** Lines over their indices; a part is looked at closer by dragging. */
export function Chart({ lines, name, unit }: ChartProps): JSX.Element {
  const [ends, setEnds] = useState<Ends>();
  const length = lines[0]?.values.length ?? 0;
  const data = useMemo(() => dataOf(lines, ends, length), [lines, ends, length]);
  const kind = lines.length === 1 ? "a line" : `${lines.length} lines`;
  return (
    <div class="chart">
      <Line
        data={data}
        ends={ends}
        unit={unit}
        label={`${name}: ${kind} of ${length} values`}
        onChoose={setEnds}
      />
      <p class="chart-foot">
        {lines.length > 1 &&
          lines.map(({ label }, i) => (
            <span key={label}>
              <Swatch line={i} /> {label}
            </span>
          ))}
        {ends && (
          <button type="button" class="quiet" onClick={() => setEnds(undefined)}>
            Show all
          </button>
        )}
      </p>
    </div>
  );
}

/** Of what is shown, as many points as there are pixels for; on the indices that any of the lines needs. */
function dataOf(lines: ChartProps["lines"], ends: Ends | undefined, length: number): ChartData {
  const from = Math.max(0, Math.floor(ends?.from ?? 0));
  const to = Math.min(length, Math.ceil(ends?.to ?? length) + 1);
  const places = new Set<number>();
  for (const { values } of lines) {
    const part = Float64Array.from({ length: to - from }, (_, i) => values[from + i] as number);
    for (const i of sampledLine(part, MOST_POINTS).x) places.add(from + i);
  }
  const x = Float64Array.from(places).sort();
  return { x, lines: lines.map(({ values }) => drawnAt(values, x)) };
}

/** What is no number is a gap. */
function drawnAt(values: ArrayLike<number>, x: Float64Array): Drawn[] {
  return Array.from(x, (i) => {
    const value = values[i] as number;
    return Number.isFinite(value) ? value : null;
  });
}
