import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { focusMain } from "../parts/focus.ts";
import { clockTime } from "../parts/times.ts";
import { useSession } from "../session.ts";
import type { Pointed } from "./chart.ts";
import { type Grid, gridOf } from "./grid.ts";
import { type PlotLayout, withoutPlot } from "./layout.ts";
import { Legend } from "./legend.tsx";
import { Line } from "./line.tsx";
import { shortNumber } from "./numbers.ts";
import { type Recording, seriesIn } from "./recording.ts";
import { RowsPanel } from "./rows-panel.tsx";
import { SampleTable } from "./sample-table.tsx";
import type { Span } from "./series.ts";
import { Toolbar } from "./toolbar.tsx";
import { afterKey, KEYS, SPAN_MS, spanOf, type View, zoomedTo } from "./view.ts";

/** Points along the axis that a line is thinned to: about a pixel each. */
const COLUMNS = 800;

export interface PlotProps {
  readonly plot: PlotLayout;
  /** The numbers of all plots, for what is moved from one to another. */
  readonly others: readonly number[];
  /** Milliseconds since 1970: what follows the newest is drawn up to here. */
  readonly now: number;
}

/** One plot: its lines over time, its rows of numbers, and what can be done with it. */
export function Plot({ plot, others, now }: PlotProps): JSX.Element {
  const { plots } = useSession();
  const [view, setView] = useState<View>({ name: "following", spanMs: SPAN_MS });
  const recordings = plot.sources
    .map((source) => plots.recordingOf(source))
    .filter((recording) => recording !== undefined);
  const span = spanOf(view, now);
  const title = `Plot ${plot.id}`;
  const onKeyDown = (event: KeyboardEvent) => {
    const { target, currentTarget, ctrlKey, metaKey, altKey } = event;
    if (target !== currentTarget || ctrlKey || metaKey || altKey) return;
    const next = afterKey(view, event.key, Date.now());
    if (next === undefined) return;
    event.preventDefault();
    setView(next);
  };
  return (
    <section class="plot" aria-labelledby={`plot-${plot.id}`}>
      <header>
        <h2 id={`plot-${plot.id}`}>{title}</h2>
        <Toolbar
          title={title}
          view={view}
          setView={setView}
          recordings={recordings}
          remove={() => {
            focusMain();
            plots.change((layout) => withoutPlot(layout, plot.id));
          }}
        />
      </header>
      {/* biome-ignore lint/a11y/useSemanticElements: what is changed by keys here has no element of its own */}
      <div
        class="plot-area"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys zoom and move it
        tabIndex={0}
        aria-label={`${title}: ${KEYS.map(({ keys, does }) => `${keys} ${does}`).join(", ")}`}
        onKeyDown={onKeyDown}
      >
        <Lines
          recordings={recordings}
          span={span}
          now={now}
          onChoose={(chosen) => setView((before) => zoomedTo(before, chosen))}
        />
      </div>
      {recordings.map(
        (recording) =>
          recording.recorded.name === "rows" && (
            <RowsPanel key={recording.name} recording={recording} held={view.name === "held"} />
          ),
      )}
      <Legend plot={plot} others={others} span={span} now={now} />
      <SampleTable recordings={recordings} span={span} />
    </section>
  );
}

interface LinesProps {
  readonly recordings: readonly Recording[];
  readonly span: Span;
  readonly now: number;
  readonly onChoose: (span: Span) => void;
}

function Lines({ recordings, span, now, onChoose }: LinesProps): JSX.Element | null {
  const grid = useRef<Grid | undefined>(undefined);
  const reading = useRef<HTMLParagraphElement>(null);
  const numbers = recordings.filter(({ recorded }) => recorded.name === "numbers");
  const series = seriesIn(numbers);
  if (series.length === 0) {
    return recordings.some(({ recorded }) => recorded.name === "nothing") ? (
      <p class="waiting">Waiting for the first value …</p>
    ) : null;
  }
  if (grid.current?.values.length !== series.length) grid.current = undefined;
  grid.current = gridOf(series, span, COLUMNS, now, grid.current);
  const units = new Set(numbers.map(({ unit }) => unit));
  return (
    <>
      <Line
        data={{ x: grid.current.times, lines: grid.current.values }}
        steps={series.map(({ holds }) => holds)}
        ends={{ from: span.from / 1000, to: span.to / 1000 }}
        isTime
        unit={units.size === 1 ? numbers[0]?.unit : undefined}
        label={`${numbers.map(({ name }) => name).join(", ")} over time; the table below has the values`}
        onChoose={({ from, to }) => onChoose({ from: from * 1000, to: to * 1000 })}
        onPoint={(at) => {
          // Written here and not drawn: each drawing of the lines tells anew what is under the pointer.
          if (reading.current) reading.current.textContent = readingAt(at, numbers);
        }}
      />
      <p class="reading" ref={reading} aria-hidden="true" />
    </>
  );
}

/** What is under the pointer. Who has none finds it in the tables. */
function readingAt(at: Pointed | undefined, recordings: readonly Recording[]): string {
  if (at === undefined) return "";
  const values = at.values.flatMap((value, line) =>
    typeof value === "number" ? [`${recordings[line]?.name} ${shortNumber(value)}`] : [],
  );
  return [clockTime(at.x * 1000), ...values].join(", ");
}
