import { SerializeError } from "../errors.ts";
import { MAX_INT_DIGITS, parseFloatText } from "../values/python-text.ts";
import {
  type ClassDict,
  Complex,
  Ellipsis,
  type PlainRecord,
  setKey,
  Tuple,
} from "../values/types.ts";
import { EqualKeys } from "./python-equality.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";
import { fromBase64 } from "./serpent-bytes.ts";
import { sliceOf } from "./slices.ts";
import { codePointNamed } from "./unicode-names.ts";

/** From this length on a search by `indexOf` beats a loop over the characters. */
const LONG_TEXT = 48;
/** So many digits always make a safe integer. */
const SAFE_DIGITS = 15;
/** 10^0 to 10^15, which doubles hold exactly, so that one division rounds as it should. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: SAFE_DIGITS + 1 }, (_, n) => 10 ** n);
/** Bounds the time of integers in base 2, 8 or 16, whose digits Python does not limit. */
const MAX_BASE_DIGITS = 1_000_000;

// Characters, by their codes. At the end of the text charCodeAt gives NaN, which equals none of them.
const TAB = 0x09;
const NEWLINE = 0x0a;
const FORM_FEED = 0x0c;
const RETURN = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const OPEN_PAREN = 0x28;
const CLOSE_PAREN = 0x29;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const UNDERSCORE = 0x5f;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What serpent writes first. */
export const HEADER = "# serpent utf-8 python3.2\n";

/** What stands before the quote of a string literal: `rb` in `rb'…'`. */
interface Prefix {
  readonly length: number;
  readonly bytes: boolean;
  readonly raw: boolean;
}
const NO_PREFIX: Prefix = { length: 0, bytes: false, raw: false };

/**
 * Reads the Python literals that `ast.literal_eval` reads, by recursive descent over the text. One instance reads one
 * document.
 * @see spec/pyro.md 9.1, "Accepted input"
 */
export class SerpentDecoder {
  readonly #text: string;
  readonly #classes: ClassHooks;
  #pos = 0;
  /** Open brackets. */
  #depth = 0;
  /** True within a dict key or set member, where no list, dict or set may stand. */
  #hashing = false;
  /** Whether the number read last was an int. */
  #int = false;
  /** Where the number read last ended, closing parentheses included. */
  #numberEnd = -1;
  /**
   * By depth, the keys of the record read last: the rows of a table share their keys, and comparing beats reading anew.
   * Undefined for keys that were written with escapes.
   */
  readonly #keys: (string | undefined)[][] = [];
  /** Whether the key read last was written without escapes. */
  #plainKey = false;
  // Where the next of these characters is, as far as known. Asked for long texts only.
  #nextBackslash = -1;
  #nextNewline = -1;
  #nextReturn = -1;

  constructor(text: string, classes: ClassHooks) {
    this.#text = text;
    this.#classes = classes;
  }

  decode(): unknown {
    const nul = this.#text.indexOf("\0");
    if (nul >= 0) throw this.#error("no NUL character", nul);
    this.#skipHead();
    const first = this.#value();
    const value = this.#peek() === COMMA ? this.#bareTuple(first) : first;
    this.#skipTail();
    return value;
  }

  // Blanks between tokens

