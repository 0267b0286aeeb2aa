import { isPlainRecord } from "../values/types.ts";

/**
 * A copy whose records, arrays, maps and sets are its own. Everything else (a date, an `NdArray`, an instance of a class)
 * is a value that both have: to be replaced, not written into.
 */
export function copyOf<T>(value: T): T {
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    // A tuple stays one.
    const copy = new (value.constructor as ArrayConstructor)(value.length);
    for (let i = 0; i < value.length; i++) copy[i] = copied(value[i]);
    return copy;
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [copied(key), copied(item)]));
  }
  if (value instanceof Set) return new Set([...value].map(copied));
  if (!isPlainRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}

/** Freezes records and arrays, however deep: whoever writes into what was committed is told by a TypeError. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) for (const item of value.values()) freeze(item);
  if (!Array.isArray(value) && !isPlainRecord(value)) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}
