import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { type MemberDescription, signatureOf } from "../../objects/description.ts";
import { formOf } from "../forms/fields.ts";
import { useObservable } from "../observing.ts";
import { AddToPlot } from "../plots/add-to-plot.tsx";
import type { Act } from "../snippets/act.ts";
import { AsCode } from "./as-code.tsx";
import { useObject } from "./context.ts";
import { focusProblem } from "./focus.ts";
import { FormFields, type FormState, filesOf, useForm } from "./form.tsx";
import { Outcome } from "./outcome.tsx";
import { Snippets } from "./snippets.tsx";

/** The id of a member's card. */
export function cardId(member: string): string {
  return `member-${member}`;
}

/** A method: what it does, a form for its arguments, and how the last call went. */
export function Method({ member }: { readonly member: MemberDescription }): JSX.Element {
  const [opened, setOpened] = useState(false);
  const { name, doc } = member;
  const [first = ""] = (doc ?? "").trim().split("\n", 1);
  return (
    <details
      class="card method"
      id={cardId(name)}
      onToggle={(event) => event.currentTarget.open && setOpened(true)}
    >
      <summary>
        <code>{signatureOf(member)}</code> <Badges member={member} />
        {first !== "" && <span class="muted summary-doc">{first}</span>}
      </summary>
      {/* Forms of hundreds of methods that nobody opens would take their time. */}
      {opened && <Call member={member} />}
    </details>
  );
}

function Badges({ member }: { readonly member: MemberDescription }): JSX.Element {
  return (
    <>
      {member.stream && <span class="badge">streams</span>}
      {member.oneway && <span class="badge">one-way</span>}
    </>
  );
}

function Call({ member }: { readonly member: MemberDescription }): JSX.Element {
  const { name, doc, stream, oneway } = member;
  const { acts, proxy, isThere, tellsDefaults } = useObject();
  const spec = useMemo(() => formOf(member, tellsDefaults), [member, tellsDefaults]);
  const form = useForm(spec);
  const run = acts.runOf(name);
  const state = useObservable(run.state);
  const element = useRef<HTMLFormElement>(null);
  const [timeout, setTimeout] = useState("");
  const id = cardId(name);
  const isUnderWay = state.name === "running" || state.name === "streaming";
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isThere || isUnderWay) return;
    if (form.check() === undefined) focusProblem(element.current);
    const act = actOf(form, member);
    if (act) void acts.start(proxy, act, timeoutMs(timeout));
  };
  const text = (doc ?? "").trim();
  return (
    <div class="card-body">
      {text.includes("\n") && <p class="doc">{text}</p>}
      <form ref={element} noValidate aria-label={`call ${name}`} onSubmit={submit}>
        {spec.unknown && (
          <p class="muted">This object does not tell what {name} takes: fill in what it needs.</p>
        )}
        <FormFields id={id} form={form} />
        <p class="actions">
          <button type="submit" class="primary" disabled={!isThere} aria-disabled={isUnderWay}>
            {stream ? "Start" : "Call"}
          </button>
          {isUnderWay && (
            <button
              type="button"
              onClick={() => {
                // This one is about to go.
                element.current?.querySelector<HTMLElement>(".primary")?.focus();
                run.stop();
              }}
            >
              Stop
            </button>
          )}
          {!oneway && !stream && (
            <label class="timeout">
              give up after{" "}
              <input
                type="number"
                min={0}
                step="any"
                inputMode="decimal"
                placeholder="∞"
                value={timeout}
                onInput={(event) => setTimeout(event.currentTarget.value)}
              />{" "}
              s
            </label>
          )}
        </p>
      </form>
      <Outcome run={run} member={name} oneway={oneway} />
      {stream && <PlotStream form={form} member={name} />}
      <AsCode>{() => <Snippets act={actOf(form, member)} what={name} />}</AsCode>
    </div>
  );
}

/** A stream with these arguments can be followed on a plot, if a plot can remember them. */
function PlotStream({
  form,
  member,
}: {
  readonly form: FormState;
  readonly member: string;
}): JSX.Element | null {
  const { target } = useObject();
  const call = form.read();
  const isPlain = call?.args.every(
    (arg) => arg === null || ["number", "string", "boolean"].includes(typeof arg),
  );
  if (!call || !isPlain || Object.keys(call.kwargs).length > 0) return null;
  return <AddToPlot source={{ object: target.object, kind: "stream", member, args: call.args }} />;
}

function actOf(form: FormState, { name, stream }: MemberDescription): Act | undefined {
  const call = form.read();
  return (
    call && {
      kind: stream ? "stream" : "call",
      member: name,
      ...call,
      files: filesOf(form.entries),
    }
  );
}

/** Of seconds; what is no number is no limit. */
function timeoutMs(seconds: string): number {
  const value = Number(seconds);
  return value > 0 ? value * 1_000 : 0;
}
