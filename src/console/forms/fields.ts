import type { MemberDescription, ParameterDescription } from "../../objects/description.ts";
import { type Entry, type EntryKind, isEmpty, readEntry } from "./reading.ts";

/** One thing to fill in. */
export interface Field {
  /** How errors and entries find it; no two fields of a form have the same. */
  readonly key: string;
  readonly label: string;
  /** Where its value goes: in its place, or under its name. */
  readonly place: "position" | "name";
  /** A call must have it; undefined where that is not known. */
  readonly required: boolean | undefined;
  /** What it is taken for at first. */
  readonly kind: EntryKind;
  /** What it takes, as the object tells it. */
  readonly type?: string;
  /** Source text of what the object takes where it is left empty. */
  readonly default?: string;
}

/** What a method takes, as a form has it. */
export interface FormSpec {
  readonly fields: readonly Field[];
  /** What any number of further values is called; undefined where there can be none. */
  readonly more: string | undefined;
  /** Further arguments by any name are taken. */
  readonly named: boolean;
  /** The object did not tell its parameters. */
  readonly unknown: boolean;
}

/**
 * The form of a method, by what is known of it. Python peers tell names of methods, and nothing else.
 * @param tellsDefaults - False for servers of PyProximity, which tell parameters without what may be left out.
 */
export function formOf({ parameters }: MemberDescription, tellsDefaults = true): FormSpec {
  if (parameters === undefined) {
    return { fields: [], more: "arguments", named: true, unknown: true };
  }
  const last = parameters.at(-1);
  const fields = parameters
    .flatMap((parameter) => fieldsOf(parameter, parameter === last))
    .map((field) => (tellsDefaults || !field.required ? field : { ...field, required: undefined }));
  const others = last?.properties?.some(({ kind }) => kind === "rest") ?? false;
  const rest = parameters.find((parameter) => parameter.rest);
  return { fields, more: rest?.name, named: others, unknown: false };
}

function fieldsOf(parameter: ParameterDescription, isLast: boolean): Field[] {
  if (parameter.rest) return [];
  if (parameter.kind !== "destructured") {
    return [fieldOf(parameter, parameter.keywordOnly ? "name" : "position", parameter.name)];
  }
  // Only the last is taken apart by name; another stays what it is, a dict.
  if (isLast && parameter.properties) {
    return parameter.properties
      .filter(({ kind }) => kind !== "rest")
      .map((property) => fieldOf(property, "name", `${parameter.name}.${property.name}`));
  }
  return [{ ...fieldOf(parameter, "position", parameter.name), kind: "literal" }];
}

function fieldOf(parameter: ParameterDescription, place: Field["place"], key: string): Field {
  const { name, optional, type, keywordOnly = false } = parameter;
  const text = parameter.default;
  return {
    key,
    label: name,
    place,
    // What a dict is taken apart into may be missing in it.
    required: (place === "position" || keywordOnly) && !optional,
    kind: kindOf(parameter),
    ...(type !== undefined && { type }),
    ...(text !== undefined && text !== "undefined" && { default: text }),
  };
}

/** Where no type is told, the default shows one. */
function kindOf(parameter: ParameterDescription): EntryKind {
  const told = kindOfType(parameter.type ?? "");
  if (told !== undefined) return told;
  // Python's services tell a text, which is read as people's are.
  const value = Object.hasOwn(parameter, "defaultValue")
    ? parameter.defaultValue
    : defaultIn(parameter.default);
  switch (typeof value) {
    case "number":
    case "bigint":
      return "number";
    case "string":
      return "text";
    case "boolean":
      return "boolean";
    default:
      return "auto";
  }
}

