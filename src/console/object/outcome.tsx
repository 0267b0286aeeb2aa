import type { JSX } from "preact";
import { useObservable } from "../observing.ts";
import { countText } from "./acts.ts";
import { ArrayValue } from "./array.tsx";
import { Failure } from "./failure.tsx";
import type { ItemsView } from "./items.ts";
import type { Run, RunState } from "./run.ts";
import { lineOf } from "./texts.ts";
import { Clock, durationText } from "./times.tsx";
import { Value } from "./value.tsx";

export interface OutcomeProps {
  readonly run: Run;
  readonly member: string;
  /** Nobody answers it. */
  readonly oneway: boolean;
}

/** How the last act with a member went, while it goes on and after. */
export function Outcome({ run, member, oneway }: OutcomeProps): JSX.Element {
  const state = useObservable(run.state);
  return (
    <div class={`outcome ${state.name}`}>
      {/* Read out as it changes: short, and there before there is anything in it. */}
      <p role="status" class="outcome-head">
        {headline(state, oneway)}
        {/* It is as old as that, whatever became of the object since. */}
        {"at" in state && (
          <span class="muted">
            {" "}
            at <Clock time={state.at} />
          </span>
        )}
        {/* What follows says it better to who sees it. */}
        {state.name === "done" && !oneway && <span class="unseen">: {lineOf(state.value)}</span>}
      </p>
      <Shown state={state} run={run} member={member} oneway={oneway} />
    </div>
  );
}

function headline(state: RunState, oneway: boolean): string {
  switch (state.name) {
    case "idle":
      return "";
    case "running":
      return "running …";
    case "streaming":
      return state.paused ? "paused" : "streaming …";
    case "done":
      return oneway ? "sent; nobody answers it" : `done in ${durationText(state.ms)}`;
    case "ended":
      return `ended after ${countText(state.items.count)} in ${durationText(state.ms)}`;
    case "failed":
      return `failed after ${durationText(state.ms)}`;
    case "stopped":
      return state.items
        ? `stopped after ${countText(state.items.count)}`
        : "stopped waiting; it may still run there";
  }
}

function Shown({
  state,
  run,
  member,
  oneway,
}: OutcomeProps & { readonly state: RunState }): JSX.Element | null {
  switch (state.name) {
    case "done":
      return oneway ? null : <Value value={state.value} name={member} />;
    case "failed":
      return (
        <>
          <Failure error={state.error} />
          {state.items && <StreamItems items={state.items} member={member} />}
        </>
      );
    case "streaming":
      return (
        <>
          <p class="stream-controls">
            <span class="count">{countText(state.items.count)}</span>{" "}
            <button type="button" onClick={() => (state.paused ? run.resume() : run.pause())}>
              {state.paused ? "Go on" : "Pause"}
            </button>
          </p>
          <StreamItems items={state.items} member={member} />
        </>
      );
    case "ended":
      return <StreamItems items={state.items} member={member} />;
    case "stopped":
      return state.items ? <StreamItems items={state.items} member={member} /> : null;
    default:
      return null;
  }
}

/** The last items: numbers as a line, rows of numbers as a waterfall, anything else one below the other. */
function StreamItems({
  items,
  member,
}: {
  readonly items: ItemsView;
  readonly member: string;
}): JSX.Element | null {
  const { numbers, rows, last, count } = items;
  if (count === 0) return null;
  if (numbers && numbers.length > 1) {
    const array = { shape: [numbers.length], values: numbers };
    return <ArrayValue array={array} views={["line", "numbers"]} name={member} />;
  }
  const length = rows?.[0]?.length ?? 0;
  if (rows && rows.length > 1 && length > 1) {
    const values = new Float64Array(rows.length * length);
    rows.forEach((row, i) => {
      values.set(row, i * length);
    });
    const array = { shape: [rows.length, length], values };
    return <ArrayValue array={array} views={["waterfall", "image", "numbers"]} name={member} />;
  }
  return <Newest items={last} count={count} member={member} />;
}

function Newest({
  items,
  count,
  member,
}: {
  readonly items: readonly unknown[];
  readonly count: number;
  readonly member: string;
}): JSX.Element {
  const newest = items.slice(-SHOWN).reverse();
  return (
    <ol class="items" reversed start={count}>
      {newest.map((item, i) => (
        <li key={count - i} value={count - i}>
          {i === 0 ? <Value value={item} name={member} /> : lineOf(item)}
        </li>
      ))}
    </ol>
  );
}

const SHOWN = 20;
