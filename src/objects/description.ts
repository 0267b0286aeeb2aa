import { ProtocolError } from "../errors.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";

/** What a caller can know of an object without calling it: names, signatures, documentation. */
export interface Description {
  readonly className?: string;
  readonly doc?: string;
  readonly members: ReadonlyMap<string, MemberDescription>;
}

/** What is known of one member of a remote object. */
export interface MemberDescription {
  readonly name: string;
  readonly kind: "method" | "attribute";
  readonly doc?: string;
  /** Absent when unknown, as for native functions; empty when there are none. Methods only. */
  readonly parameters?: readonly ParameterDescription[];
  /** The caller waits for no answer. Methods only. */
  readonly oneway: boolean;
  /** It cannot be assigned. Attributes only. */
  readonly readonly: boolean;
  /** The result is an item stream (a generator or async generator). Methods only. */
  readonly stream: boolean;
}

/** What is known of one parameter of a remote method. */
export interface ParameterDescription {
  /** For a destructured parameter a made-up name, such as `options`. */
  readonly name: string;
  readonly kind: "positional" | "rest" | "destructured";
  readonly rest: boolean;
  /** A call may leave it out. */
  readonly optional: boolean;
  /** Source text of the default, such as `1`, `"K"` or `limits.max`. */
  readonly default?: string;
  /** What it takes, as the server writes it, such as `float`. Services of MSL-Network tell it. */
  readonly type?: string;
  /** It goes by its name, and in no place: what stands behind `*` in Python. */
  readonly keywordOnly?: boolean;
  /** Value of the default when it is a literal: a number, string, boolean, null or undefined. */
  readonly defaultValue?: unknown;
  /** What a destructured parameter takes apart, such as `n` of `{ n = 3 }`; one of kind `"rest"` takes all others. */
  readonly properties?: readonly ParameterDescription[];
}

/** Longer default texts are shown as `…`: a signature is one line in a tooltip. */
const MAX_DEFAULT_CHARS = 40;

/** The signature of a method, `read(channel, gain=1, *rest)`; of an attribute, its name. */
export function signatureOf(member: MemberDescription): string {
  if (member.kind === "attribute") return member.name;
  return member.parameters === undefined
    ? `${member.name}(...)`
    : member.name + parameterList(member.parameters);
}

/** The part of a signature in parentheses, with them: `(channel, gain=1, *rest)`. */
export function parameterList(parameters: readonly ParameterDescription[]): string {
  return `(${parameters.map(parameterText).join(", ")})`;
}

function parameterText(parameter: ParameterDescription): string {
  if (parameter.kind === "rest") return `*${parameter.name}`;
  const { properties } = parameter;
  // `= {}` beside the properties says no more than they do.
  if (properties) return `{${properties.map(parameterText).join(", ")}}`;
  const text = defaultText(parameter);
  if (text !== undefined) return `${parameter.name}=${text}`;
  return parameter.optional ? `${parameter.name}?` : parameter.name;
}

function defaultText(parameter: ParameterDescription): string | undefined {
  // One spelling for strings, whatever quotes the source has.
  if (typeof parameter.defaultValue === "string")
    return shortened(JSON.stringify(parameter.defaultValue));
  return parameter.default === undefined ? undefined : shortened(parameter.default);
}

function shortened(text: string): string {
  return text.length > MAX_DEFAULT_CHARS || text.includes("\n") ? "…" : text;
}

/** As plain records of plain values, for any serializer. What is false or absent is left out. */
export function toWire(description: Description): PlainRecord {
  return compact({
    className: description.className,
    doc: description.doc,
    // A list, not a dict by name: it keeps the order, and no name can be a special key.
    members: [...description.members.values()].map(memberToWire),
  });
}

function memberToWire(member: MemberDescription): PlainRecord {
  return compact({
    name: member.name,
    kind: member.kind,
    doc: member.doc,
    parameters: member.parameters?.map(parameterToWire),
    oneway: member.oneway,
    readonly: member.readonly,
    stream: member.stream,
  });
}

function parameterToWire(parameter: ParameterDescription): PlainRecord {
  const record = compact({
    name: parameter.name,
    kind: parameter.kind,
    optional: parameter.optional,
    default: parameter.default,
    type: parameter.type,
    keywordOnly: parameter.keywordOnly,
    properties: parameter.properties?.map(parameterToWire),
  });
  // Outside compact: false is a value here. An undefined one travels as its text alone, since it would become None.
  return parameter.defaultValue === undefined
    ? record
    : { ...record, defaultValue: parameter.defaultValue };
}

function compact(record: PlainRecord): PlainRecord {
  for (const key of Object.keys(record)) {
    if (record[key] === undefined || record[key] === false) delete record[key];
  }
  return record;
}