/** The kind of a type of Python, by its name; `None` beside it changes nothing. */
function kindOfType(type: string): EntryKind | undefined {
  const name = type
    .replace(/^(['"])(.*)\1$/, "$2")
    .replace(/^(?:typing\.)?Optional\[(.*)\]$/, "$1")
    .replace(/\s*\|\s*None$/, "");
  return TYPES.find(([pattern]) => pattern.test(name))?.[1];
}

const TYPES: readonly (readonly [pattern: RegExp, kind: EntryKind])[] = [
  [/^(int|float)$/, "number"],
  [/^str$/, "text"],
  [/^bool$/, "boolean"],
  [/^(bytes|bytearray)$/, "file"],
  [/^(datetime\.)?(date|datetime)$/, "date"],
  [/^(typing\.)?(list|dict|tuple|set|sequence|mapping|iterable)\b/i, "literal"],
];

function defaultIn(text: string | undefined): unknown {
  const read = readEntry({ kind: "literal", text: text ?? "" });
  return "value" in read ? read.value : undefined;
}

/** The form of a value to set an attribute to. */
export function valueField(label: string, known?: unknown): Field {
  const kind = kindOf({
    name: label,
    kind: "positional",
    rest: false,
    optional: false,
    defaultValue: known,
  });
  return { key: "value", label, place: "position", required: true, kind };
}

/** What was filled in. */
export interface Entries {
  /** By the keys of the fields. */
  readonly fields: ReadonlyMap<string, Entry>;
  /** Further values, in order. */
  readonly more: readonly Entry[];
  /** Further values by name. */
  readonly named: readonly { readonly name: string; readonly entry: Entry }[];
}

export interface CallArguments {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** What is to be corrected, by the key of its field: `more.0` and `named.0` are the first of the further ones. */
export type Problems = ReadonlyMap<string, string>;

/**
 * What a filled-in form calls with. An empty field is left out, so that the object's default applies; what follows a
 * field that was left out goes by its name.
 */
export function argumentsFrom(
  spec: FormSpec,
  entries: Entries,
): { readonly call: CallArguments } | { readonly problems: Problems } {
  const args: unknown[] = [];
  const kwargs: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const problems = new Map<string, string>();
  const value = (key: string, entry: Entry): unknown => {
    const read = readEntry(entry);
    if ("value" in read) return read.value;
    problems.set(key, read.problem);
    return undefined;
  };
  let skipped: string | undefined;
  for (const field of spec.fields) {
    const entry = entries.fields.get(field.key) ?? { kind: field.kind, text: "" };
    // An empty text is a text only where there is no other.
    if (isEmpty(entry) && !(field.required && entry.kind === "text")) {
      if (field.required) value(field.key, entry);
      if (field.place === "position") skipped ??= field.label;
      continue;
    }
    if (field.place === "position" && skipped === undefined) args.push(value(field.key, entry));
    else kwargs[field.label] = value(field.key, entry);
  }
  withoutEmptyEnd(entries.more).forEach((entry, i) => {
    const key = `more.${i}`;
    if (skipped === undefined) args.push(value(key, entry));
    else problems.set(key, `Fill in ${skipped} first: what stands here has no name.`);
  });
  entries.named.forEach(({ name, entry }, i) => {
    const key = `named.${i}`;
    const problem = nameProblem(name, kwargs, spec);
    if (problem) problems.set(key, problem);
    else kwargs[name] = value(key, entry);
  });
  return problems.size > 0 ? { problems } : { call: { args, kwargs: { ...kwargs } } };
}

/** What was left empty at the end is nothing; before something it is a gap. */
function withoutEmptyEnd(entries: readonly Entry[]): readonly Entry[] {
  const last = entries.findLastIndex((entry) => entry.kind === "text" || !isEmpty(entry));
  return entries.slice(0, last + 1);
}

function nameProblem(
  name: string,
  kwargs: Readonly<Record<string, unknown>>,
  { fields }: FormSpec,
): string | undefined {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return "Enter a name: letters, digits and _.";
  const isTaken = Object.hasOwn(kwargs, name) || fields.some(({ label }) => label === name);
  return isTaken ? `There is another ${name}.` : undefined;
}
