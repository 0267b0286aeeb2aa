import { inspect } from "node:util";
import { isProxy, uriOf } from "../objects/index.ts";
import { PyroUri } from "../pyro/uri.ts";
import { NdArray } from "../values/ndarray.ts";
import { parseJson } from "../values/typed-text.ts";
import { Complex, Float, PlainDate } from "../values/types.ts";

/** What the command line sends and prints. */

/**
 * One argument: JSON where it parses, else text. `2.0` stays a float, an integer beyond 2^53 keeps its digits.
 * Quotes force text: `'"2"'`.
 */
export function parseValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

export interface Arguments {
  readonly positional: readonly unknown[];
  readonly keywords: Readonly<Record<string, unknown>>;
}

/**
 * Arguments of a call. `name=value` is a keyword argument, unless it is one of the last `literal` texts (those after
 * `--`): text with `=` in it goes there, or in quotes.
 */
export function parseArguments(texts: readonly string[], literal: number): Arguments {
  const positional: unknown[] = [];
  const keywords: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  texts.forEach((text, index) => {
    const match = index < texts.length - literal ? /^([A-Za-z_]\w*)=(.*)$/s.exec(text) : undefined;
    if (match) keywords[match[1] as string] = parseValue(match[2] as string);
    else positional.push(parseValue(text));
  });
  return { positional, keywords };
}

/** One line of JSON for any value that can arrive. Bytes become what serpent makes of them. */
export function toJson(value: unknown): string {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  switch (typeof value) {
    case "undefined":
      return null;
    case "bigint":
      return rawJson(`${value}`);
    case "number":
      // JSON has no word for these; text loses nothing.
      return Number.isFinite(value) ? value : `${value}`;
    case "object":
      return value === null ? null : plainObject(value);
    default:
      return value;
  }
}

function plainObject(value: object): unknown {
  if (isProxy(value)) return uriOf(value);
  if (value instanceof Uint8Array) {
    return { data: Buffer.from(value).toString("base64"), encoding: "base64" };
  }
  if (value instanceof Float) return plain(value.value);
  if (value instanceof Complex) return { re: plain(value.re), im: plain(value.im) };
  if (value instanceof NdArray) {
    const { dtype, shape, unit } = value;
    return { dtype, shape, ...(unit !== undefined && { unit }), data: plain(value.toNested()) };
  }
  if (value instanceof PlainDate || value instanceof PyroUri) return `${value}`;
  if (value instanceof Date || value instanceof Error) return describeOther(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, plain);
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, plain);
  if (value instanceof Map) {
    const textKeys = [...value.keys()].every((key) => typeof key === "string");
    const entries = Array.from(value, ([key, item]) => [plain(key), plain(item)] as const);
    return textKeys ? Object.fromEntries(entries) : entries;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function describeOther(value: Date | Error): unknown {
  return value instanceof Date
    ? value.toISOString()
    : { error: value.name, message: value.message };
}

/** Digits that JSON may have and `number` cannot hold. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

/** Bytes shown of a value that is bytes. */
const PREVIEW_BYTES = 64;

/** A value for people. Text is itself, so that a script can use it. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "null";
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof Uint8Array) return bytesPreview(value);
  if (typeof value === "object" && isProxy(value)) return uriOf(value);
  if (value instanceof PyroUri || value instanceof PlainDate) return `${value}`;
  return inspect(value, { depth: 8, colors: process.stdout.isTTY === true, breakLength: 100 });
}

function bytesPreview(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, PREVIEW_BYTES)).toString("hex");
  const hex = shown.replace(/..(?=.)/g, "$& ");
  const more = bytes.byteLength > PREVIEW_BYTES ? " …" : "";
  return `<${bytes.byteLength} bytes> ${hex}${more}`.trimEnd();
}
