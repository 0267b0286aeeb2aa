import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Description } from "../../objects/description.ts";
import { Age } from "../live/freshness.tsx";
import { drawableIn, partOf, type Source } from "../live/source.ts";
import { useLive } from "../live/use-live.ts";
import { headOf } from "../object/acts.ts";
import { useObject } from "../object/context.ts";
import { lineOf } from "../object/texts.ts";
import { useNow } from "../observing.ts";
import { AddToPlot } from "../plots/add-to-plot.tsx";
import { ChangeForm } from "./change-form.tsx";
import { Controllers } from "./controllers.tsx";
import { HistoryTable } from "./history-table.tsx";
import { type Change, fieldsOf, type ModelMembers, modelIn } from "./model.ts";
import { People } from "./people.tsx";
import { TickerControls } from "./ticker-controls.tsx";
import "./models.css";

/** What a live model shows beside its members; nothing for an object that is none. */
export function ModelPanel({
  description,
}: {
  readonly description: Description;
}): JSX.Element | null {
  const members = modelIn(description);
  return members === undefined ? null : <Panel members={members} />;
}

function Panel({ members }: { readonly members: ModelMembers }): JSX.Element {
  const { target, acts, proxy } = useObject();
  const { object } = target;
  const live = useLive({ object, kind: "model" });
  const now = useNow(1_000);
  const [problem, setProblem] = useState<string>();
  const change: Change = async (member, ...args) => {
    const ended = await acts.start(proxy, { kind: "call", member, args, kwargs: {} });
    const said = ended.name === "failed" ? headOf(ended.error) : undefined;
    setProblem(said);
    return said;
  };
  const state = partOf(live.sample?.value, ["state"]);
  const version = partOf(live.sample?.value, ["version"]);
  const isStale = live.freshness.name === "stale";
  return (
    <section class={isStale ? "card model stale" : "card model"} aria-labelledby="model">
      <h2 id="model">Model</h2>
      <p>
        {version !== undefined && (
          <>
            version <span class="value">{String(version)}</span>,{" "}
          </>
        )}
        <Age live={live} now={now} />
      </p>
      <State object={object} state={state} />
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {members.isTicker && <TickerControls state={state} change={change} />}
      {members.isChangeable && <ChangeForm state={state} change={change} />}
      {members.hasControllers && <Controllers change={change} />}
      <People members={members} />
      {members.hasHistory && <HistoryTable />}
    </section>
  );
}

/** The values of the state, as they are now. */
function State({
  object,
  state,
}: {
  readonly object: string;
  readonly state: unknown;
}): JSX.Element {
  if (state === undefined) return <p class="muted">Waiting for the first version …</p>;
  const drawable = new Set(drawableIn(state, 1).map(([key]) => key));
  const fields = fieldsOf(state);
  if (fields.length === 0) return <p class="value">{lineOf(state)}</p>;
  return (
    <div class="scrolling">
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Value</th>
            <th scope="col">
              <span class="unseen">Plot</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {fields.map(([key, value]) => {
            const source: Source = { object, kind: "model", path: [key] };
            return (
              <tr key={key}>
                <th scope="row">
                  <code>{key}</code>
                </th>
                <td class="value">{lineOf(value, 200)}</td>
                <td>{drawable.has(key) && <AddToPlot source={source} />}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
