/**
 * The tagged JSON values of the vector files (vectors/README.md, "Tagged values") as Bunsen values, and a deep
 * comparison that knows what travels: tuples apart from lists, `Map` apart from records, -0 apart from 0.
 */
import {
  Complex,
  Ellipsis,
  Float,
  FrozenSet,
  PlainDate,
  setKey,
  Tuple,
} from "../../src/values/types.ts";

// biome-ignore lint/suspicious/noExplicitAny: parsed JSON of files that we recorded ourselves
type Json = any;

/** A Python value that JavaScript has no value for: an instance, a Decimal, a naive datetime, a msgpack extension. */
export class NoCounterpart {
  /** The tag without its `$`: `class`, `decimal`, `uuid`, `datetime`, `time`, `timedelta`, `array`, `ext`, `timestamp`. */
  readonly tag: string;
  /** What stands under the tag. */
  readonly content: unknown;
  constructor(tag: string, content: unknown) {
    this.tag = tag;
    this.content = content;
  }
}

/** A tagged value as the Bunsen value that travels as it. A `$float` that looks integral becomes a `Float`. */
export function fromTagged(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromTagged);
  if ("$class" in json) return new NoCounterpart("class", json);
  const keys = Object.keys(json);
  const [tag] = keys;
  if (keys.length === 1 && tag?.startsWith("$")) return untag(tag, json[tag]);
  const record = {};
  for (const key of keys) setKey(record, key, fromTagged(json[key]));
  return record;
}

/** A Python float text, as a number: `1.5`, `nan`, `-inf`. */
export function floatText(text: string): number {
  if (text === "nan") return Number.NaN;
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  return Number(text);
}

function untag(tag: string, content: Json): unknown {
  switch (tag) {
    case "$int":
      return BigInt(content);
    case "$float": {
      const value = floatText(content);
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value;
    }
    case "$complex":
      return new Complex(floatText(content[0]), floatText(content[1]));
    case "$bytes":
    case "$bytearray":
    case "$memoryview":
      return new Uint8Array(Buffer.from(content, "hex"));
    case "$tuple":
      return Tuple.from(content.map(fromTagged));
    case "$set":
      return new Set(content.map(fromTagged));
    case "$frozenset":
      return new FrozenSet(content.map(fromTagged));
    case "$dict":
      return dict(content.map(([key, value]: Json) => [fromTagged(key), fromTagged(value)]));
    case "$utf16":
      return String.fromCharCode(...content);
    case "$ellipsis":
      return Ellipsis.value;
    case "$date": {
      const [year, month, day] = content.split("-").map(Number);
      return new PlainDate(year, month, day);
    }
    case "$datetime":
      // A Date is an instant, in milliseconds: neither naive times nor microseconds nor other zones.
      return /^[^.]*(\.\d{3}000)?\+00:00$/.test(content)
        ? new Date(content)
        : new NoCounterpart("datetime", content);
    case "$array":
      return typedArray(content[0], content[1]) ?? new NoCounterpart("array", content);
    default:
      return new NoCounterpart(tag.slice(1), content);
  }
}

/** As serializers return a dict: a record if all keys are text. */
function dict(entries: [unknown, unknown][]): unknown {
  if (!entries.every(([key]) => typeof key === "string")) return new Map(entries);
  const record = {};
  for (const [key, value] of entries) setKey(record, key as string, value);
  return record;
}

/** Not for typecode `B`, since a `Uint8Array` travels as bytes, nor `u`, which is text. */
function typedArray(typecode: string, items: Json): unknown {
  const values = Array.isArray(items) ? items.map((item) => Number(fromTagged(item))) : [];
  switch (typecode) {
    case "b":
      return Int8Array.from(values);
    case "h":
      return Int16Array.from(values);
    case "H":
      return Uint16Array.from(values);
    case "i":
      return Int32Array.from(values);
    case "I":
      return Uint32Array.from(values);
    case "f":
      return Float32Array.from(values);
    case "d":
      return Float64Array.from(values);
    default:
      return undefined;
  }
}

/** True if `value`, as `fromTagged` returned it, holds nothing that JavaScript lacks. */
export function hasCounterpart(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (value instanceof NoCounterpart) return false;
  if (value instanceof Map) return [...value].flat().every(hasCounterpart);
  if (Array.isArray(value) || value instanceof Set) return [...value].every(hasCounterpart);
  return ArrayBuffer.isView(value) || Object.values(value).every(hasCounterpart);
}

/**
 * Where two values differ, in words, or undefined if they do not. Made for `expect(difference(actual, expected)).toBeUndefined()`.
 *
 * `expected` may be what was sent: there `Float` stands for its number, `undefined` for null and any kind of byte array
 * for bytes, as these arrive. Records compare without order, `Map`s with it, sets without it.
 */
export function difference(actual: unknown, expected: unknown, path = "value"): string | undefined {
  const sent = expected instanceof Float ? expected.value : (expected ?? null);
  const got = actual instanceof Float ? actual.value : actual;
  if (Object.is(got, sent)) return undefined;
  const unlike = `${path}: ${show(got)} instead of ${show(sent)}`;
  if (typeof got !== "object" || typeof sent !== "object" || got === null || sent === null)
    return unlike;
  if (sent instanceof Uint8Array || got instanceof Uint8Array) {
    const same =
      sent instanceof Uint8Array && got instanceof Uint8Array && Buffer.compare(sent, got) === 0;
    return same ? undefined : unlike;
  }
  if (kindOf(got) !== kindOf(sent)) return unlike;
  if (Array.isArray(sent)) return listDifference([...(got as unknown[])], [...sent], path);
  if (sent instanceof Map)
    return listDifference([...(got as Map<unknown, unknown>)], [...sent], path);
  if (sent instanceof Set) return setDifference([...(got as Set<unknown>)], [...sent], path);
  if (sent instanceof Date) return (got as Date).getTime() === sent.getTime() ? undefined : unlike;
  return recordDifference(got as Record<string, unknown>, sent as Record<string, unknown>, path);
}

function kindOf(value: object): unknown {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null ? Object.prototype : prototype;
}

function listDifference(got: unknown[], sent: unknown[], path: string): string | undefined {
  if (got.length !== sent.length) return `${path}: ${got.length} items instead of ${sent.length}`;
  for (let i = 0; i < sent.length; i++) {
    const found = difference(got[i], sent[i], `${path}[${i}]`);
    if (found) return found;
  }
  return undefined;
}

function setDifference(got: unknown[], sent: unknown[], path: string): string | undefined {
  if (got.length !== sent.length) return `${path}: ${got.length} members instead of ${sent.length}`;
  const left = [...got];
  for (const member of sent) {
    const index = left.findIndex((candidate) => difference(candidate, member) === undefined);
    if (index < 0) return `${path}: has no member ${show(member)}`;
    left.splice(index, 1);
  }
  return undefined;
}

function recordDifference(
  got: Record<string, unknown>,
  sent: Record<string, unknown>,
  path: string,
): string | undefined {
  const keys = Object.keys(sent);
  if (Object.keys(got).length !== keys.length) {
    return `${path}: keys ${Object.keys(got)} instead of ${keys}`;
  }
  for (const key of keys) {
    if (!Object.hasOwn(got, key)) return `${path}: no key ${key}`;
    const found = difference(got[key], sent[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

function show(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null)
    return `${JSON.stringify(value) ?? String(value)}`;
  const replacer = (_: string, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner);
  return `${value.constructor?.name ?? "record"} ${JSON.stringify(value, replacer)}`.slice(0, 200);
}
