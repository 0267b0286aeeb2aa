import type { JSX } from "preact";
import type { Past } from "../history.ts";
import { useObservable } from "../observing.ts";
import type { Act } from "../snippets/act.ts";
import { AsCode } from "./as-code.tsx";
import { useObject } from "./context.ts";
import { Snippets } from "./snippets.tsx";
import { lineOf } from "./texts.ts";
import { Clock, durationText } from "./times.tsx";

/** What was done with the object in this session, newest first. */
export function HistoryList(): JSX.Element {
  const { acts } = useObject();
  const past = useObservable(acts.history.acts);
  if (past.length === 0) {
    return <p class="muted">What you call and set is listed here, until the page is closed.</p>;
  }
  return (
    <>
      <ol class="history">
        {past.map((one) => (
          <PastAct key={one.id} past={one} />
        ))}
      </ol>
      <p>
        <button type="button" class="quiet" onClick={() => acts.history.clear()}>
          Clear
        </button>
      </p>
    </>
  );
}

function PastAct({ past }: { readonly past: Past }): JSX.Element {
  const { acts, proxy, isThere, show } = useObject();
  const { act, at, outcome } = past;
  const text = actText(act);
  return (
    <li class={outcome.name}>
      <Clock time={at.getTime()} /> <code>{text}</code>{" "}
      {outcome.name === "running" ? (
        <span>running …</span>
      ) : (
        <span class="past-outcome">
          {outcome.name === "error" && "failed: "}
          {act.kind === "set" && outcome.name === "value" ? "set" : outcome.summary}{" "}
          <span class="muted">({durationText(outcome.ms)})</span>
        </span>
      )}{" "}
      <button
        type="button"
        class="quiet"
        disabled={!isThere}
        aria-label={`${AGAIN[act.kind]} ${text}`}
        onClick={() => {
          show(act.member);
          void acts.start(proxy, act);
        }}
      >
        {AGAIN[act.kind]}
      </button>
      <AsCode>{() => <Snippets act={act} what={text} />}</AsCode>
    </li>
  );
}

const AGAIN: Readonly<Record<Act["kind"], string>> = {
  call: "Call again",
  stream: "Start again",
  get: "Read again",
  set: "Set again",
};

/** `read(1, gain=2)`, `setpoint = 21`. */
export function actText({ kind, member, args, kwargs }: Act): string {
  const text = (value: unknown) => lineOf(value, 40);
  if (kind === "get") return member;
  if (kind === "set") return `${member} = ${text(args[0])}`;
  const named = Object.entries(kwargs).map(([name, value]) => `${name}=${text(value)}`);
  return `${member}(${[...args.map(text), ...named].join(", ")})`;
}
