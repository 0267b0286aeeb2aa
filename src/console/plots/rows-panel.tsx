import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { waterfallCsv } from "./csv.ts";
import { Line } from "./line.tsx";
import type { Recorded, Recording } from "./recording.ts";
import { saveCsv } from "./save.ts";
import { WaterfallView } from "./waterfall-view.tsx";

type Rows = Extract<Recorded, { readonly name: "rows" }>;

export interface RowsPanelProps {
  readonly recording: Recording;
  /** Stands still: what was shown when that began stays. */
  readonly held: boolean;
}

/** A source of rows of numbers: the newest as a line, as an oscilloscope has it, or the last as a waterfall. */
export function RowsPanel({ recording, held }: RowsPanelProps): JSX.Element | null {
  const [asLine, setAsLine] = useState(false);
  const shown = useRef<Rows | undefined>(undefined);
  const { recorded, name, unit } = recording;
  if (!held && recorded.name === "rows") shown.current = recorded;
  const rows = shown.current;
  if (rows === undefined) return null;
  const save = () => saveCsv(waterfallCsv(rows.waterfall), name);
  return (
    <div class="rows">
      <div class="tools">
        <h3>{name}</h3>
        <button type="button" aria-pressed={asLine} onClick={() => setAsLine(!asLine)}>
          Newest as a line
        </button>
        <button type="button" onClick={save}>
          Save rows as CSV
        </button>
      </div>
      {asLine ? (
        <Line
          data={{ x: indices(rows.row.length), lines: [rows.row] }}
          unit={unit}
          label={`the newest row of ${name}: ${rows.row.length} values`}
        />
      ) : (
        <WaterfallView waterfall={rows.waterfall} painted={rows} name={name} unit={unit} />
      )}
    </div>
  );
}

let counted = new Float64Array(0);

/** 0, 1, 2 and so on: the same array as long as it is as long. */
function indices(length: number): Float64Array {
  if (counted.length !== length) counted = Float64Array.from({ length }, (_, i) => i);
  return counted;
}
