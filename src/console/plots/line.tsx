import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Chart, ChartData, Ends, Pointed } from "./chart.ts";
import "./parts.css";

export interface LineProps {
  /** Read with each drawing; the same arrays may be written into, and given again. */
  readonly data: ChartData;
  /** Which of the lines go from one value to the next in a step; absent for none. */
  readonly steps?: readonly boolean[];
  /** What of the axis is shown; all of it where this is absent. */
  readonly ends?: Ends | undefined;
  /** The axis is of seconds since 1970. */
  readonly isTime?: boolean;
  readonly unit?: string | undefined;
  /** What it shows, for whoever does not see it. */
  readonly label: string;
  /** Somebody chose a part of the axis by dragging. */
  readonly onChoose?: (ends: Ends) => void;
  /** What the pointer is over; undefined when it has left. */
  readonly onPoint?: (at: Pointed | undefined) => void;
}

const AGAIN_MS = 2_000;

/** Lines on a canvas, drawn anew with each drawing of the component. What draws them is loaded with the first. */
export function Line(props: LineProps): JSX.Element {
  const { data, isTime = false, unit } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const count = data.lines.length;
  const steps = Array.from({ length: count }, (_, i) => props.steps?.[i] ?? false);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const { Chart } = await import("./chart.ts");
        if (gone || !place.current) return;
        const chosen = (ends: Ends) => latest.current.onChoose?.(ends);
        const pointed = (at: Pointed | undefined) => latest.current.onPoint?.(at);
        chart.current = new Chart(place.current, { steps, isTime, unit, chosen, pointed });
        chart.current.draw(latest.current.data, latest.current.ends);
      } catch {
        // The gateway went just then: it is loaded when it is back.
        if (!gone) timer = setTimeout(load, AGAIN_MS);
      }
    };
    void load();
    return () => {
      gone = true;
      clearTimeout(timer);
      chart.current?.close();
      chart.current = undefined;
    };
  }, [steps.join(), isTime, unit]);
  useEffect(() => chart.current?.draw(data, props.ends));
  return <div class="line" ref={place} role="img" aria-label={props.label} />;
}
