import type { JSX } from "preact";
import { clockTime, howLong } from "../parts/times.ts";
import type { Live } from "./live.ts";

/** How old a value is, or since when and why it is not to be believed. */
export function Age({ live, now }: { readonly live: Live; readonly now: number }): JSX.Element {
  const { sample, freshness } = live;
  if (freshness.name === "stale") {
    return (
      <span class="age stale-note">
        stale since{" "}
        <time dateTime={new Date(freshness.since).toISOString()}>{clockTime(freshness.since)}</time>
        : {freshness.reason}
      </span>
    );
  }
  if (sample === undefined || freshness.name === "waiting") {
    return <span class="age">waiting</span>;
  }
  const age = now - sample.time;
  return <span class="age">{age < 1_500 ? "now" : `${howLong(age)} ago`}</span>;
}
