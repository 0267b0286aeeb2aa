import {
  BACKSLASH,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DOUBLE_QUOTE,
  digitOf,
  NEWLINE,
  OPEN_BRACE,
  RETURN,
  SINGLE_QUOTE,
} from "./characters.ts";
import { PythonNumbers } from "./python-numbers.ts";
import { sliceOf } from "./slices.ts";
import { codePointNamed } from "./unicode-names.ts";

/** From this length on a search by `indexOf` beats a loop over the characters. */
const LONG_TEXT = 48;

/** What stands before the quote of a string literal: `rb` in `rb'…'`. */
interface Prefix {
  readonly length: number;
  readonly bytes: boolean;
  readonly raw: boolean;
}
const NO_PREFIX: Prefix = { length: 0, bytes: false, raw: false };

/** Reads Python's text and bytes literals. */
export class PythonStrings extends PythonNumbers {
  // Where the next of these characters is, as far as known. Asked for long texts only.
  #nextBackslash = -1;
  #nextNewline = -1;
  #nextReturn = -1;

  /** A string literal without prefix: most are short, on one line, without escapes, and alone. */
  protected string(quote: number): unknown {
    const text = this.text;
    const start = this.pos + 1;
    const end = this.#plainEnd(start, quote);
    if (end < 0 || (end === start && text.charCodeAt(start + 1) === quote))
      return this.#strings(NO_PREFIX);
    const after = text.charCodeAt(end + 1);
    if (after === COMMA || after === COLON || after === CLOSE_PAREN || after === CLOSE_BRACKET) {
      this.pos = end + 1;
      return sliceOf(text, start, end);
    }
    return this.#strings(NO_PREFIX);
  }

  /** The closing quote of a literal that begins at `start`, or -1 if something else comes first that needs care. */
  #plainEnd(start: number, quote: number): number {
    const text = this.text;
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

  protected prefixedString(): unknown {
    const prefix = this.#prefix();
    if (!prefix) throw this.error("a value");
    return this.#strings(prefix);
  }

  /** The prefix of the string literal at this place; undefined if there is no such literal. */
  #prefix(): Prefix | undefined {
    const text = this.text;
    let bytes = false;
    let raw = false;
    let unicode = false;
    for (let length = 0; length < 3; length++) {
      const code = text.charCodeAt(this.pos + length);
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
    const start = this.pos;
    let joined = this.#piece(first);
    for (let last = this.pos; ; last = this.pos) {
      this.peek();
      const prefix = this.#prefix();
      if (!prefix) {
        this.pos = last;
        break;
      }
      if (prefix.bytes !== first.bytes)
        throw this.error("text or bytes, not both side by side", start);
      joined += this.#piece(prefix);
    }
    return first.bytes ? new Uint8Array(Buffer.from(joined, "latin1")) : joined;
  }

  /** One string literal; of a bytes literal, one character a byte. */
  #piece(prefix: Prefix): string {
    const text = this.text;
    const start = this.pos;
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
        this.pos = pos;
        joined += this.#escape(prefix);
        from = pos = this.pos;
      } else if (code === RETURN && triple) {
        joined += `${text.slice(from, pos)}\n`;
        from = pos = this.afterLineEnd(pos) as number;
      } else if (Number.isNaN(code) || (!triple && (code === NEWLINE || code === RETURN))) {
        throw this.error(
          `a closing ${text.charAt(start + prefix.length)} of the text that starts there`,
          start,
        );
      } else if (prefix.bytes && code > 0x7f) {
        throw this.error("an ASCII character in a bytes literal", pos);
      } else {
        pos++;
      }
    }
    this.pos = triple ? pos + 3 : pos + 1;
    return joined === "" ? sliceOf(text, from, pos) : joined + text.slice(from, pos);
  }

  /** The backslash at this place and what belongs to it. */
  #escape(prefix: Prefix): string {
    const text = this.text;
    const start = this.pos;
    const code = text.charCodeAt(start + 1);
    const lineEnd = this.afterLineEnd(start + 1);
    if (Number.isNaN(code)) throw this.error("a character after the backslash", start);
    if (prefix.raw || lineEnd !== undefined) {
      this.pos = lineEnd ?? start + 2;
      if (prefix.bytes && code > 0x7f)
        throw this.error("an ASCII character in a bytes literal", start + 1);
      if (!prefix.raw) return "";
      return lineEnd === undefined ? text.slice(start, start + 2) : "\\\n";
    }
    this.pos += 2;
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
    this.pos = start + 1;
    return "\\";
  }

  #hexEscape(digits: number): string {
    let code = 0;
    for (let i = 0; i < digits; i++) {
      const digit = digitOf(this.text.charCodeAt(this.pos));
      if (digit >= 16) throw this.error(`${digits} hexadecimal digits of an escape`);
      code = code * 16 + digit;
      this.pos++;
    }
    if (code > 0x10ffff) throw this.error("a code point up to 10ffff", this.pos - digits);
    return String.fromCodePoint(code);
  }

  /** Up to three octal digits; bytes keep the low eight bits, as in Python. */
  #octalEscape(bytes: boolean): string {
    let code = 0;
    this.pos--;
    for (let i = 0; i < 3; i++) {
      const digit = digitOf(this.text.charCodeAt(this.pos));
      if (digit >= 8) break;
      code = code * 8 + digit;
      this.pos++;
    }
    return String.fromCharCode(bytes ? code & 0xff : code);
  }

  #namedEscape(): string {
    const text = this.text;
    const start = this.pos;
    // No name is longer than 100 characters: the search is bounded, or many open braces would take quadratic time.
    const length =
      text.charCodeAt(start) === OPEN_BRACE ? text.slice(start + 1, start + 101).indexOf("}") : -1;
    const code = length < 0 ? undefined : codePointNamed(text.slice(start + 1, start + 1 + length));
    if (code === undefined)
      throw this.error("a character name that Bunsen knows in the \\N escape");
    this.pos = start + length + 2;
    return String.fromCodePoint(code);
  }
}

function indexOr(text: string, search: string, from: number): number {
  const index = text.indexOf(search, from);
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}