/** A dict of the wire form, before anything is known of its fields. */
interface WireFields {
  readonly members?: unknown;
  readonly className?: unknown;
  readonly name?: unknown;
  readonly kind?: unknown;
  readonly doc?: unknown;
  readonly parameters?: unknown;
  readonly properties?: unknown;
  readonly oneway?: unknown;
  readonly readonly?: unknown;
  readonly stream?: unknown;
  readonly optional?: unknown;
  readonly default?: unknown;
  readonly type?: unknown;
  readonly keywordOnly?: unknown;
  readonly defaultValue?: unknown;
}

/**
 * Reads what `toWire` of a peer made. Fields it does not know are ignored: a later version may send more.
 * @throws {@link ProtocolError} `ERR_BAD_DESCRIPTION` when the shape is wrong; the message names the place.
 */
export function fromWire(value: unknown): Description {
  const record = recordAt(value, "description");
  const members = new Map<string, MemberDescription>();
  for (const [i, item] of listAt(record.members, "members").entries()) {
    const member = memberFromWire(item, `members[${i}]`);
    if (members.has(member.name)) throw bad(`members[${i}].name`, "a name once", member.name);
    members.set(member.name, member);
  }
  return { ...textAt(record, "className", ""), ...textAt(record, "doc", ""), members };
}

function memberFromWire(value: unknown, path: string): MemberDescription {
  const record = recordAt(value, path);
  const { kind } = record;
  if (kind !== "method" && kind !== "attribute") {
    throw bad(`${path}.kind`, `"method" or "attribute"`, kind);
  }
  const parameters = record.parameters ?? undefined;
  return {
    name: nameAt(record, path),
    kind,
    ...textAt(record, "doc", path),
    ...(parameters !== undefined && {
      parameters: listAt(parameters, `${path}.parameters`).map((item, i) =>
        parameterFromWire(item, `${path}.parameters[${i}]`),
      ),
    }),
    oneway: flagAt(record, "oneway", path),
    readonly: flagAt(record, "readonly", path),
    stream: flagAt(record, "stream", path),
  };
}

function parameterFromWire(value: unknown, path: string, nested = false): ParameterDescription {
  const record = recordAt(value, path);
  const { kind } = record;
  if (kind !== "positional" && kind !== "rest" && kind !== "destructured") {
    throw bad(`${path}.kind`, `"positional", "rest" or "destructured"`, kind);
  }
  // Properties have none of their own, so nothing a peer sends makes this recurse further.
  const properties = nested ? undefined : (record.properties ?? undefined);
  return {
    name: nameAt(record, path),
    kind,
    rest: kind === "rest",
    optional: flagAt(record, "optional", path),
    ...textAt(record, "default", path),
    ...textAt(record, "type", path),
    ...(flagAt(record, "keywordOnly", path) && { keywordOnly: true }),
    ...defaultValueAt(record, path),
    ...(properties !== undefined && {
      properties: listAt(properties, `${path}.properties`).map((item, i) =>
        parameterFromWire(item, `${path}.properties[${i}]`, true),
      ),
    }),
  };
}

function defaultValueAt(record: WireFields, path: string): { defaultValue?: unknown } {
  if (!Object.hasOwn(record, "defaultValue")) {
    return record.default === "undefined" ? { defaultValue: undefined } : {};
  }
  const { defaultValue } = record;
  // bigint: how an integer above 2^53 arrives.
  const plain = ["number", "string", "boolean", "bigint"].includes(typeof defaultValue);
  if (!plain && defaultValue !== null) {
    throw bad(`${path}.defaultValue`, "a number, string, boolean or None", defaultValue);
  }
  return { defaultValue };
}

function recordAt(value: unknown, path: string): WireFields {
  if (typeof value === "object" && value !== null && isPlainRecord(value)) return value;
  throw bad(path, "a dict", value);
}

function listAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw bad(path, "a list", value);
}

function nameAt(record: WireFields, path: string): string {
  const { name } = record;
  if (typeof name === "string" && name !== "") return name;
  throw bad(`${path}.name`, "a name", name);
}

/** `{ [key]: text }`, or nothing where the field is absent or None: optional properties must not be undefined. */
function textAt<K extends keyof WireFields>(
  record: WireFields,
  key: K,
  path: string,
): { [P in K]?: string } {
  const value = Object.hasOwn(record, key) ? (record[key] ?? undefined) : undefined;
  if (value === undefined) return {};
  if (typeof value !== "string") throw bad(path === "" ? key : `${path}.${key}`, "text", value);
  return { [key]: value } as { [P in K]?: string };
}

function flagAt(record: WireFields, key: keyof WireFields, path: string): boolean {
  const value = record[key] ?? false;
  if (typeof value === "boolean") return value;
  throw bad(`${path}.${key}`, "a boolean", value);
}

function bad(path: string, expected: string, value: unknown): ProtocolError {
  // The value itself may be large or deep; a text is cut, of anything else the type is shown.
  const got = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : typeName(value);
  return new ProtocolError(
    "ERR_BAD_DESCRIPTION",
    `The peer's description of its object is malformed at ${path}: expected ${expected}, got ${got}`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return "None";
  return Array.isArray(value) ? "a list" : typeof value;
}
