import { SerializeError } from "../errors.ts";
import { MAX_INT_DIGITS } from "../values/python-text.ts";
import { type ClassDict, type PlainRecord, setKey } from "../values/types.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOT,
  DOUBLE_QUOTE,
  MINUS,
  NEWLINE,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  RETURN,
  SPACE,
  TAB,
  ZERO,
} from "./characters.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";
import { bytesOfDict } from "./serpent-bytes.ts";
import { sliceOf } from "./slices.ts";

/** So many digits always make a safe integer. */
const SAFE_DIGITS = 15;

/**
 * Reads the JSON that Python's `json.loads` reads: with `NaN`, `Infinity` and `-Infinity`, and with integers of any
 * size, which arrive as bigint beyond the safe ones. One instance reads one document.
 * @see spec/pyro.md 9.2
 */
export class JsonDecoder {
  readonly #text: string;
  readonly #classes: ClassHooks;
  #pos = 0;
  /** Open brackets. */
  #depth = 0;

  constructor(text: string, classes: ClassHooks) {
    this.#text = text;
    this.#classes = classes;
  }

  decode(): unknown {
    const value = this.#value();
    if (!Number.isNaN(this.#peek())) throw this.#error("the end of the document");
    return value;
  }

  /** Skips blanks. Returns the character it stopped at, or NaN. */
  #peek(): number {
    const text = this.#text;
    let code = text.charCodeAt(this.#pos);
    while (code === SPACE || code === NEWLINE || code === RETURN || code === TAB) {
      code = text.charCodeAt(++this.#pos);
    }
    return code;
  }

  #value(): unknown {
    const code = this.#peek();
    switch (code) {
      case DOUBLE_QUOTE:
        return this.#string();
      case OPEN_BRACKET:
        return this.#list();
      case OPEN_BRACE:
        return this.#record();
      case 0x6e:
        return this.#keyword("null", null);
      case 0x74:
        return this.#keyword("true", true);
      case 0x66:
        return this.#keyword("false", false);
      case 0x4e:
        return this.#keyword("NaN", Number.NaN);
      case 0x49:
        return this.#keyword("Infinity", Number.POSITIVE_INFINITY);
      default:
        return this.#number(code);
    }
  }

  /** What follows the word is judged by who asked for the value. */
  #keyword<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#pos)) throw this.#error("a value");
    this.#pos += word.length;
    return value;
  }

  #open(): void {
    if (++this.#depth > MAX_DEPTH) {
      const where = `character ${this.#pos}`;
      throw new SerializeError(
        "ERR_TOO_DEEP",
        `json: more than ${MAX_DEPTH} open brackets at ${where}`,
      );
    }
    this.#pos++;
  }

  #close(): void {
    this.#depth--;
    this.#pos++;
  }

  /** After a value: true at the closing bracket, false before another value. */
  #separator(closing: number): boolean {
    const code = this.#peek();
    if (code === closing) return true;
    if (code !== COMMA) throw this.#error(`"," or "${String.fromCharCode(closing)}"`);
    this.#pos++;
    return false;
  }

  #list(): unknown[] {
    this.#open();
    const items: unknown[] = [];
    if (this.#peek() !== CLOSE_BRACKET) {
      do items.push(this.#value());
      while (!this.#separator(CLOSE_BRACKET));
    }
    this.#close();
    return items;
  }

  #record(): unknown {
    this.#open();
    const record: PlainRecord = {};
    if (this.#peek() !== CLOSE_BRACE) {
      do this.#entry(record);
      while (!this.#separator(CLOSE_BRACE));
    }
    this.#close();
    // An own property: a polluted prototype must not make classes of all dicts.
    const isClass = Object.hasOwn(record, "__class__") && typeof record["__class__"] === "string";
    if (isClass) return this.#classes.fromWire(record as ClassDict);
    return bytesOfDict(record) ?? record;
  }

  #entry(record: PlainRecord): void {
    if (this.#peek() !== DOUBLE_QUOTE) throw this.#error("a key in double quotes");
    const key = this.#string();
    if (this.#peek() !== COLON) throw this.#error('":"');
    this.#pos++;
    setKey(record, key, this.#value());
  }

  #number(first: number): number | bigint {
    const text = this.#text;
    const start = this.#pos;
    const digitsFrom = first === MINUS ? start + 1 : start;
    let pos = digitsFrom;
    let value = 0;
    let code = text.charCodeAt(pos);
    for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++pos))
      value = value * 10 + (code - ZERO);
    if (pos === digitsFrom) {
      this.#pos = digitsFrom;
      if (first === MINUS && text.startsWith("Infinity", pos))
        return this.#keyword("Infinity", Number.NEGATIVE_INFINITY);
      this.#pos = start;
      throw this.#error("a value");
    }
    const digits = pos - digitsFrom;
    if (digits > 1 && text.charCodeAt(digitsFrom) === ZERO)
      throw this.#error("a number without leading zeros");
    if (code === DOT || (code | 0x20) === 0x65) return this.#float(start, pos);
    this.#pos = pos;
    // The integer -0 is 0; only the float is a negative zero.
    if (digits <= SAFE_DIGITS) return first === MINUS && value !== 0 ? -value : value;
    if (digits > MAX_INT_DIGITS)
      throw this.#error(`an integer of at most ${MAX_INT_DIGITS} digits`, start);
    const big = BigInt(text.slice(start, pos));
    const number = Number(big);
    return Number.isSafeInteger(number) ? number : big;
  }

  /** A number with a point or an exponent at `end`, after its integer digits. */
  #float(start: number, end: number): number {
    const text = this.#text;
    let pos = end;
    if (text.charCodeAt(pos) === DOT) pos = this.#digits(pos + 1);
    if ((text.charCodeAt(pos) | 0x20) === 0x65) {
      const sign = text.charCodeAt(pos + 1);
      pos = this.#digits(sign === PLUS || sign === MINUS ? pos + 2 : pos + 1);
    }
    this.#pos = pos;
    return Number(text.slice(start, pos));
  }

  #digits(start: number): number {
    let pos = start;
    for (let code = this.#text.charCodeAt(pos); code >= ZERO && code <= NINE; )
      code = this.#text.charCodeAt(++pos);
    if (pos === start) throw this.#error("a digit", pos);
    return pos;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#pos + 1;
    let pos = start;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === DOUBLE_QUOTE) {
        this.#pos = pos + 1;
        return sliceOf(text, start, pos);
      }
      if (code === BACKSLASH || !(code >= SPACE)) return this.#escapedString(start, pos);
      pos++;
    }
  }

  /** Goes on with a string that is plain from `start` to `end`. */
  #escapedString(start: number, end: number): string {
    const text = this.#text;
    let joined = "";
    let from = start;
    let pos = end;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === DOUBLE_QUOTE) break;
      if (code === BACKSLASH) {
        joined += text.slice(from, pos);
        this.#pos = pos;
        joined += this.#escape();
        from = pos = this.#pos;
      } else if (code >= SPACE) {
        pos++;
      } else {
        throw this.#error(
          Number.isNaN(code) ? "a closing quote" : "an escape for a control character",
          pos,
        );
      }
    }
    this.#pos = pos + 1;
    return joined + text.slice(from, pos);
  }

  /** The backslash at this place and what belongs to it. */
  #escape(): string {
    const start = this.#pos;
    const code = this.#text.charCodeAt(start + 1);
    this.#pos += 2;
    switch (code) {
      case DOUBLE_QUOTE:
      case BACKSLASH:
      case 0x2f:
        return String.fromCharCode(code);
      case 0x62:
        return "\b";
      case 0x66:
        return "\f";
      case 0x6e:
        return "\n";
      case 0x72:
        return "\r";
      case 0x74:
        return "\t";
      case 0x75: {
        const digits = this.#text.slice(start + 2, start + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(digits))
          throw this.#error("four hexadecimal digits", start + 2);
        this.#pos += 4;
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
      default:
        throw this.#error('an escape: one of ", \\, /, b, f, n, r, t, u', start + 1);
    }
  }

  #error(expected: string, at: number = this.#pos): SerializeError {
    const found =
      at < this.#text.length ? JSON.stringify(this.#text.slice(at, at + 20)) : "the end";
    const message = `json: expected ${expected} at character ${at}, found ${found}`;
    return new SerializeError("ERR_BAD_PAYLOAD", message);
  }
}

