import { RemoteError } from "../errors.ts";
import { isPlainRecord } from "../values/types.ts";

// What callers of a name server hand over, checked like Pyro does it: with the same Python exceptions and texts.

export function typeError(text: string): RemoteError {
  return new RemoteError("builtins.TypeError", [text]);
}

export function valueError(text: string): RemoteError {
  return new RemoteError("builtins.ValueError", [text]);
}

/** What Python's `if` takes for false: None, False, zero, empty text and empty collections. */
export function isFalsy(value: unknown): boolean {
  if (value instanceof Set || value instanceof Map) return value.size === 0;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object" && value !== null && isPlainRecord(value)) {
    return Object.keys(value).length === 0;
  }
  return !value;
}

/** A prefix or a regular expression: text, or undefined when there is none (Pyro takes empty for none). */
export function readFilter(value: unknown, what: "prefix" | "regex"): string | undefined {
  if (isFalsy(value)) return undefined;
  if (typeof value !== "string") throw typeError(`${what} must be a str`);
  return value;
}

/**
 * Metadata: a set, list, tuple, … of tags; for a dict its keys, as in Python. None is no tags.
 * @param what - The argument as Pyro's error texts call it.
 */
export function readTags(
  value: unknown,
  what: "metadata" | "metadata_all" | "metadata_any",
): Set<string> {
  if (value === null || value === undefined) return new Set();
  if (typeof value === "string") {
    throw typeError(`${what} should not be a str, but another iterable (set, list, etc)`);
  }
  const tags = new Set<string>();
  for (const tag of iterate(value)) {
    // Pyro keeps numbers as they are in memory, and as text in a file; text is what can be searched for in both.
    if (typeof tag !== "string" && typeof tag !== "number" && typeof tag !== "bigint") {
      throw typeError(`${what} should contain only str`);
    }
    tags.add(`${tag}`);
  }
  return tags;
}

function iterate(value: unknown): Iterable<unknown> {
  if (value instanceof Map) return value.keys();
  if (typeof value === "object" && value !== null) {
    if (Symbol.iterator in value) return value as Iterable<unknown>;
    if (isPlainRecord(value)) return Object.keys(value);
  }
  throw typeError(`'${pythonType(value)}' object is not iterable`);
}

function pythonType(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint" || Number.isInteger(value)) return "int";
  return typeof value === "number" ? "float" : "object";
}
