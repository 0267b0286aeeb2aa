import type { JSX } from "preact";
import { clockTime, howLong } from "../parts/times.ts";

/** How long an act took: `12 ms`, `1.2 s`, `3 min`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(1, Math.round(ms))} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : howLong(ms);
}

/** A time of day, to be read by machines too. */
export function Clock({ time }: { readonly time: number }): JSX.Element {
  return <time dateTime={new Date(time).toISOString()}>{clockTime(time)}</time>;
}
