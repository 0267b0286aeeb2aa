import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { MemberDescription } from "../../objects/description.ts";
import { valueField } from "../forms/fields.ts";
import { type Entry, readEntry } from "../forms/reading.ts";
import { Age } from "../live/freshness.tsx";
import type { Live } from "../live/live.ts";
import { drawableIn } from "../live/source.ts";
import { useLive } from "../live/use-live.ts";
import { useNow } from "../observing.ts";
import { AddToPlot } from "../plots/add-to-plot.tsx";
import type { Act } from "../snippets/act.ts";
import { givenBy, headOf } from "./acts.ts";
import { AsCode } from "./as-code.tsx";
import { useObject } from "./context.ts";
import { Field } from "./field.tsx";
import { focusProblem } from "./focus.ts";
import { cardId } from "./method.tsx";
import { Snippets } from "./snippets.tsx";
import { Value } from "./value.tsx";

export interface AttributeProps {
  readonly member: MemberDescription;
  /** Milliseconds from one reading to the next. */
  readonly periodMs: number;
}

/** An attribute: its value with its age, and what it can be set to. */
export function Attribute({ member, periodMs }: AttributeProps): JSX.Element {
  const { name, doc, readonly } = member;
  const { object } = useObject().target;
  const value = useLive({ object, kind: "attribute", member: name, periodMs });
  return (
    <div class={`card attribute ${readonly ? "read-only" : ""}`} id={cardId(name)}>
      <div class="attribute-head">
        <h3>
          <code>{name}</code>
        </h3>
        {readonly && <span class="badge">read only</span>}
        {doc !== undefined && <span class="muted summary-doc">{doc}</span>}
      </div>
      <LiveValue value={value} name={name} />
      <div class="attribute-acts">
        {readonly ? (
          <AsCode>{() => <Reading name={name} known={value.sample?.value} />}</AsCode>
        ) : (
          <AttributeActs name={name} known={value.sample?.value} />
        )}
      </div>
    </div>
  );
}

/** A value that is believed, or grey with since when and why it is not. */
function LiveValue({ value, name }: { readonly value: Live; readonly name: string }): JSX.Element {
  const { isThere } = useObject();
  const now = useNow(1_000);
  const { sample, freshness } = value;
  const isStale = freshness.name === "stale" || !isThere;
  return (
    <div class={isStale ? "live-value stale" : "live-value"}>
      {sample === undefined ? (
        <p class="muted value">{freshness.name === "waiting" ? "…" : "not known"}</p>
      ) : (
        <Value value={sample.value} name={name} />
      )}
      <p class="age muted">
        <Age live={value} now={now} /> {sample && <Plottable name={name} value={sample.value} />}
      </p>
    </div>
  );
}

/** What of a value can be followed on a plot; of many parts the first few. */
function Plottable({
  name,
  value,
}: {
  readonly name: string;
  readonly value: unknown;
}): JSX.Element {
  const { target } = useObject();
  const source = { object: target.object, kind: "attribute", member: name } as const;
  return (
    <>
      {drawableIn(value)
        .slice(0, MOST_PARTS)
        .map((path) => {
          const part = path.join(".");
          return (
            <span key={part} class="part">
              {part} <AddToPlot source={path.length > 0 ? { ...source, path } : source} />
            </span>
          );
        })}
    </>
  );
}

const MOST_PARTS = 4;

/** What it is to be set to, the way to set it, and both acts as code. */
function AttributeActs({
  name,
  known,
}: {
  readonly name: string;
  readonly known: unknown;
}): JSX.Element {
  const { acts, proxy, isThere } = useObject();
  const field = useMemo(() => valueField(name, known), [name, typeof known]);
  const [entry, setEntry] = useState<Entry>();
  const [problem, setProblem] = useState<string>();
  const [said, setSaid] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const shown = entry ?? { kind: field.kind, text: "" };
  const complain = (text: string) => {
    setProblem(text);
    focusProblem(form.current);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isThere) return;
    const read = readEntry(shown);
    if ("problem" in read) return complain(read.problem);
    setProblem(undefined);
    setSaid("");
    const ended = await acts.start(proxy, setting(name, read.value, shown));
    if (ended.name === "failed") complain(headOf(ended.error));
    else setSaid("set");
  };
  return (
    <>
      <form class="setting" ref={form} noValidate aria-label={`set ${name}`} onSubmit={submit}>
        <Field
          id={`${cardId(name)}-set`}
          label={`set ${name} to`}
          entry={shown}
          problem={problem}
          onChange={(next) => {
            setEntry(next);
            setProblem(undefined);
            setSaid("");
          }}
        />
        <button type="submit" disabled={!isThere}>
          Set
        </button>
        <span role="status">{said}</span>
      </form>
      <AsCode>
        {() => {
          const read = readEntry(shown);
          return (
            <>
              <Reading name={name} known={known} />
              {"value" in read && entry && (
                <Snippets act={setting(name, read.value, shown)} what={`setting ${name}`} />
              )}
            </>
          );
        }}
      </AsCode>
    </>
  );
}

function setting(member: string, value: unknown, { file }: Entry): Act {
  const files = file && new Map([[file.bytes, file.name]]);
  return { kind: "set", member, args: [value], kwargs: {}, files };
}

function Reading({ name, known }: { readonly name: string; readonly known: unknown }): JSX.Element {
  const act: Act = { kind: "get", member: name, args: [], kwargs: {}, gives: givenBy(known) };
  return <Snippets act={act} what={`reading ${name}`} />;
}
