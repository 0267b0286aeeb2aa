import type { JSX } from "preact";
import { csvPieces } from "./csv.ts";
import type { Recording } from "./recording.ts";
import { saveCsv } from "./save.ts";
import { EVERYTHING } from "./series.ts";
import { paused, resumed, SPAN_MS, type View, zoomedBy } from "./view.ts";

export interface ToolbarProps {
  /** Of the plot. */
  readonly title: string;
  readonly view: View;
  readonly setView: (change: (view: View) => View) => void;
  readonly recordings: readonly Recording[];
  readonly remove: () => void;
}

/** What can be done with a plot. */
export function Toolbar({ title, view, setView, recordings, remove }: ToolbarProps): JSX.Element {
  const columns = recordings.flatMap((recording) => {
    const { recorded, name, unit } = recording;
    if (recorded.name !== "numbers") return [];
    return [{ name: unit === undefined ? name : `${name} (${unit})`, series: recorded.series }];
  });
  const isHeld = view.name === "held";
  const isZoomed = isHeld && view.zoomed;
  const save = () => {
    const wanted = isZoomed ? view.span : EVERYTHING;
    saveCsv(csvPieces(columns, wanted), columns[0]?.name ?? "plot");
  };
  return (
    <div class="tools">
      <button
        type="button"
        aria-pressed={isHeld}
        onClick={() =>
          setView((now) => (now.name === "held" ? resumed(now) : paused(now, Date.now())))
        }
      >
        {isHeld ? "Go on" : "Pause"}
      </button>
      <button
        type="button"
        aria-label="Zoom in"
        onClick={() => setView((now) => zoomedBy(now, 0.5))}
      >
        +
      </button>
      <button
        type="button"
        aria-label="Zoom out"
        onClick={() => setView((now) => zoomedBy(now, 2))}
      >
        −
      </button>
      <button type="button" onClick={() => setView(() => ({ name: "following", spanMs: SPAN_MS }))}>
        Reset
      </button>
      <button type="button" disabled={columns.length === 0} onClick={save}>
        {isZoomed ? "Save what is shown as CSV" : "Save as CSV"}
      </button>
      <button type="button" aria-label={`Remove ${title}`} onClick={remove}>
        Remove
      </button>
    </div>
  );
}
