import type { JSX } from "preact";
import { Age } from "../live/freshness.tsx";
import { useLive } from "../live/use-live.ts";
import { useObject } from "../object/context.ts";
import { lineOf } from "../object/texts.ts";
import { useNow } from "../observing.ts";
import { dateTime } from "../parts/times.ts";
import { historyIn } from "./model.ts";

/** Records that are asked for. */
const LINES = 50;

/** What was done to a model, by whom, and what came of it: the newest first. */
export function HistoryTable(): JSX.Element {
  const { target } = useObject();
  const source = { object: target.object, kind: "answer", member: "history", args: [0, LINES] };
  const live = useLive(source as typeof source & { readonly kind: "answer" });
  const now = useNow(1_000);
  const lines = historyIn(live.sample?.value);
  const isStale = live.freshness.name === "stale";
  return (
    <div class={isStale ? "stale" : undefined}>
      <h3>What was done</h3>
      {isStale && <Age live={live} now={now} />}
      {live.sample && lines.length === 0 && <p class="muted">nothing yet</p>}
      {lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <section class="scrolling model-history" tabIndex={0} aria-label="What was done">
          <table>
            <thead>
              <tr>
                {["When", "Version", "What", "By", "Outcome"].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map(({ at, what, version, operation, args, who, outcome }, i) => (
                <tr key={`${at} ${version} ${operation} ${lines.length - i}`} class={what}>
                  <td>
                    <time dateTime={at} title={at}>
                      {dateTime(Date.parse(at), now)}:{at.slice(17, 23)}
                    </time>
                  </td>
                  <td>{version}</td>
                  <td>
                    <code>
                      {operation}
                      {argumentsText(args)}
                    </code>
                  </td>
                  <td>
                    {who.identity} {who.proved && <span class="badge">proved</span>}
                  </td>
                  <td>
                    {what}
                    {outcome !== null && outcome !== undefined && `: ${lineOf(outcome, 60)}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}

function argumentsText(args: unknown): string {
  return Array.isArray(args) ? `(${args.map((arg) => lineOf(arg, 40)).join(", ")})` : "";
}
