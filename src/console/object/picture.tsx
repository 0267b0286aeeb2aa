import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { colourOf } from "../plots/colours.ts";
import { shortNumber } from "../plots/numbers.ts";
import { rangeOf, rasterOf, type Table } from "../plots/raster.ts";
import { ticks } from "../results/ticks.ts";

export interface PictureProps {
  readonly table: Table;
  /** As high as its pixels are wide, or as there is room. */
  readonly square: boolean;
  readonly name: string;
  readonly unit?: string | undefined;
}

/** Numbers as colours, with what the colours stand for, and the number under the pointer. */
export function Picture({ table, square, name, unit }: PictureProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<{ readonly row: number; readonly column: number }>();
  const range = useMemo(() => rangeOf(table.values), [table.values]);
  const { rows, columns } = table;
  useEffect(() => {
    const { width, height, pixels } = rasterOf(table, range);
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    element.width = width;
    element.height = height;
    context.putImageData(new ImageData(pixels, width, height), 0, 0);
  }, [table.values, rows, columns, range]);
  const value = at && table.values[at.row * columns + at.column];
  const { low, high } = range;
  const suffix = unit === undefined ? "" : ` ${unit}`;
  return (
    <figure class="picture">
      <div class="picture-frame">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${name}: ${rows} rows of ${columns} values from ${shortNumber(low)} to ${shortNumber(high)}${suffix}`}
          style={square ? squareStyle(columns / rows) : { height: "16rem" }}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const place = (part: number, count: number) =>
              Math.max(0, Math.min(count - 1, Math.floor(part * count)));
            setAt({
              row: place((event.clientY - box.top) / box.height, rows),
              column: place((event.clientX - box.left) / box.width, columns),
            });
          }}
          onPointerLeave={() => setAt(undefined)}
        />
        <ColourBar low={low} high={high} />
      </div>
      <figcaption class="muted">
        {at === undefined || value === undefined
          ? `columns 0 to ${columns - 1}, rows 0 to ${rows - 1} from the top`
          : `row ${at.row}, column ${at.column}: ${value}${suffix}`}
      </figcaption>
    </figure>
  );
}

/** As large as there is room for, but no higher than a screen. */
function squareStyle(aspect: number): { readonly [name: string]: string } {
  return { aspectRatio: `${aspect}`, maxWidth: `${28 * aspect}rem` };
}

const BAR = Array.from({ length: 17 }, (_, i) => colourOf(i / 16)).join(", ");

function ColourBar({ low, high }: { readonly low: number; readonly high: number }): JSX.Element {
  const place = (value: number) => (high > low ? (100 * (value - low)) / (high - low) : 50);
  return (
    <div class="colour-bar" aria-hidden="true">
      <div class="colours" style={{ background: `linear-gradient(to top, ${BAR})` }} />
      <div class="labels">
        {ticks(low, high, 4).map((value) => (
          <span key={value} style={{ bottom: `${place(value)}%` }}>
            {shortNumber(value)}
          </span>
        ))}
      </div>
    </div>
  );
}
