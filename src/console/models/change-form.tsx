import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { valueField } from "../forms/fields.ts";
import { type Entry, readEntry } from "../forms/reading.ts";
import { useObject } from "../object/context.ts";
import { Field } from "../object/field.tsx";
import { type Change, fieldsOf } from "./model.ts";

interface ChangeFormProps {
  readonly state: unknown;
  readonly change: Change;
}

/** Sets one value of the state. Which may be set is the model's to say. */
export function ChangeForm({ state, change }: ChangeFormProps): JSX.Element | null {
  const { isThere } = useObject();
  const fields = fieldsOf(state);
  const [chosen, setChosen] = useState<string>();
  const [entry, setEntry] = useState<Entry>();
  const [problem, setProblem] = useState<string>();
  const [first] = fields;
  if (first === undefined) return null;
  const [key, known] = fields.find(([name]) => name === chosen) ?? first;
  const shown = entry ?? { kind: valueField(key, known).kind, text: "" };
  const submit = async (event: Event) => {
    event.preventDefault();
    const read = readEntry(shown);
    if ("problem" in read) return setProblem(read.problem);
    setProblem(undefined);
    const refused = await change("doModify", { [key]: read.value });
    if (refused === undefined) setEntry(undefined);
  };
  return (
    <form class="model-acts" noValidate aria-label="Change the state" onSubmit={submit}>
      <label>
        set{" "}
        <select
          value={key}
          onChange={(event) => {
            setChosen(event.currentTarget.value);
            setEntry(undefined);
          }}
        >
          {fields.map(([name]) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Field
        id="model-change"
        label={`${key} to`}
        entry={shown}
        problem={problem}
        onChange={(next) => {
          setEntry(next);
          setProblem(undefined);
        }}
      />
      <button type="submit" disabled={!isThere}>
        Change
      </button>
    </form>
  );
}