  /** Comments and empty lines, then the start of the expression, which may be indented in the first line only. */
  #skipHead(): void {
    const text = this.#text;
    if (text.startsWith(HEADER)) this.#pos = HEADER.length;
    if (text.charCodeAt(this.#pos) > HASH) return;
    let pos = 0;
    while (text.charCodeAt(pos) === SPACE || text.charCodeAt(pos) === TAB) pos++;
    for (let lineStart = pos; ; lineStart = pos) {
      while (isBlank(text.charCodeAt(pos))) pos++;
      let code = text.charCodeAt(pos);
      if (code === HASH) {
        pos = this.#lineEnd(pos);
        code = text.charCodeAt(pos);
      } else if (code !== NEWLINE && code !== RETURN) {
        const indented = text.slice(lineStart, pos).replaceAll("\f", "") !== "";
        this.#pos = pos;
        if (indented) throw this.#error("no indentation", lineStart);
        return;
      }
      if (Number.isNaN(code)) throw this.#error("a value", pos);
      pos++;
    }
  }

  /** Nothing but blanks, comments and empty lines may follow the expression. */
  #skipTail(): void {
    const text = this.#text;
    this.#peek();
    let pos = this.#pos;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === HASH) pos = this.#lineEnd(pos);
      else if (code === NEWLINE || code === RETURN || isBlank(code)) pos++;
      else break;
    }
    if (pos < text.length) throw this.#error("the end of the document", pos);
  }

  #lineEnd(from: number): number {
    const text = this.#text;
    let pos = from;
    while (pos < text.length && text.charCodeAt(pos) !== NEWLINE && text.charCodeAt(pos) !== RETURN)
      pos++;
    return pos;
  }

  /** Skips blanks, and within brackets also line ends and comments. Returns the character it stopped at, or NaN. */
  #peek(): number {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#pos);
      if (code > HASH && code !== BACKSLASH) return code;
      switch (code) {
        case SPACE:
        case TAB:
        case FORM_FEED:
          this.#pos++;
          break;
        case NEWLINE:
        case RETURN:
          if (this.#depth === 0) return code;
          this.#pos++;
          break;
        case HASH:
          if (this.#depth === 0) return code;
          this.#pos = this.#lineEnd(this.#pos);
          break;
        case BACKSLASH:
          this.#pos = this.#afterContinuation(this.#pos);
          break;
        default:
          return code;
      }
    }
  }

  /** A backslash at the end of a line joins it with the next. */
  #afterContinuation(backslash: number): number {
    const end = this.#afterLineEnd(backslash + 1);
    if (end === undefined || end === this.#text.length)
      throw this.#error("a line after the backslash", backslash);
    return end;
  }

  /** The position after the line end at `pos`; undefined if there is none. */
  #afterLineEnd(pos: number): number | undefined {
    const code = this.#text.charCodeAt(pos);
    if (code === NEWLINE) return pos + 1;
    if (code !== RETURN) return undefined;
    return this.#text.charCodeAt(pos + 1) === NEWLINE ? pos + 2 : pos + 1;
  }

  // Values

  #value(): unknown {
    const code = this.#peek();
    switch (code) {
      case SINGLE_QUOTE:
      case DOUBLE_QUOTE:
        return this.#string(code);
      case OPEN_PAREN:
        return this.#parenthesised();
      case OPEN_BRACKET:
        return this.#list();
      case OPEN_BRACE:
        return this.#braces();
      case 0x4e:
        return this.#keyword("None", null);
      case 0x54:
        return this.#keyword("True", true);
      case 0x46:
        return this.#keyword("False", false);
      case 0x73:
        return this.#emptySet();
      case PLUS:
      case MINUS:
        return this.#signedNumber(code);
      case DOT:
        if (this.#text.startsWith("...", this.#pos)) return this.#keyword("...", Ellipsis.value);
        return this.#number();
      default:
        if (code >= ZERO && code <= NINE) return this.#number();
        return this.#prefixedString();
    }
  }

  /** What follows the word is judged by who asked for the value: neither `Nonesense` nor `None None` get past it. */
  #keyword<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#pos)) throw this.#error("a value");
    this.#pos += word.length;
    return value;
  }

  /** `set()` is what Python calls an empty set; serpent itself writes `()`. */
  #emptySet(): Set<unknown> {
    const start = this.#pos;
    this.#keyword("set", null);
    if (this.#peek() !== OPEN_PAREN) throw this.#error("a value", start);
    this.#open("set");
    if (this.#peek() !== CLOSE_PAREN) throw this.#error('")"');
    this.#close();
    return new Set();
  }

  #open(unhashable?: "list" | "dict" | "set"): void {
    if (unhashable && this.#hashing) {
      throw this.#error(`a dict key or set member, which no ${unhashable} can be`);
    }
    if (++this.#depth > MAX_DEPTH) {
      const where = `character ${this.#pos}`;
      throw new SerializeError(
        "ERR_TOO_DEEP",
        `serpent: more than ${MAX_DEPTH} open brackets at ${where}`,
      );
    }
    this.#pos++;
  }

  #close(): void {
    this.#depth--;
    this.#pos++;
  }

  #list(): unknown[] {
    this.#open("list");
    const items: unknown[] = [];
    if (this.#peek() !== CLOSE_BRACKET) this.#itemsInto(items, CLOSE_BRACKET);
    this.#close();
    return items;
  }

  /** Reads up to the closing bracket. The first item is not yet read, and there is one. */
  #itemsInto(items: unknown[], closing: number): void {
    for (;;) {
      items.push(this.#value());
      if (this.#separator(closing)) return;
    }
  }

  /** After a value: true at the closing bracket, false before another value. */
  #separator(closing: number): boolean {
    const code = this.#peek();
    if (code === COMMA) {
      this.#pos++;
      return this.#peek() === closing;
    }
    if (code === closing) return true;
    throw this.#error(`"," or "${String.fromCharCode(closing)}"`);
  }

  /** A tuple, or a value in parentheses. */
  #parenthesised(): unknown {
    this.#open();
    if (this.#peek() === CLOSE_PAREN) {
      this.#close();
      return new Tuple();
    }
    const first = this.#value();
    const end = this.#pos;
    if (this.#peek() === COMMA) {
      const items = new Tuple();
      items.push(first);
      this.#pos++;
      if (this.#peek() !== CLOSE_PAREN) this.#itemsInto(items, CLOSE_PAREN);
      this.#close();
      return items;
    }
    if (this.#peek() !== CLOSE_PAREN) throw this.#error('"," or ")"');
    this.#close();
    if (this.#numberEnd !== end) return first;
    this.#numberEnd = this.#pos;
    return this.#sum(first);
  }

  /** `1, 2` without brackets, as Python allows around a whole document. */
  #bareTuple(first: unknown): Tuple {
    const items = new Tuple();
    items.push(first);
    while (this.#peek() === COMMA) {
      this.#pos++;
      const code = this.#peek();
      if (Number.isNaN(code) || code === NEWLINE || code === RETURN || code === HASH) break;
      items.push(this.#value());
    }
    return items;
  }

  // Dicts and sets

  #braces(): unknown {
    const start = this.#pos;
    this.#open("dict");
    if (this.#peek() === CLOSE_BRACE) {
      this.#close();
      return {};
    }
    const first = this.#key(0);
    if (this.#peek() !== COLON) return this.#set(first);
    return typeof first === "string" ? this.#record(first, start) : this.#map(new Map(), first);
  }

  #key(index: number): unknown {
    const code = this.#peek();
    const start = this.#pos;
    if (code === SINGLE_QUOTE || code === DOUBLE_QUOTE) {
      const expected = this.#keys[this.#depth]?.[index];
      if (expected !== undefined && this.#text.startsWith(expected, start + 1)) {
        const end = start + 1 + expected.length;
        if (this.#text.charCodeAt(end) === code && this.#text.charCodeAt(end + 1) === COLON) {
          this.#pos = end + 1;
          this.#plainKey = true;
          return expected;
        }
      }
    }
    this.#hashing = true;
    const key = this.#value();
    this.#hashing = false;
    // Whatever an escape or a prefix stands for, it is shorter than its source.
    this.#plainKey = typeof key === "string" && this.#pos - start === key.length + 2;
    return key;
  }

  /** A dict whose first key is text and was read. Goes over to a `Map` at the first key that is not. */
  #record(first: string, start: number): unknown {
    const record: PlainRecord = {};
    const keys: (string | undefined)[] = [];
    let special = false;
    for (let key: unknown = first; ; key = this.#key(keys.length)) {
      if (typeof key !== "string") return this.#map(new Map(Object.entries(record)), key);
      keys.push(this.#plainKey ? key : undefined);
      const value = this.#valueOf();
      if (key.length >= 8 && (key === "__class__" || key === "encoding" || key === "__proto__")) {
        special ||= key !== "__proto__";
        setKey(record, key, value);
      } else {
        record[key] = value;
      }
      if (this.#separator(CLOSE_BRACE)) break;
    }
    this.#keys[this.#depth] = keys;
    this.#close();
    return special ? this.#special(record, start) : record;
  }

  /** The value of a dict entry whose key was read. */
  #valueOf(): unknown {
    if (this.#peek() !== COLON) throw this.#error('":"');
    this.#pos++;
    return this.#value();
  }

  /** Goes on with a dict that has keys other than text, of which `first` was read. */
  #map(map: Map<unknown, unknown>, first: unknown): Map<unknown, unknown> {
    const equal = new EqualKeys();
    for (let key = first; ; key = this.#key(-1)) {
      map.set(equal.first(key), this.#valueOf());
      if (this.#separator(CLOSE_BRACE)) break;
    }
    this.#close();
    return map;
  }

  #set(first: unknown): Set<unknown> {
    const set = new Set<unknown>();
    const equal = new EqualKeys();
    for (let member = first; ; member = this.#key(-1)) {
      set.add(equal.first(member));
      if (this.#separator(CLOSE_BRACE)) break;
    }
    this.#close();
    return set;
  }

  /** Dicts that stand for something else: NaN, bytes, instances. */
  #special(record: PlainRecord, start: number): unknown {
    const name = record["__class__"];
    if (name === "float") return this.#classFloat(record["value"], start);
    if (typeof name === "string") return this.#classes.fromWire(record as ClassDict);
    if (record["encoding"] !== "base64") return record;
    const data = record["data"];
    if (typeof data !== "string" || Object.keys(record).length !== 2) return record;
    return fromBase64(data) ?? record;
  }

  #classFloat(value: unknown, start: number): number {
    const float = typeof value === "string" ? parseFloatText(value) : Number(value);
    if (float === undefined || (typeof value !== "string" && typeof value !== "number")) {
      throw this.#error("a float dict with the text of a number as its value", start);
    }
    return float;
  }

  // Numbers

  #signedNumber(sign: number): unknown {
    this.#pos++;
    const value = this.#unsigned();
    this.#numberEnd = this.#pos;
    if (sign === PLUS) return this.#sum(value);
    if (value instanceof Complex) return new Complex(-value.re, -value.im);
    return this.#sum(value === 0 && this.#int ? 0 : -value);
  }

  #number(): unknown {
    const value = this.#literal();
    this.#numberEnd = this.#pos;
    const code = this.#text.charCodeAt(this.#pos);
    return code === COMMA || code === CLOSE_PAREN || code === CLOSE_BRACKET || code === CLOSE_BRACE
      ? value
      : this.#sum(value);
  }

  /** A complex number is written as a sum: reads on if `real` is its first part. */
  #sum(real: unknown): unknown {
    const code = this.#peek();
    if (
      (code !== PLUS && code !== MINUS) ||
      (typeof real !== "number" && typeof real !== "bigint")
    ) {
      this.#numberEnd = this.#pos;
      return real;
    }
    const start = this.#numberEnd;
    this.#pos++;
    const imaginary = this.#unsigned();
    if (!(imaginary instanceof Complex)) throw this.#error("an imaginary number", start);
    const re = Number(real);
    if (typeof real === "bigint" && !Number.isFinite(re))
      throw this.#error("a smaller integer", start);
    // As Python computes it: the sum with the real part 0 of the imaginary number turns -0 into 0, the difference not.
    return code === PLUS
      ? new Complex(re + 0, imaginary.im)
      : new Complex(re - 0, 0 - imaginary.im);
  }

  /** A number without a sign, perhaps in parentheses. */
  #unsigned(): number | bigint | Complex {
    let parens = 0;
    while (this.#peek() === OPEN_PAREN) {
      this.#open();
      parens++;
    }
    const code = this.#peek();
    if (!(code === DOT || (code >= ZERO && code <= NINE))) throw this.#error("a number");
    const value = this.#literal();
    for (; parens > 0; parens--) {
      if (this.#peek() !== CLOSE_PAREN) throw this.#error('")"');
      this.#close();
    }
    return value;
  }

  /** What most numbers are: up to 15 digits, perhaps with a point among them. */
  #literal(): number | bigint | Complex {
    const text = this.#text;
    const start = this.#pos;
    let pos = start;
    let value = 0;
    let code = text.charCodeAt(pos);
    for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++pos))
      value = value * 10 + (code - ZERO);
    const whole = pos - start;
    const leadingZero = whole > 1 && text.charCodeAt(start) === ZERO;
    if (code === DOT && whole > 0) {
      for (
        code = text.charCodeAt(++pos);
        code >= ZERO && code <= NINE;
        code = text.charCodeAt(++pos)
      ) {
        value = value * 10 + (code - ZERO);
      }
      const fraction = pos - start - whole - 1;
      if (isNumberPart(code)) return this.#longLiteral(start);
      this.#pos = pos;
      this.#int = false;
      if (whole + fraction > SAFE_DIGITS) return Number(text.slice(start, pos));
      return value / (POWERS_OF_TEN[fraction] as number);
    }
    if (whole > SAFE_DIGITS || leadingZero || isNumberPart(code)) return this.#longLiteral(start);
    this.#pos = pos;
    this.#int = true;
    return value;
  }

  /** Any number literal of Python's. */
  #longLiteral(start: number): number | bigint | Complex {
    const text = this.#text;
    const base = text.charCodeAt(start) === ZERO ? baseOf(text.charCodeAt(start + 1)) : 10;
    if (base !== 10) return this.#baseLiteral(start, base);
    let pos = text.charCodeAt(start) === DOT ? start : this.#digits(start, 10);
    let int = true;
    if (text.charCodeAt(pos) === DOT) {
      int = false;
      pos++;
      if (pos === start + 1 || isDigit(text.charCodeAt(pos))) pos = this.#digits(pos, 10);
    }
    if ((text.charCodeAt(pos) | 0x20) === 0x65) {
      const sign = text.charCodeAt(pos + 1);
      pos = this.#digits(sign === PLUS || sign === MINUS ? pos + 2 : pos + 1, 10);
      int = false;
    }
    const written = text.slice(start, pos);
    const digits = written.includes("_") ? written.replaceAll("_", "") : written;
    const imaginary = (text.charCodeAt(pos) | 0x20) === 0x6a;
    this.#pos = imaginary ? pos + 1 : pos;
    this.#int = int && !imaginary;
    if (imaginary) return new Complex(0, Number(digits));
    return int ? this.#integer(digits, start) : Number(digits);
  }

  #integer(digits: string, start: number): number | bigint {
    if (digits.length > 1 && digits.charCodeAt(0) === ZERO) {
      if (/[^0]/.test(digits)) throw this.#error("an integer without leading zeros", start);
      return 0;
    }
    if (digits.length <= SAFE_DIGITS) return Number(digits);
    if (digits.length > MAX_INT_DIGITS) {
      throw this.#error(`an integer of at most ${MAX_INT_DIGITS} digits`, start);
    }
    return safe(BigInt(digits));
  }

  /** `0x…`, `0o…` or `0b…`. */
  #baseLiteral(start: number, base: number): number | bigint {
    const text = this.#text;
    const first = text.charCodeAt(start + 2) === UNDERSCORE ? start + 3 : start + 2;
    const end = this.#digits(first, base);
    if (end - first > MAX_BASE_DIGITS) {
      throw this.#error(`an integer of at most ${MAX_BASE_DIGITS} digits`, start);
    }
    this.#pos = end;
    this.#int = true;
    return safe(
      BigInt(`${text.slice(start, start + 2)}${text.slice(first, end).replaceAll("_", "")}`),
    );
  }

  /** The end of the digits at `pos`, which may have single underscores between them. */
  #digits(start: number, base: number): number {
    const text = this.#text;
    let pos = start;
    while (digitOf(text.charCodeAt(pos)) < base) {
      pos++;
      if (text.charCodeAt(pos) === UNDERSCORE && digitOf(text.charCodeAt(pos + 1)) < base) pos++;
    }
    if (pos === start) throw this.#error("a digit", pos);
    return pos;
  }

  // Text and bytes

  /** A string literal without prefix: most are short, on one line, without escapes, and alone. */
  #string(quote: number): unknown {
    const text = this.#text;
    const start = this.#pos + 1;
    const end = this.#plainEnd(start, quote);
    if (end < 0 || (end === start && text.charCodeAt(start + 1) === quote))
      return this.#strings(NO_PREFIX);
    const after = text.charCodeAt(end + 1);
    if (after === COMMA || after === COLON || after === CLOSE_PAREN || after === CLOSE_BRACKET) {
      this.#pos = end + 1;
      return sliceOf(text, start, end);
    }
    return this.#strings(NO_PREFIX);
  }

  /** The closing quote of a literal that begins at `start`, or -1 if something else comes first that needs care. */
  #plainEnd(start: number, quote: number): number {
    const text = this.#text;
    const near = start + LONG_TEXT;
    for (let pos = start; pos < near; pos++) {
      const code = text.charCodeAt(pos);
      if (code === quote) return pos;
      if (code === BACKSLASH || code === NEWLINE || code === RETURN || Number.isNaN(code))
        return -1;
    }
    const end = text.indexOf(String.fromCharCode(quote), near);
    // Each is searched for again only once passed, so all searches together read the text once.
    if (this.#nextBackslash < near) this.#nextBackslash = indexOr(text, "\\", near);
    if (this.#nextNewline < near) this.#nextNewline = indexOr(text, "\n", near);
    if (this.#nextReturn < near) this.#nextReturn = indexOr(text, "\r", near);
    return end < this.#nextBackslash && end < this.#nextNewline && end < this.#nextReturn
      ? end
      : -1;
  }

  #prefixedString(): unknown {
    const prefix = this.#prefix();
    if (!prefix) throw this.#error("a value");
    return this.#strings(prefix);
  }

  /** The prefix of the string literal at this place; undefined if there is no such literal. */
  #prefix(): Prefix | undefined {
    const text = this.#text;
    let bytes = false;
    let raw = false;
    let unicode = false;
    for (let length = 0; length < 3; length++) {
      const code = text.charCodeAt(this.#pos + length);
      if (code === SINGLE_QUOTE || code === DOUBLE_QUOTE) return { length, bytes, raw };
      const letter = code | 0x20;
      if (letter === 0x62 && !bytes && !unicode) bytes = true;
      else if (letter === 0x72 && !raw && !unicode) raw = true;
      else if (letter === 0x75 && length === 0) unicode = true;
      else break;
    }
    return undefined;
  }

  /** One string literal, or several side by side, which count as one. */
  #strings(first: Prefix): string | Uint8Array {
    const start = this.#pos;
    let joined = this.#piece(first);
    for (let last = this.#pos; ; last = this.#pos) {
      this.#peek();
      const prefix = this.#prefix();
      if (!prefix) {
        this.#pos = last;
        break;
      }
      if (prefix.bytes !== first.bytes)
        throw this.#error("text or bytes, not both side by side", start);
      joined += this.#piece(prefix);
    }
    return first.bytes ? new Uint8Array(Buffer.from(joined, "latin1")) : joined;
  }

  /** One string literal; of a bytes literal, one character a byte. */
  #piece(prefix: Prefix): string {
    const text = this.#text;
    const start = this.#pos;
    const quote = text.charCodeAt(start + prefix.length);
    let pos = start + prefix.length + 1;
    const triple = text.charCodeAt(pos) === quote && text.charCodeAt(pos + 1) === quote;
    if (triple) pos += 2;
    let joined = "";
    let from = pos;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === quote) {
        if (!triple) break;
        if (text.charCodeAt(pos + 1) === quote && text.charCodeAt(pos + 2) === quote) break;
        pos++;
      } else if (code === BACKSLASH) {
        joined += text.slice(from, pos);
        this.#pos = pos;
        joined += this.#escape(prefix);
        from = pos = this.#pos;
      } else if (code === RETURN && triple) {
        joined += `${text.slice(from, pos)}\n`;
        from = pos = this.#afterLineEnd(pos) as number;
      } else if (Number.isNaN(code) || (!triple && (code === NEWLINE || code === RETURN))) {
        throw this.#error(
          `a closing ${text.charAt(start + prefix.length)} of the text that starts there`,
          start,
        );
      } else if (prefix.bytes && code > 0x7f) {
        throw this.#error("an ASCII character in a bytes literal", pos);
      } else {
        pos++;
      }
    }
    this.#pos = triple ? pos + 3 : pos + 1;
    return joined === "" ? sliceOf(text, from, pos) : joined + text.slice(from, pos);
  }

  /** The backslash at this place and what belongs to it. */
  #escape(prefix: Prefix): string {
    const text = this.#text;
    const start = this.#pos;
    const code = text.charCodeAt(start + 1);
    const lineEnd = this.#afterLineEnd(start + 1);
    if (Number.isNaN(code)) throw this.#error("a character after the backslash", start);
    if (prefix.raw || lineEnd !== undefined) {
      this.#pos = lineEnd ?? start + 2;
      if (prefix.bytes && code > 0x7f)
        throw this.#error("an ASCII character in a bytes literal", start + 1);
      if (!prefix.raw) return "";
      return lineEnd === undefined ? text.slice(start, start + 2) : "\\\n";
    }
    this.#pos += 2;
    switch (code) {
      case BACKSLASH:
        return "\\";
      case SINGLE_QUOTE:
        return "'";
      case DOUBLE_QUOTE:
        return '"';
      case 0x61:
        return "\x07";
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
      case 0x76:
        return "\v";
      case 0x78:
        return this.#hexEscape(2);
      case 0x75:
        if (!prefix.bytes) return this.#hexEscape(4);
        break;
      case 0x55:
        if (!prefix.bytes) return this.#hexEscape(8);
        break;
      case 0x4e:
        if (!prefix.bytes) return this.#namedEscape();
        break;
      default:
        if (digitOf(code) < 8) return this.#octalEscape(prefix.bytes);
    }
    // An unknown escape is no escape: the backslash stays, and the character is read as any other.
    this.#pos = start + 1;
    return "\\";
  }

  #hexEscape(digits: number): string {
    let code = 0;
    for (let i = 0; i < digits; i++) {
      const digit = digitOf(this.#text.charCodeAt(this.#pos));
      if (digit >= 16) throw this.#error(`${digits} hexadecimal digits of an escape`);
      code = code * 16 + digit;
      this.#pos++;
    }
    if (code > 0x10ffff) throw this.#error("a code point up to 10ffff", this.#pos - digits);
    return String.fromCodePoint(code);
  }

  /** Up to three octal digits; bytes keep the low eight bits, as in Python. */
  #octalEscape(bytes: boolean): string {
    let code = 0;
    this.#pos--;
    for (let i = 0; i < 3; i++) {
      const digit = digitOf(this.#text.charCodeAt(this.#pos));
      if (digit >= 8) break;
      code = code * 8 + digit;
      this.#pos++;
    }
    return String.fromCharCode(bytes ? code & 0xff : code);
  }

  #namedEscape(): string {
    const text = this.#text;
    const start = this.#pos;
    // No name is longer than 100 characters: the search is bounded, or many open braces would take quadratic time.
    const length =
      text.charCodeAt(start) === OPEN_BRACE ? text.slice(start + 1, start + 101).indexOf("}") : -1;
    const code = length < 0 ? undefined : codePointNamed(text.slice(start + 1, start + 1 + length));
    if (code === undefined)
      throw this.#error("a character name that Bunsen knows in the \\N escape");
    this.#pos = start + length + 2;
    return String.fromCodePoint(code);
  }

  #error(expected: string, at: number = this.#pos): SerializeError {
    const found =
      at < this.#text.length ? JSON.stringify(this.#text.slice(at, at + 20)) : "the end";
    const message = `serpent: expected ${expected} at character ${at}, found ${found}`;
    return new SerializeError("ERR_BAD_PAYLOAD", message);
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === FORM_FEED;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** True for what may continue a number literal beyond its digits: a point, an underscore, a letter. */
function isNumberPart(code: number): boolean {
  return code === DOT || code === UNDERSCORE || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

/** The value of a digit in any base up to 16; 99 for what is none. */
function digitOf(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 99;
}

function baseOf(code: number): number {
  const letter = code | 0x20;
  return letter === 0x78 ? 16 : letter === 0x6f ? 8 : letter === 0x62 ? 2 : 10;
}

function safe(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function indexOr(text: string, search: string, from: number): number {
  const index = text.indexOf(search, from);
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}
