import { floatRepr } from "../../values/python-text.ts";
import { Float, isPlainRecord } from "../../values/types.ts";
import type { Act, Snippet } from "./act.ts";

/** The body of a POST to the gateway that does what the act does; why there is none where JSON lacks a value. */
export function jsonBody({ kind, args, kwargs }: Act): Snippet {
  const named = Object.keys(kwargs).length > 0;
  const body = kind === "set" ? { value: args[0] } : { args, ...(named && { kwargs }) };
  try {
    return { text: jsonText(body) };
  } catch (error) {
    if (error instanceof Unsayable) return { reason: error.message };
    throw error;
  }
}

/** A value that a notation has not; the message says which. */
export class Unsayable extends Error {}

/** Bytes up to here are written out; more are for a file. */
const MOST_BYTES = 4096;

/** JSON as Python writes it: with `NaN`, integers of any size, and bytes as serpent has them. */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "undefined":
      return "null";
    case "number":
      return numberText(value);
    case "bigint":
      return `${value}`;
    case "object":
      return value === null ? "null" : objectText(value);
    default:
      throw new Unsayable(`JSON has no ${typeof value}.`);
  }
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return Object.is(value, -0) ? "-0.0" : `${value}`;
}

function objectText(value: object): string {
  if (value instanceof Float) {
    return Number.isFinite(value.value) ? floatRepr(value.value) : numberText(value.value);
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(", ")}]`;
  if (value instanceof Uint8Array) {
    if (value.byteLength > MOST_BYTES) throw new Unsayable("So many bytes are for a file.");
    return `{"data": "${base64(value)}", "encoding": "base64"}`;
  }
  if (!isPlainRecord(value)) {
    throw new Unsayable(`JSON has no ${NAMES[value.constructor.name] ?? "such value"}.`);
  }
  const entries = Object.entries(value);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${jsonText(item)}`).join(", ")}}`;
}

const NAMES: Readonly<Record<string, string>> = {
  Date: "dates",
  PlainDate: "dates",
  Complex: "complex numbers",
  Set: "sets",
  FrozenSet: "sets",
  Map: "dicts with keys that are no text",
};

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