/**
 * True if `JSON.parse` reads `text` as `JsonDecoder` would, or refuses it: no class dicts, no bytes, no integers that it would
 * round, no keys that it mistakes, no tokens of Python's own, and no more nesting than we allow.
 */
export function isNativeJson(text: string): boolean {
  // An underscore may also be escaped, as \u005f.
  if (text.includes("__class__") || text.includes("\\u005")) return false;
  if (text.includes('"encoding"')) return false;
  const { length } = text;
  let depth = 0;
  for (let pos = 0; pos < length; pos++) {
    const code = text.charCodeAt(pos);
    if (code === DOUBLE_QUOTE) {
      pos = stringEnd(text, pos + 1);
      if (pos < 0) return false;
    } else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth > MAX_DEPTH) return false;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      depth--;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = numberEnd(text, pos);
      if (end < 0) return false;
      pos = end - 1;
    } else if (code === 0x4e || code === 0x49) {
      return false;
    }
  }
  return true;
}

/**
 * Where the string that begins at `start` ends, or -1 for a key with escapes: `JSON.parse` of V8 13.6 (Node 24) takes
 * the key `\"` for `\` in an object like one that had the key `\\` in this place.
 */
function stringEnd(text: string, start: number): number {
  let pos = start;
  let escaped = false;
  for (let code = text.charCodeAt(pos); code !== DOUBLE_QUOTE; code = text.charCodeAt(pos)) {
    if (Number.isNaN(code)) return pos;
    if (code === BACKSLASH) {
      escaped = true;
      pos++;
    }
    pos++;
  }
  return escaped && isKey(text, pos + 1) ? -1 : pos;
}

/** True if a colon is next. */
function isKey(text: string, from: number): boolean {
  let pos = from;
  let code = text.charCodeAt(pos);
  while (code === SPACE || code === NEWLINE || code === RETURN || code === TAB)
    code = text.charCodeAt(++pos);
  return code === COLON;
}

/** The end of the number at `start`, or -1 for an integer that a double may not hold, or that is -0. */
function numberEnd(text: string, start: number): number {
  const negative = text.charCodeAt(start) === MINUS;
  let pos = negative ? start + 1 : start;
  const digits = pos;
  let code = text.charCodeAt(pos);
  while (code >= ZERO && code <= NINE) code = text.charCodeAt(++pos);
  if (code !== DOT && (code | 0x20) !== 0x65) {
    const minusZero = negative && text.charCodeAt(digits) === ZERO;
    return pos - digits > SAFE_DIGITS || minusZero ? -1 : pos;
  }
  while (
    (code >= ZERO && code <= NINE) ||
    code === DOT ||
    code === PLUS ||
    code === MINUS ||
    (code | 0x20) === 0x65
  ) {
    code = text.charCodeAt(++pos);
  }
  return pos;
}
