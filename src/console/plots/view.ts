import type { Span } from "./series.ts";

/** What a plot shows: the newest, as time goes by, or one stretch of time, while data goes on being gathered. */
export type View =
  | { readonly name: "following"; readonly spanMs: number }
  | {
      readonly name: "held";
      readonly span: Span;
      /** Stands still because somebody looks at a part, not because it was paused. */
      readonly zoomed: boolean;
      /** What is followed when it goes on. */
      readonly spanMs: number;
    };

export const SPAN_MS = 60_000;
/** Ten milliseconds, and ten days. */
const LEAST_MS = 10;
const MOST_MS = 864_000_000;

/** What is shown at a moment. */
export function spanOf(view: View, now: number): Span {
  return view.name === "held" ? view.span : { from: now - view.spanMs, to: now };
}

/** Stands still with what is shown at this moment. */
export function paused(view: View, now: number): View {
  if (view.name === "held") return view;
  return { name: "held", span: spanOf(view, now), zoomed: false, spanMs: view.spanMs };
}

/** Goes on with the newest. */
export function resumed({ spanMs }: View): View {
  return { name: "following", spanMs };
}

/** Shows one stretch of time. Less than ten milliseconds of it is a click, and changes nothing. */
export function zoomedTo(view: View, span: Span): View {
  if (!(span.to - span.from >= LEAST_MS)) return view;
  return { name: "held", span, zoomed: true, spanMs: view.spanMs };
}

/** Shows `factor` times as much: of the newest while it follows, about the middle while it stands still. */
export function zoomedBy(view: View, factor: number): View {
  if (view.name === "following") return { ...view, spanMs: bounded(view.spanMs * factor) };
  const { from, to } = view.span;
  const middle = (from + to) / 2;
  const half = bounded((to - from) * factor) / 2;
  return { ...view, span: { from: middle - half, to: middle + half }, zoomed: true };
}

/** Moves by a part of what is shown: negative to earlier times. What was followed stands still then. */
export function movedBy(view: View, part: number, now: number): View {
  const { from, to } = spanOf(view, now);
  const by = (to - from) * part;
  return {
    name: "held",
    span: { from: from + by, to: to + by },
    zoomed: true,
    spanMs: view.spanMs,
  };
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, LEAST_MS), MOST_MS);
}

/** The keys of a plot that has the focus. */
export const KEYS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: "Space", does: "pause, and go on" },
  { keys: "← →", does: "earlier, later" },
  { keys: "+ −", does: "less time, more time" },
  { keys: "0", does: "the newest again" },
];

/** What a key makes of a view; undefined for a key that means nothing here. */
export function afterKey(view: View, key: string, now: number): View | undefined {
  switch (key) {
    case " ":
      return view.name === "held" ? resumed(view) : paused(view, now);
    case "ArrowLeft":
      return movedBy(view, -0.25, now);
    case "ArrowRight":
      return movedBy(view, 0.25, now);
    case "+":
    case "=":
      return zoomedBy(view, 0.5);
    case "-":
      return zoomedBy(view, 2);
    case "0":
    case "Home":
    case "Escape":
      return { name: "following", spanMs: SPAN_MS };
    default:
      return undefined;
  }
}
