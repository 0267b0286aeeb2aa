import { SerializeError } from "../../errors.ts";
import { PLAIN_HOOKS } from "../../serializers/plain-hooks.ts";
import { SerpentDecoder } from "../../serializers/serpent-decoder.ts";
import { parseFloatText } from "../../values/python-text.ts";
import { parseJson } from "../../values/typed-text.ts";
import { float, PlainDate } from "../../values/types.ts";

/** How what is typed into a field becomes a value. */
export type EntryKind =
  /** What it looks like: a number, a list, …, else text. */
  | "auto"
  | "number"
  | "text"
  | "boolean"
  /** JSON, or a Python literal. */
  | "literal"
  | "date"
  | "hex"
  | "file"
  | "none";

/** What people call the kinds, in the order in which they are offered. */
export const KINDS: readonly (readonly [kind: EntryKind, label: string])[] = [
  ["auto", "as it looks"],
  ["number", "number"],
  ["text", "text"],
  ["boolean", "true or false"],
  ["literal", "list, dict, …"],
  ["date", "date and time"],
  ["file", "bytes of a file"],
  ["hex", "bytes in hex"],
  ["none", "None"],
];

/** What a field holds: the state of a form, one field of it. */
export interface Entry {
  readonly kind: EntryKind;
  readonly text: string;
  /** Of kind `file`. */
  readonly file?: { readonly name: string; readonly bytes: Uint8Array };
}

/** The value that an entry stands for, or what is wrong with it, in a sentence for who typed it. */
export type Reading = { readonly value: unknown } | { readonly problem: string };

/** Whether nothing was entered. */
export function isEmpty({ kind, text, file }: Entry): boolean {
  if (kind === "none") return false;
  return kind === "file" ? file === undefined : text.trim() === "";
}

/** Reads an entry; an empty one is a problem, but for text. */
export function readEntry(entry: Entry): Reading {
  const { kind, text } = entry;
  if (kind === "text") return { value: text };
  if (isEmpty(entry)) {
    return { problem: kind === "file" ? "Choose a file." : "Enter a value; text may be empty." };
  }
  switch (kind) {
    case "auto":
      return readAuto(text.trim());
    case "number":
      return readNumber(text.trim());
    case "boolean":
      return readBoolean(text.trim());
    case "literal":
      return readLiteral(text.trim());
    case "date":
      return readDate(text.trim());
    case "hex":
      return readHex(text);
    case "file":
      return { value: entry.file?.bytes };
    case "none":
      return { value: null };
  }
}

/** What cannot be anything but a literal; a typing error in it is not to be sent as text. */
const OPENS_LITERAL = /^[[{(]/;
const LITERAL =
  /^(?:b?r?["'].*["']|None|True|False|set\(\)|[+-]?[\d.][\w.+-]*|[+-]?(?:nan|inf))$/is;

function readAuto(text: string): Reading {
  const read = LITERAL.test(text) || OPENS_LITERAL.test(text) ? tryLiteral(text) : tryJson(text);
  if ("value" in read) return read;
  if (!OPENS_LITERAL.test(text)) return { value: text };
  return { problem: `${read.problem} To send it as it is, choose "text".` };
}

function readLiteral(text: string): Reading {
  const read = tryLiteral(text);
  if ("value" in read) return read;
  return { problem: `${read.problem} Text goes in quotes.` };
}

function tryJson(text: string): Reading {
  try {
    return { value: parseJson(text) };
  } catch {
    return { problem: "This is no JSON." };
  }
}

/** Numbers that neither JSON nor Python's literals have. */
const SPECIAL_NUMBER = /^[+-]?(?:nan|inf(?:inity)?)$/i;

function tryLiteral(text: string): Reading {
  const json = tryJson(text);
  if ("value" in json) return json;
  if (SPECIAL_NUMBER.test(text)) return { value: parseFloatText(text) };
  // Without brackets it would be a tuple, and more likely is a decimal comma.
  if (/^[+-]?\d+,\d+$/.test(text)) return { problem: decimalComma(text) };
  try {
    return { value: kept(new SerpentDecoder(text, PLAIN_HOOKS).decode(), text) };
  } catch (error) {
    if (!(error instanceof SerializeError)) throw error;
    return { problem: `${explained(error.message)}.` };
  }
}

/** A Python float alone in its field stays one: `1_0.0` is not 10. */
function kept(value: unknown, text: string): unknown {
  const isFloat = Number.isInteger(value) && /[.e]/i.test(text) && !/^[+-]?0x/i.test(text);
  return isFloat ? float(value as number) : value;
}

/** The decoder's words, without its name, and with places counted as people do. */
function explained(message: string): string {
  return message
    .replace(/^serpent: expected/, "Expected")
    .replace(/at character (\d+)/, (_, at: string) => `at character ${Number(at) + 1}`);
}

function readNumber(text: string): Reading {
  if (/^[+-]?\d+,\d+$/.test(text)) return { problem: decimalComma(text) };
  const plain = text.replace(/^\+/, "");
  if (/^-?\d+$/.test(plain)) {
    const value = Number(plain);
    return { value: Number.isSafeInteger(value) ? value : BigInt(plain) };
  }
  if (/^0(?:x[\da-f]+|b[01]+|o[0-7]+)$/i.test(plain)) {
    const value = BigInt(plain);
    return { value: value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value };
  }
  const value = parseFloatText(plain);
  if (value === undefined) {
    return { problem: `Expected a number such as 21.5, 1e-6 or 0x1f, got ${quoted(text)}.` };
  }
  return { value: Number.isInteger(value) ? float(value) : value };
}

function decimalComma(text: string): string {
  return `A number has a point, not a comma: ${text.replace(",", ".")}.`;
}

function readBoolean(text: string): Reading {
  if (/^(true|yes|on|1)$/i.test(text)) return { value: true };
  if (/^(false|no|off|0)$/i.test(text)) return { value: false };
  return { problem: `Expected true or false, got ${quoted(text)}.` };
}

/** `2026-11-21` is a day; with a time it is an instant, in the zone it names or that of this machine. */
function readDate(text: string): Reading {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)(?=$|[T ])/.exec(text) ?? [];
  const problem = `Expected a date such as 2026-11-21 or 2026-11-21 08:30, got ${quoted(text)}.`;
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return { problem };
  if (text.length === 10) {
    return { value: new PlainDate(Number(year), Number(month), Number(day)) };
  }
  const instant = new Date(text.replace(" ", "T"));
  return Number.isNaN(instant.getTime()) ? { problem } : { value: instant };
}

/** `Date` takes 31 February for a day in March. */
function isDay(year: number, month: number, day: number): boolean {
  const made = new Date(Date.UTC(year, month - 1, day));
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
}

function readHex(text: string): Reading {
  const digits = text.replace(/0x|[\s,:]/gi, "");
  if (!/^[\da-f]*$/i.test(digits)) {
    return { problem: `Expected bytes such as 01 ff 0a, got ${quoted(text.trim())}.` };
  }
  if (digits.length % 2 !== 0) {
    return { problem: `A byte has two digits; there are ${digits.length} in all.` };
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return { value: bytes };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
