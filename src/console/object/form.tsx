import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import {
  argumentsFrom,
  type CallArguments,
  type Entries,
  type Field as FieldOf,
  type FormSpec,
  type Problems,
} from "../forms/fields.ts";
import type { Entry } from "../forms/reading.ts";
import { Field } from "./field.tsx";

const NO_PROBLEMS: Problems = new Map();
const EMPTY: Entry = { kind: "auto", text: "" };

/** What was entered into a form, what it means, and what is wrong with it. */
export interface FormState {
  readonly spec: FormSpec;
  readonly entries: Entries;
  readonly problems: Problems;
  readonly change: (entries: Entries) => void;
  /** What it calls with; undefined where something is wrong. */
  readonly read: () => CallArguments | undefined;
  /** The same, and says at the fields what is wrong. */
  readonly check: () => CallArguments | undefined;
}

export function useForm(spec: FormSpec): FormState {
  const [entries, setEntries] = useState<Entries>(() => emptyEntries(spec));
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const outcome = () => argumentsFrom(spec, entries);
  return {
    spec,
    entries,
    problems,
    change(next) {
      setEntries(next);
      // Once it was told what is wrong, it goes away as soon as it is right.
      if (problems.size > 0) {
        const read = argumentsFrom(spec, next);
        setProblems("problems" in read ? read.problems : NO_PROBLEMS);
      }
    },
    read() {
      const read = outcome();
      return "call" in read ? read.call : undefined;
    },
    check() {
      const read = outcome();
      setProblems("problems" in read ? read.problems : NO_PROBLEMS);
      return "call" in read ? read.call : undefined;
    },
  };
}

function emptyEntries({ fields, unknown }: FormSpec): Entries {
  return {
    fields: new Map(fields.map(({ key, kind }) => [key, { kind, text: "" }])),
    // One to begin with where nothing is known; left empty it is none.
    more: unknown ? [EMPTY] : [],
    named: [],
  };
}

/** The names of files, by the bytes that were read of them. */
export function filesOf({ fields, more, named }: Entries): ReadonlyMap<Uint8Array, string> {
  const all = [...fields.values(), ...more, ...named.map(({ entry }) => entry)];
  return new Map(all.flatMap(({ file }) => (file ? [[file.bytes, file.name] as const] : [])));
}

/** The fields of a form. `id` begins the ids of its elements. */
export function FormFields({
  id,
  form,
}: {
  readonly id: string;
  readonly form: FormState;
}): JSX.Element {
  const { spec, entries, problems, change } = form;
  /** The id of what has the focus after the next drawing: what was added, or what adds, where something went. */
  const focusNext = useRef<string | undefined>(undefined);
  const focusIt = (element: HTMLElement | null) => {
    if (focusNext.current === undefined || element === null) return;
    element.querySelector<HTMLElement>(`[id="${focusNext.current}"]`)?.focus();
    focusNext.current = undefined;
  };
  const setField = ({ key }: FieldOf, entry: Entry) =>
    change({ ...entries, fields: new Map(entries.fields).set(key, entry) });
  const setMore = (more: readonly Entry[]) => change({ ...entries, more });
  const setNamed = (named: Entries["named"]) => change({ ...entries, named });
  return (
    <div class="fields" ref={focusIt}>
      {spec.fields.map((field) => (
        <Field
          key={field.key}
          id={`${id}-${field.key}`}
          label={field.label}
          type={field.type}
          default={field.default}
          required={field.required}
          entry={entries.fields.get(field.key) ?? { kind: field.kind, text: "" }}
          problem={problems.get(field.key)}
          onChange={(entry) => setField(field, entry)}
        />
      ))}
      {entries.more.map((entry, i) => (
        <div class="further" key={i}>
          <Field
            id={`${id}-more.${i}`}
            label={spec.unknown ? `argument ${i + 1}` : `${spec.more} ${i + 1}`}
            entry={entry}
            problem={problems.get(`more.${i}`)}
            onChange={(next) => setMore(entries.more.with(i, next))}
          />
          <RemoveButton
            what={spec.unknown ? `argument ${i + 1}` : `${spec.more} ${i + 1}`}
            onClick={() => {
              focusNext.current = `${id}-add-more`;
              setMore(entries.more.toSpliced(i, 1));
            }}
          />
        </div>
      ))}
      {entries.named.map(({ name, entry }, i) => (
        <div class="further" key={i}>
          <div class="field">
            <label for={`${id}-name.${i}`}>name</label>
            <input
              id={`${id}-name.${i}`}
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={name}
              onInput={(event) =>
                setNamed(entries.named.with(i, { name: event.currentTarget.value, entry }))
              }
            />
          </div>
          <Field
            id={`${id}-named.${i}`}
            label={name === "" ? "its value" : name}
            entry={entry}
            problem={problems.get(`named.${i}`)}
            onChange={(next) => setNamed(entries.named.with(i, { name, entry: next }))}
          />
          <RemoveButton
            what={name === "" ? "the argument without a name" : name}
            onClick={() => {
              focusNext.current = `${id}-add-named`;
              setNamed(entries.named.toSpliced(i, 1));
            }}
          />
        </div>
      ))}
      <p class="add">
        {spec.more !== undefined && (
          <button
            id={`${id}-add-more`}
            type="button"
            class="quiet"
            onClick={() => {
              focusNext.current = `${id}-more.${entries.more.length}`;
              setMore([...entries.more, EMPTY]);
            }}
          >
            + {spec.unknown ? "argument" : spec.more}
          </button>
        )}
        {spec.named && (
          <button
            id={`${id}-add-named`}
            type="button"
            class="quiet"
            onClick={() => {
              focusNext.current = `${id}-name.${entries.named.length}`;
              setNamed([...entries.named, { name: "", entry: EMPTY }]);
            }}
          >
            + argument by name
          </button>
        )}
      </p>
    </div>
  );
}

function RemoveButton({
  what,
  onClick,
}: {
  readonly what: string;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`remove ${what}`}
      title={`remove ${what}`}
      onClick={onClick}
    >
      ×
    </button>
  );
}
