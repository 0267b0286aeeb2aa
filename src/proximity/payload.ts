import { ByteWriter } from "../bytes/writer.ts";
import { SerializeError } from "../errors.ts";
import { json, msgpackOld, type Serializer } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import type { ClassHooks } from "../serializers/serializer.ts";
import type { ClassRegistry } from "../values/classes.ts";
import { isoText } from "../values/python-text.ts";
import { isPlainRecord, type PlainRecord, setKey } from "../values/types.ts";
import { TimeDelta } from "./time-delta.ts";

/** How both ends write: nothing on the wire says it, so both must be told alike. */
export type Encoding = "msgpack" | "json";

export interface PayloadForm {
  readonly encoding: Encoding;
  /** Bytes as peers read them that know MessagePack of 2013 or later (Python 3). Default false: as its raw family. */
  readonly binary: boolean;
  /** How custom classes travel: as maps with a `__class__`, which Python's own ends leave as they are. */
  readonly classes: ClassRegistry;
}

const MARKED_DATE = "__datetime__";
const MARKED_DELTA = "__timedelta__";
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const MAX_DEPTH = 200;

/**
 * Writes a value as PyProximity does: MessagePack with dates and durations as marked maps, or JSON.
 * @throws SerializeError for a value with no mapping, naming the path to it.
 */
export function encodePayload(value: unknown, form: PayloadForm): Uint8Array {
  const out = new ByteWriter();
  const sent = form.encoding === "msgpack" ? marked(value, 0) : value;
  serializerOf(form).encode(sent, out, hooksOf(form.classes));
  return out.take();
}

/** @throws SerializeError `ERR_BAD_PAYLOAD`, `ERR_TOO_DEEP`. */
export function decodePayload(
  bytes: Uint8Array,
  { encoding, classes }: Pick<PayloadForm, "encoding" | "classes">,
): unknown {
  const value = serializerOf({ encoding, binary: true }).decode(bytes, hooksOf(classes));
  return encoding === "msgpack" ? unmarked(value) : value;
}

function hooksOf(classes: ClassRegistry): ClassHooks {
  return {
    toWire: (value) => classes.toWire(value) ?? PLAIN_HOOKS.toWire(value),
    fromWire: (record) => classes.fromWire(record) ?? record,
  };
}

/** What a request is written in: a map in MessagePack never begins as one in JSON does. */
export function encodingOf(request: Uint8Array): Encoding {
  const [first = 0] = request;
  return first === OPEN_BRACE || first === OPEN_BRACKET || first <= 0x20 ? "json" : "msgpack";
}

function serializerOf({ encoding, binary }: Pick<PayloadForm, "encoding" | "binary">): Serializer {
  return encoding === "json" ? json : msgpackOld(binary);
}

/** `value` with dates and durations as marked maps. What holds none of them is not copied. */
function marked(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (value instanceof Date) return markedDate(value);
  if (value instanceof TimeDelta) {
    return { total_seconds: value.totalSeconds, [MARKED_DELTA]: true };
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => marked(item, depth + 1));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, marked(item, depth + 1)]));
  }
  if (!isPlainRecord(value)) return value;
  const copy: PlainRecord = {};
  let changed = false;
  for (const key of Object.keys(value)) {
    const item = marked(value[key], depth + 1);
    setKey(copy, key, item);
    changed ||= item !== value[key];
  }
  return changed ? copy : value;
}

/** Python's has no zone: the text is the instant in UTC. */
function markedDate(date: Date): PlainRecord {
  const text = isoText(date);
  if (text === undefined) {
    throw new SerializeError(
      "ERR_NOT_SERIALIZABLE",
      "a date that is invalid or not in the years 1 to 9999 cannot be sent",
    );
  }
  const [day = "", time = ""] = text.slice(0, -"+00:00".length).split("T");
  const fraction = time.includes(".") ? "" : ".000000";
  return { as_str: `${day.replaceAll("-", "")}T${time}${fraction}`, [MARKED_DATE]: true };
}

function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = unmarked(value[i]);
    return value;
  }
  if (value instanceof Map) {
    for (const [key, item] of value) value.set(key, unmarked(item));
    return value;
  }
  if (typeof value !== "object" || value === null || !isPlainRecord(value)) return value;
  if (Object.hasOwn(value, MARKED_DATE)) return dateOf(value) ?? value;
  if (Object.hasOwn(value, MARKED_DELTA)) {
    const seconds = value["total_seconds"];
    return typeof seconds === "number" ? new TimeDelta(seconds) : value;
  }
  for (const key of Object.keys(value)) setKey(value, key, unmarked(value[key]));
  return value;
}

/** A marked map that says no date is left as it is: one peer's slip must not cost the others their connection. */
function dateOf(record: PlainRecord): Date | undefined {
  const text = record["as_str"];
  if (typeof text !== "string") return undefined;
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, time, fraction = ""] = match;
  // Milliseconds are what a Date holds.
  const date = new Date(`${year}-${month}-${day}T${time}${fraction.slice(0, 4)}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
