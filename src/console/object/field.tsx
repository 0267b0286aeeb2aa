import type { JSX, TargetedInputEvent, TargetedKeyboardEvent } from "preact";
import { type Entry, type EntryKind, isEmpty, KINDS, readEntry } from "../forms/reading.ts";
import { sizeText } from "../results/hex.ts";
import { shortText } from "../results/text.ts";

export interface FieldProps {
  /** Of the element; no other of the page has it. */
  readonly id: string;
  readonly label: string;
  /** What it takes, as the object tells it. */
  readonly type?: string | undefined;
  /** What the object takes where it is left empty. */
  readonly default?: string | undefined;
  readonly required?: boolean | undefined;
  readonly entry: Entry;
  readonly problem?: string | undefined;
  readonly disabled?: boolean;
  readonly onChange: (entry: Entry) => void;
}

/** One value to enter, with a choice of what it is taken for. */
export function Field(props: FieldProps): JSX.Element {
  const { id, label, entry, problem, required, onChange } = props;
  return (
    <div class="field">
      <label for={id}>
        {label}
        {props.type !== undefined && <span class="muted">: {props.type}</span>}
        {props.default !== undefined && <span class="muted"> = {props.default}</span>}
        {props.default === undefined && required === false && (
          <span class="muted"> (optional)</span>
        )}
      </label>
      <div class="field-entry">
        <Input {...props} />
        <select
          aria-label={`what ${label} is taken for`}
          class="field-kind"
          value={entry.kind}
          disabled={props.disabled}
          onChange={(event) => {
            const kind = event.currentTarget.value as EntryKind;
            onChange({ kind, text: kind === "none" ? "" : entry.text });
          }}
        >
          {KINDS.map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {problem !== undefined ? (
        <p id={`${id}-problem`} class="problem">
          {problem}
        </p>
      ) : (
        <p id={`${id}-taken`} class="muted taken">
          {takenFor(entry)}
        </p>
      )}
    </div>
  );
}

/** What an entry is taken for, where it does not say so itself. */
function takenFor(entry: Entry): string {
  if (entry.kind === "file") return entry.file ? sizeText(entry.file.bytes.byteLength) : "";
  if (isEmpty(entry) || !["auto", "literal", "date", "hex"].includes(entry.kind)) return "";
  const read = readEntry(entry);
  return "value" in read ? `${kindName(read.value)} ${shortText(read.value)}` : "";
}

function kindName(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "object") {
    if (Array.isArray(value)) return value.constructor === Array ? "list" : "tuple";
    if (value instanceof Uint8Array) return "bytes";
    if (value instanceof Set) return "set";
    if (value instanceof Date || value.constructor.name === "PlainDate") return "date";
    return value.constructor === Object || value instanceof Map ? "dict" : "number";
  }
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "" : "number";
}

function Input({ id, entry, problem, required, disabled, onChange }: FieldProps): JSX.Element {
  const common = {
    id,
    disabled,
    "aria-invalid": problem !== undefined,
    "aria-required": required === true,
    "aria-describedby": problem === undefined ? `${id}-taken` : `${id}-problem`,
  } as const;
  const { kind, text } = entry;
  const typed = (event: TargetedInputEvent<HTMLInputElement | HTMLTextAreaElement>) =>
    onChange({ kind, text: event.currentTarget.value });
  switch (kind) {
    case "boolean":
      return (
        <select
          {...common}
          value={text.toLowerCase()}
          onChange={(event) => onChange({ kind, text: event.currentTarget.value })}
        >
          <option value="">—</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      );
    case "file":
      return (
        <input
          {...common}
          type="file"
          onChange={async (event) => {
            const file = event.currentTarget.files?.[0];
            if (file === undefined) return onChange({ kind, text: "" });
            const bytes = new Uint8Array(await file.arrayBuffer());
            onChange({ kind, text: "", file: { name: file.name, bytes } });
          }}
        />
      );
    case "none":
      return <input {...common} value="None" readOnly />;
    case "text":
    case "literal":
      return (
        <textarea
          {...common}
          rows={1}
          spellcheck={false}
          value={text}
          onInput={typed}
          onKeyDown={submitOnEnter}
        />
      );
    default:
      return (
        <input
          {...common}
          type="text"
          inputMode={kind === "number" ? "decimal" : "text"}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          placeholder={kind === "date" ? "2026-11-21 08:30" : kind === "hex" ? "01 ff 0a" : ""}
          onInput={typed}
        />
      );
  }
}

/** As in a field of one line; with Shift it begins another. */
function submitOnEnter(event: TargetedKeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}
