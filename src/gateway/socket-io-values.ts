import { ProtocolError, SerializeError } from "../errors.ts";
import { asBytes, replacement } from "../serializers/built-ins.ts";
import type { ClassHooks } from "../serializers/index.ts";
import { notSerializable, tooDeep } from "../serializers/path.ts";
import { describeKind } from "../serializers/plain-hooks.ts";
import { MAX_DEPTH } from "../serializers/serializer.ts";
import { bytesOfDict } from "../serializers/serpent-bytes.ts";
import { isoText } from "../values/python-text.ts";
import {
  type ClassDict,
  Float,
  isPlainRecord,
  PlainDate,
  type PlainRecord,
  setKey,
} from "../values/types.ts";
import { type Body, readPageBody } from "./body.ts";

/** Pieces of bytes that stock clients read in one message; of one more they close the connection. */
const MAX_PIECES = 10;

/**
 * A value as Socket.IO carries it: what JSON has, told as Pyro's JSON tells it, and bytes as they are. `NaN` and the
 * infinities are null, which is what JSON makes of them; an integer above 2^53 is its digits as text.
 * @throws SerializeError `ERR_NOT_SERIALIZABLE`, `ERR_TOO_DEEP`.
 */
export function toSocket(value: unknown, classes: ClassHooks): unknown {
  return new Outgoing(value, classes).plain(value, 0);
}

class Outgoing {
  readonly #root: unknown;
  readonly #classes: ClassHooks;
  #pieces = 0;

  constructor(root: unknown, classes: ClassHooks) {
    this.#root = root;
    this.#classes = classes;
  }

  plain(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : null;
      case "undefined":
        return null;
      case "bigint": {
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : `${value}`;
      }
      case "symbol":
        throw notSerializable(this.#root, value, "a symbol cannot be sent");
      default:
        if (value === null) return null;
        if (depth >= MAX_DEPTH) throw tooDeep(this.#root);
        return this.#object(value as object, depth + 1);
    }
  }

  #object(value: object, depth: number): unknown {
    if (Array.isArray(value)) return value.map((item) => this.plain(item, depth));
    if (typeof value === "object" && isPlainRecord(value)) {
      return this.#record(Object.entries(value), depth);
    }
    const bytes = asBytes(value);
    if (bytes) return this.#bytes(bytes);
    if (ArrayBuffer.isView(value)) {
      return Array.from(value as unknown as ArrayLike<unknown>, (item) => this.plain(item, depth));
    }
    if (value instanceof Map) {
      const entries = [...value].map(([key, item]) => [this.#key(key), item] as const);
      return this.#record(entries, depth);
    }
    if (value instanceof Set) return [...value].map((item) => this.plain(item, depth));
    if (value instanceof Float) return this.plain(value.value, depth);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof PlainDate) return `${value}`;
    return this.plain(replacement(this.#root, value, this.#classes), depth);
  }

  #record(entries: Iterable<readonly [string, unknown]>, depth: number): PlainRecord {
    const record: PlainRecord = {};
    for (const [key, item] of entries) setKey(record, key, this.plain(item, depth));
    return record;
  }

  #bytes(bytes: Uint8Array): Uint8Array {
    this.#pieces += 1;
    if (this.#pieces <= MAX_PIECES) return bytes;
    const why = `an answer of Socket.IO has at most ${MAX_PIECES} pieces of bytes; join them, or ask by HTTP`;
    throw notSerializable(this.#root, bytes, why);
  }

  #date(date: Date): string {
    const text = isoText(date);
    if (text !== undefined) return text;
    throw notSerializable(this.#root, date, "a date that is invalid cannot be sent");
  }

  #key(key: unknown): string {
    const plain = this.plain(key, 0);
    if (plain === null || typeof plain !== "object") return String(plain);
    throw notSerializable(this.#root, key, `${describeKind(key)} cannot be a key`);
  }
}

/** What a page sends with an event: what it asks for, and of which call. */
export interface EventRequest {
  readonly body: Body;
  readonly oneway: boolean;
  readonly correlationId: string | undefined;
  /** The call that is to end. */
  readonly cancel: string | undefined;
}

/**
 * Reads the values of an event: one map, or nothing.
 * @throws ProtocolError `ERR_BAD_REQUEST`; SerializeError `ERR_TOO_DEEP`.
 */
export function readEvent(values: readonly unknown[], classes: ClassHooks): EventRequest {
  const asked = fromSocket(values[0], classes, 0) ?? {};
  const body = values.length > 1 ? undefined : readPageBody(asked);
  if (!body) throw badEvent(values);
  const { value, oneway, correlationId, cancel } = asked as PlainRecord;
  return {
    body: Object.hasOwn(asked, "value") ? { ...body, set: { value } } : body,
    oneway: oneway === true,
    correlationId: isNothing(correlationId) ? undefined : String(correlationId),
    cancel: isNothing(cancel) ? undefined : String(cancel),
  };
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function badEvent(values: readonly unknown[]): ProtocolError {
  const got = values.length === 1 ? describeKind(values[0]) : `${values.length} values`;
  return new ProtocolError(
    "ERR_BAD_REQUEST",
    `Expected an event with one value such as {"args": [2], "kwargs": {"gain": 3}}, got ${got}`,
  );
}

function fromSocket(value: unknown, classes: ClassHooks, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) {
    throw new SerializeError("ERR_TOO_DEEP", `an argument is nested deeper than ${MAX_DEPTH}`);
  }
  const read = (item: unknown) => fromSocket(item, classes, depth + 1);
  if (Array.isArray(value)) return value.map(read);
  const bytes = asBytes(value);
  // What arrives is a Buffer, and may be a part of a larger one.
  if (bytes) return Uint8Array.from(bytes);
  const record = entriesOf(value as PlainRecord, read);
  const isClass = Object.hasOwn(record, "__class__") && typeof record["__class__"] === "string";
  return isClass ? classes.fromWire(record as ClassDict) : (bytesOfDict(record) ?? record);
}

function entriesOf(record: PlainRecord, read: (item: unknown) => unknown): PlainRecord {
  const made: PlainRecord = {};
  for (const [key, item] of Object.entries(record)) setKey(made, key, read(item));
  return made;
}
