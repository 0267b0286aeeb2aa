import type { JSX } from "preact";
import { Age } from "../live/freshness.tsx";
import { isDoubtful } from "../live/live.ts";
import { nameOf, type Source } from "../live/source.ts";
import { focusMain } from "../parts/focus.ts";
import { hrefOf } from "../router.ts";
import { useSession } from "../session.ts";
import { moved, type PlotLayout, removed } from "./layout.ts";
import { shortNumber } from "./numbers.ts";
import type { Recording } from "./recording.ts";
import { extentOf, lastOf, type Span } from "./series.ts";
import { Swatch } from "./swatch.tsx";

/** The part of a plot that stays as long as there is something to draw. */
const AREA = ".plot-area";

export interface LegendProps {
  readonly plot: PlotLayout;
  readonly others: readonly number[];
  readonly span: Span;
  readonly now: number;
}

/** What is drawn, in words: the picture's text alternative, too. */
export function Legend({ plot, others, span, now }: LegendProps): JSX.Element {
  const { plots } = useSession();
  let lines = 0;
  return (
    <div class="scrolling">
      <table class="legend">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Last</th>
            <th scope="col">Least</th>
            <th scope="col">Greatest</th>
            <th scope="col">Age</th>
            <th scope="col">
              <span class="unseen">Plot</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {plot.sources.map((source) => {
            const recording = plots.recordingOf(source);
            const line = recording?.recorded.name === "numbers" ? lines++ : undefined;
            return (
              <LegendRow
                key={JSON.stringify(source)}
                {...{ source, recording, line, plot, others, span, now }}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface LegendRowProps extends LegendProps {
  readonly source: Source;
  readonly recording: Recording | undefined;
  /** Which line it is; undefined for what is none. */
  readonly line: number | undefined;
}

function LegendRow({
  source,
  recording,
  line,
  plot,
  others,
  span,
  now,
}: LegendRowProps): JSX.Element {
  const name = nameOf(source);
  const live = recording?.live.value;
  return (
    <tr class={live && isDoubtful(live) ? "stale" : undefined}>
      <th scope="row">
        {line !== undefined && <Swatch line={line} />}
        <a href={hrefOf({ name: "object", object: source.object })}>{name}</a>
      </th>
      <Numbers recording={recording} span={span} />
      <td class="since">{live && <Age live={live} now={now} />}</td>
      <td class="tools">
        <PlotChoice source={source} plot={plot} others={others} />
      </td>
    </tr>
  );
}

interface NumbersProps {
  readonly recording: Recording | undefined;
  readonly span: Span;
}

function Numbers({ recording, span }: NumbersProps): JSX.Element {
  const recorded = recording?.recorded ?? { name: "nothing" };
  if (recorded.name === "numbers") {
    const { min, max } = extentOf(recorded.series, span);
    const unit = recording?.unit === undefined ? "" : ` ${recording.unit}`;
    return (
      <>
        <td>
          {shortNumber(lastOf(recorded.series))}
          {unit}
        </td>
        <td>{shortNumber(min)}</td>
        <td>{shortNumber(max)}</td>
      </>
    );
  }
  const text = {
    nothing: "",
    rows: recorded.name === "rows" ? `${recorded.row.length} values` : "",
    other: "not a number",
  }[recorded.name];
  return <td colSpan={3}>{text}</td>;
}

interface PlotChoiceProps {
  readonly source: Source;
  readonly plot: PlotLayout;
  readonly others: readonly number[];
}

/** Moves a source to another plot, or takes it off. */
function PlotChoice({ source, plot, others }: PlotChoiceProps): JSX.Element {
  const { plots } = useSession();
  const name = nameOf(source);
  const move = (to: string) => {
    const id = to === "new" ? undefined : Number(to);
    plots.change((layout) => moved(layout, source, plot.id, id));
  };
  return (
    <>
      <select
        aria-label={`Plot of ${name}`}
        value={String(plot.id)}
        onChange={(event) => move(event.currentTarget.value)}
      >
        {others.map((id) => (
          <option key={id} value={String(id)}>
            Plot {id}
          </option>
        ))}
        {plot.sources.length > 1 && <option value="new">a new plot</option>}
      </select>
      <button
        type="button"
        aria-label={`Remove ${name}`}
        onClick={(event) => {
          const area = event.currentTarget.closest(".plot")?.querySelector<HTMLElement>(AREA);
          if (area && plot.sources.length > 1) area.focus({ preventScroll: true });
          else focusMain();
          plots.change((layout) => removed(layout, source, plot.id));
        }}
      >
        ×
      </button>
    </>
  );
}
