import type { ByteWriter } from "../bytes/writer.ts";
import { floatRepr, isoText, MAX_INT_DIGITS } from "../values/python-text.ts";
import {
  Complex,
  Ellipsis,
  Float,
  isPlainRecord,
  isReference,
  PlainDate,
  type PlainRecord,
} from "../values/types.ts";
import { asBytes, holdsFloats, type NumberArray, replacement } from "./built-ins.ts";
import { notSerializable, tooDeep } from "./path.ts";
import { describeKind } from "./plain-hooks.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";
import { writeBase64 } from "./serpent-bytes.ts";

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
// Python's default layout has blanks.
const COMMA = ", ";
const COLON = ": ";
/** From this length on a regular expression finds characters faster than a loop. */
const LONG_TEXT = 40;
const NOT_PLAIN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

/**
 * Writes one value as Python's `json.dumps(value, ensure_ascii=False)` does. One instance serves one value.
 * @see spec/pyro.md 9.2
 */
export class JsonEncoder {
  readonly #root: unknown;
  readonly #out: ByteWriter;
  readonly #classes: ClassHooks;

  constructor(root: unknown, out: ByteWriter, classes: ClassHooks) {
    this.#root = root;
    this.#out = out;
    this.#classes = classes;
  }

  encode(): void {
    this.#value(this.#root, 0);
  }

  /** `depth` counts the brackets around the value. */
  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        this.#text(value);
        break;
      case "number":
        this.#out.latin1(numberText(value));
        break;
      case "boolean":
        this.#out.latin1(value ? "true" : "false");
        break;
      case "undefined":
        this.#out.latin1("null");
        break;
      case "object":
        if (value === null) this.#out.latin1("null");
        else this.#object(value, depth);
        break;
      case "bigint":
        this.#out.latin1(this.#bigint(value));
        break;
      case "function":
        this.#instance(value, depth);
        break;
      default:
        throw notSerializable(this.#root, value, "a symbol cannot be sent");
    }
  }

  #object(value: object, depth: number): void {
    // The most frequent kinds first, told by their prototype alone.
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Array.prototype) this.#list(value as unknown[], depth);
    else if (prototype === Object.prototype && !isReference(value)) {
      this.#record(value as PlainRecord, depth);
    } else if (!this.#builtin(value, depth)) this.#instance(value, depth);
  }

  /** Writes every value type of ours and of JavaScript; false for all other objects. */
  #builtin(value: object, depth: number): boolean {
    const bytes = asBytes(value);
    if (Array.isArray(value)) this.#list(value, depth);
    else if (isPlainRecord(value)) this.#record(value, depth);
    else if (bytes) this.#bytes(bytes, depth);
    else if (ArrayBuffer.isView(value)) this.#numbers(value as NumberArray, depth);
    else if (value instanceof Map) this.#map(value, depth);
    else if (value instanceof Set) this.#list([...value], depth);
    else if (value instanceof Float) this.#out.latin1(floatText(value.value));
    else if (value instanceof Date) this.#text(this.#iso(value));
    else if (value instanceof PlainDate) this.#text(`${value}`);
    else if (value instanceof Complex) throw this.#refused(value, "a complex number");
    else if (value instanceof Ellipsis) throw this.#refused(value, "Ellipsis");
    else return false;
    return true;
  }

  #refused(value: object, what: string): Error {
    return notSerializable(this.#root, value, `${what} cannot be sent by json`);
  }

  #instance(value: object, depth: number): void {
    this.#value(replacement(this.#root, value, this.#classes), depth);
  }

  #open(bracket: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw tooDeep(this.#root);
    this.#out.u8(bracket);
  }

  #list(items: readonly unknown[], depth: number): void {
    this.#open(OPEN_BRACKET, depth);
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#out.latin1(COMMA);
      this.#value(items[i], depth + 1);
    }
    this.#out.u8(CLOSE_BRACKET);
  }

  #numbers(items: NumberArray, depth: number): void {
    const floats = holdsFloats(items);
    this.#open(OPEN_BRACKET, depth);
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#out.latin1(COMMA);
      const item = items[i];
      this.#out.latin1(floats ? floatText(item as number) : `${item}`);
    }
    this.#out.u8(CLOSE_BRACKET);
  }

  #record(record: PlainRecord, depth: number): void {
    this.#open(OPEN_BRACE, depth);
    const keys = Object.keys(record);
    for (let i = 0; i < keys.length; i++) {
      if (i > 0) this.#out.latin1(COMMA);
      const key = keys[i] as string;
      this.#text(key);
      this.#out.latin1(COLON);
      this.#value(record[key], depth + 1);
    }
    this.#out.u8(CLOSE_BRACE);
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#open(OPEN_BRACE, depth);
    let first = true;
    for (const [key, value] of map) {
      if (!first) this.#out.latin1(COMMA);
      first = false;
      this.#text(typeof key === "string" ? key : this.#keyText(key));
      this.#out.latin1(COLON);
      this.#value(value, depth + 1);
    }
    this.#out.u8(CLOSE_BRACE);
  }

  /** json has text keys only; Python makes text of numbers, booleans and None. */
  #keyText(key: unknown): string {
    if (typeof key === "number") return numberText(key);
    if (typeof key === "bigint") return this.#bigint(key);
    if (typeof key === "boolean") return `${key}`;
    if (key === null || key === undefined) return "null";
    if (key instanceof Float) return floatText(key.value);
    throw notSerializable(this.#root, key, `${describeKind(key)} cannot be a dict key in json`);
  }

  #bigint(value: bigint): string {
    const text = `${value}`;
    const digits = value < 0n ? text.length - 1 : text.length;
    if (digits <= MAX_INT_DIGITS) return text;
    const why = `an integer of more than ${MAX_INT_DIGITS} digits cannot be sent: Python does not read it`;
    throw notSerializable(this.#root, value, why);
  }

  #iso(date: Date): string {
    const text = isoText(date);
    if (text !== undefined) return text;
    const why = "a date that is invalid or not in the years 1 to 9999 cannot be sent";
    throw notSerializable(this.#root, date, why);
  }

  /** As serpent has them: a dict of base64 text, of which our side makes bytes again. */
  #bytes(bytes: Uint8Array, depth: number): void {
    this.#open(OPEN_BRACE, depth);
    this.#out.latin1('"data": "');
    writeBase64(this.#out, bytes);
    this.#out.latin1('", "encoding": "base64"}');
  }

  #text(text: string): void {
    if (isPlainText(text)) {
      this.#out.u8(QUOTE);
      this.#out.latin1(text);
      this.#out.u8(QUOTE);
    } else if (text.isWellFormed()) {
      // JavaScript escapes the same characters in the same way as Python.
      this.#out.utf8(JSON.stringify(text));
    } else {
      throw notSerializable(this.#root, text, "text with a lone surrogate cannot be sent by json");
    }
  }
}

/** True for text that stands between double quotes as it is: printable ASCII without `"` and `\`. */
function isPlainText(text: string): boolean {
  const { length } = text;
  if (length >= LONG_TEXT) return !NOT_PLAIN.test(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}

function numberText(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? `${value}` : floatText(value);
}

/** With the tokens that Python adds to JSON: `NaN`, `Infinity`, `-Infinity`. */
function floatText(value: number): string {
  return Number.isFinite(value) ? floatRepr(value) : `${value}`;
}
