import { NdArray } from "../../values/ndarray.ts";
import { Float, isPlainRecord } from "../../values/types.ts";

/** What can be followed, by name: it goes through JSON, so that a page can keep it. */
export type Source = {
  /** The object's name at the gateway. */
  readonly object: string;
  /** The way to a part of each value: keys of records, indices of lists. Absent for the whole value. */
  readonly path?: readonly string[];
} & (
  | {
      readonly kind: "attribute";
      readonly member: string;
      /** Milliseconds from one reading to the next. Default 1000. */
      readonly periodMs?: number;
    }
  | { readonly kind: "stream"; readonly member: string; readonly args?: readonly unknown[] }
  /** The state of a model. */
  | { readonly kind: "model" }
  | {
      /** What a method answers, asked again and again: for those that only read. */
      readonly kind: "answer";
      readonly member: string;
      readonly args?: readonly unknown[];
      /** Milliseconds from one question to the next. Default 1000. */
      readonly periodMs?: number;
    }
);

/** What people call it: `lab.stage.position`, `lab.scope.samples(10).volts`. */
export function nameOf(source: Source): string {
  const { object, path = [] } = source;
  const member =
    source.kind === "model"
      ? []
      : source.kind === "attribute"
        ? [source.member]
        : [`${source.member}(${(source.args ?? []).map((arg) => JSON.stringify(arg)).join(", ")})`];
  return [object, ...member, ...path].join(".");
}

/** What a source is about, of the value that its object gave. */
export function valueIn(source: Source, given: unknown): unknown {
  return partOf(source.kind === "model" ? partOf(given, ["state"]) : given, source.path);
}

/** What a value of 1 stands for, where the value says so: an array with a unit. */
export function unitOf(value: unknown): string | undefined {
  return value instanceof NdArray ? value.unit : undefined;
}

/** The part of a value at the end of a path; undefined where there is none. */
export function partOf(value: unknown, path: readonly string[] = []): unknown {
  let part = value;
  for (const key of path) {
    if (typeof part !== "object" || part === null) return undefined;
    if (part instanceof Map) part = part.get(key);
    else if (Object.hasOwn(part, key)) part = (part as Readonly<Record<string, unknown>>)[key];
    else return undefined;
  }
  return part;
}

/** A value as a number to draw; undefined for what is none. True is 1. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean" || typeof value === "bigint" || value instanceof Float) {
    return Number(value);
  }
  // What numpy calls a scalar.
  return value instanceof NdArray && value.shape.length === 0 ? numberIn([...value][0]) : undefined;
}

/** A value as a row of numbers to draw: a list, a typed array, an array of one dimension; undefined for what is none. */
export function rowIn(value: unknown): ArrayLike<number> | undefined {
  if (value instanceof NdArray) {
    const isReal = /^(u?int(8|16|32|64)|float(32|64)|bool)$/.test(value.dtype);
    return value.shape.length === 1 && isReal ? rowIn(value.data) : undefined;
  }
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Float64Array.from(value, Number);
  }
  if (ArrayBuffer.isView(value)) {
    return value instanceof DataView ? undefined : (value as unknown as ArrayLike<number>);
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const row = new Float64Array(value.length);
  for (let i = 0; i < row.length; i++) {
    const item = numberIn(value[i]);
    if (item === undefined) return undefined;
    row[i] = item;
  }
  return row;
}

/** What of a value can be drawn, by its path: the value itself, or the fields of a record, and of those in it. */
export function drawableIn(value: unknown, depth = 3): string[][] {
  if (numberIn(value) !== undefined || rowIn(value) !== undefined) return [[]];
  if (depth === 0 || typeof value !== "object" || value === null) return [];
  const entries =
    value instanceof Map ? [...value] : isPlainRecord(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, part]) =>
    typeof key === "string" ? drawableIn(part, depth - 1).map((path) => [key, ...path]) : [],
  );
}
