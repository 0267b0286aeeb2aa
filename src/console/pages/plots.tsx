import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useObservable } from "../observing.ts";
import { AddSource } from "../plots/add-source.tsx";
import { useDrawingTime } from "../plots/drawing-time.ts";
import { Plot } from "../plots/plot.tsx";
import { useSession } from "../session.ts";
import "../plots/plots.css";

/** What is followed, drawn over time. */
export function PlotsPage(): JSX.Element {
  const { plots } = useSession();
  const layout = useObservable(plots.layout);
  useEffect(() => plots.begin(), [plots]);
  return (
    <>
      <h1>Plots</h1>
      {layout.length === 0 && (
        <p>
          Nothing is followed yet. Choose something here, or press “+ plot” on the page of an
          object.
        </p>
      )}
      <DrawnPlots />
      <AddSource />
    </>
  );
}

/** Apart from the page, of which nothing else is drawn anew ten times a second. */
function DrawnPlots(): JSX.Element {
  const { plots } = useSession();
  const layout = useObservable(plots.layout);
  const now = useDrawingTime();
  const ids = layout.map(({ id }) => id);
  return (
    <>
      {layout.map((plot) => (
        <Plot key={plot.id} plot={plot} others={ids} now={now} />
      ))}
    </>
  );
}
