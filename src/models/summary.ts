import { isPlainRecord } from "../values/types.ts";

const MAX_TEXT = 200;
const MAX_ITEMS = 20;
const MAX_DEPTH = 4;

/**
 * What a record keeps of a value: enough to see what was done, in a few hundred bytes, and of nothing but what JSON and
 * every serializer have.
 */
export function summaryOf(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case "undefined":
      return null;
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "string":
      return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… (${value.length})` : value;
    case "object":
      return value === null ? null : summaryOfObject(value, depth);
    default:
      return String(value).slice(0, MAX_TEXT);
  }
}

function summaryOfObject(value: object, depth: number): unknown {
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "(no date)" : value.toISOString();
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) {
    if (depth >= MAX_DEPTH) return `(${value.length} items)`;
    const items = value.slice(0, MAX_ITEMS).map((item) => summaryOf(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `… (${value.length})`] : items;
  }
  if (!isPlainRecord(value)) return `(${nameOf(value)})`;
  const entries = Object.entries(value);
  if (depth >= MAX_DEPTH) return `(${entries.length} keys)`;
  const kept = entries
    .slice(0, MAX_ITEMS)
    .map(([key, item]) => [keyOf(key), summaryOf(item, depth + 1)] as const);
  if (entries.length > MAX_ITEMS) kept.push(["…", entries.length]);
  return Object.fromEntries(kept);
}

/** A dict with the key `__class__` would be no dict where it arrives. */
function keyOf(key: string): string {
  return key.startsWith("__") ? `(${key.slice(0, MAX_TEXT)})` : key.slice(0, MAX_TEXT);
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "object";
}
