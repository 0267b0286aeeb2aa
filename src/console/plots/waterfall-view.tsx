import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { clockTime } from "../parts/times.ts";
import { colourOf } from "./colours.ts";
import { shortNumber } from "./numbers.ts";
import type { Waterfall } from "./waterfall.ts";

export interface WaterfallProps {
  readonly waterfall: Waterfall;
  /** What it is painted anew for: another value with each change. */
  readonly painted: unknown;
  readonly name: string;
  readonly unit?: string | undefined;
}

/** Rows of numbers as colours, the newest at the top. */
export function WaterfallView({ waterfall, painted, name, unit }: WaterfallProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context || waterfall.columns === 0) return;
    const { width, height, pixels } = waterfall.paint();
    element.width = width;
    element.height = height;
    context.putImageData(new ImageData(pixels, width, height), 0, 0);
    // Grey is a gap; what has not come yet is not there.
    const filled = Math.ceil((waterfall.length * height) / waterfall.rows);
    context.clearRect(0, filled, width, height - filled);
  }, [waterfall, painted]);
  const { label, times, range } = useMemo(
    () => wordsOf(waterfall, name, unit),
    [waterfall, painted, name, unit],
  );
  return (
    <figure class="waterfall">
      <canvas ref={canvas} role="img" aria-label={label} />
      <figcaption>
        <span>{times}</span>
        <ColourScale />
        <span>{range}</span>
      </figcaption>
    </figure>
  );
}

/** Said when it is painted, so that words and picture are of the same moment. */
function wordsOf(waterfall: Waterfall, name: string, unit: string | undefined) {
  const { length, columns } = waterfall;
  const { low, high } = waterfall.range;
  const suffix = unit === undefined ? "" : ` ${unit}`;
  const range = `${shortNumber(low)} to ${shortNumber(high)}${suffix}`;
  const label = `${name}: the last ${length} rows of ${columns} values, ${range}`;
  const clock = (age: number) => (length > 0 ? clockTime(waterfall.timeAt(age)) : "");
  return { label, range, times: `${clock(0)} at the top, ${clock(length - 1)} below` };
}

function ColourScale(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    for (let i = 0; i < WIDTH; i++) {
      context.fillStyle = colourOf(i / (WIDTH - 1));
      context.fillRect(i, 0, 1, 1);
    }
  }, []);
  return (
    <span class="colour-scale" aria-hidden="true">
      <canvas ref={canvas} width={WIDTH} height={1} />
    </span>
  );
}

const WIDTH = 64;
