import { readLatin1 } from "../../bytes/text.ts";
import { MAX_DEPTH } from "../../serializers/serializer.ts";
import { MAX_INT_DIGITS } from "../../values/python-text.ts";

/** Where something lies in a line: byte offsets from its start, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The value of a key. */
export interface ScannedValue extends Span {
  /** The first byte of the value, and of the first things in it: `[[{` for `[[1, 2], {"a": 3}]`. */
  readonly shape: string;
}

/** What a line that is a JSON object holds, as far as a router needs to know. */
export interface ScannedObject {
  /** The object, from its brace to the one that closes it. */
  readonly span: Span;
  /** The values of the keys that were asked for, by key; of equal keys the last one, as Python reads it. */
  readonly values: ReadonlyMap<string, ScannedValue>;
  /** True if some text holds half a surrogate pair: Python can read it, and fails when it writes it again. */
  readonly loneSurrogate: boolean;
  /** Why it cannot be passed on, though it is JSON: it goes too deep, or has an integer that is too long. */
  readonly overLimit: string | undefined;
}

/** Why a line is no JSON object. */
export interface ScanFault {
  readonly fault: string;
}

/** What the next byte belongs to. */
const State = {
  Value: 0,
  ItemOrEnd: 1,
  KeyOrEnd: 2,
  Key: 3,
  Colon: 4,
  AfterValue: 5,
  Done: 6,
  Text: 7,
  Escape: 8,
  Hex: 9,
  /** The rest of a character of several bytes. */
  Utf8: 10,
  Minus: 11,
  Zero: 12,
  Integer: 13,
  Point: 14,
  Fraction: 15,
  Exponent: 16,
  ExponentSign: 17,
  ExponentDigits: 18,
  /** A bare word such as `null`. */
  Word: 19,
} as const;
type State = (typeof State)[keyof typeof State];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LETTER_U = 0x75;

/** 1 for bytes that stand for themselves inside a text. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
const ESCAPES = new Set(Buffer.from('"\\/bfnrtu'));

/** The tokens that Python adds to JSON are words like the others. `-Infinity` is a minus and a word. */
const WORDS = new Map(
  ["null", "true", "false", "NaN", "Infinity"].map((word) => [
    word.charCodeAt(0),
    Buffer.from(word),
  ]),
);
const INFINITY = Buffer.from("Infinity");

/**
 * Checks a line of JSON while it arrives, byte by byte and in pieces of any size, and notes where the values of some
 * top-level keys lie. It keeps none of it: a router must know that a line of 100 MB can be read by its receiver, and for
 * whom it is, without ever stopping to parse it.
 *
 * It accepts what Python's `json` reads. What is deeper, or has longer integers, than every peer can read is read on, too:
 * whoever waits for it can be told.
 */
export class LineScanner {
  readonly #wanted: ReadonlySet<string>;
  #state: State = State.Value;
  /** Bytes of the line before the piece at hand. */
  #base = 0;
  #fault: string | undefined;
  #depth = 0;
  /** For each open bracket, whether it is a brace. */
  #braces = new Uint8Array(MAX_DEPTH + 1);
  #overLimit: string | undefined;
  #start = 0;
  #end = 0;
  #values = new Map<string, ScannedValue>();
  #loneSurrogate = false;
  /** The key at depth 1, as written; undefined inside other texts. */
  #key: string | undefined;
  /** Whether the text at hand is a key. */
  #isKey = false;
  /** The top-level key whose value is being read, if it is wanted. */
  #name: string | undefined;
  #valueStart = 0;
  #shape = "";
  #digits = 0;
  #hexDigits = 0;
  #hexValue = 0;
  /** The text so far ends in the first half of a surrogate pair. */
  #highSurrogate = false;
  #utf8Left = 0;
  #utf8Min = 0x80;
  #utf8Max = 0xbf;
  #word: Uint8Array = INFINITY;
  #wordAt = 0;

  /** @param wanted - ASCII keys. */
  constructor(wanted: Iterable<string>) {
    this.#wanted = new Set(wanted);
  }

  /** True once the line cannot be read, whatever follows. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Takes the next piece of the line. */
  scan(bytes: Uint8Array): void {
    const { length } = bytes;
    let at = 0;
    while (at < length && this.#fault === undefined) at = this.#step(bytes, at);
    this.#base += length;
  }

  /** The line is over: what it was. The next one starts anew. */
  finish(): ScannedObject | ScanFault {
    if (this.#state !== State.Done) this.#fail("it ends too early");
    const result =
      this.#fault === undefined
        ? {
            span: { start: this.#start, end: this.#end },
            values: this.#values,
            loneSurrogate: this.#loneSurrogate,
            overLimit: this.#overLimit,
          }
        : { fault: this.#fault };
    this.#state = State.Value;
    this.#base = 0;
    this.#fault = undefined;
    this.#depth = 0;
    this.#values = new Map();
    this.#loneSurrogate = false;
    this.#overLimit = undefined;
    this.#key = undefined;
    this.#name = undefined;
    return result;
  }

  /** Reads on at `at`; returns where to go on: the same place when a number ended there. */
  #step(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] as number;
    switch (this.#state) {
      case State.Text:
        return this.#text(bytes, at);
      case State.Escape:
        return this.#escape(byte, at);
      case State.Hex:
        return this.#hex(byte, at);
      case State.Utf8:
        return this.#utf8(byte, at);
      case State.Minus:
      case State.Zero:
      case State.Integer:
      case State.Point:
      case State.Fraction:
      case State.Exponent:
      case State.ExponentSign:
      case State.ExponentDigits:
        return this.#number(bytes, at);
      case State.Word:
        return this.#letter(byte, at);
      default:
        return isBlank(byte) ? at + 1 : this.#structure(byte, at);
    }
  }

  /** A byte between values. */
  #structure(byte: number, at: number): number {
    switch (this.#state) {
      case State.Value:
        return this.#value(byte, at);
      case State.ItemOrEnd:
        return byte === CLOSE_BRACKET ? this.#close(at) : this.#value(byte, at);
      case State.KeyOrEnd:
        if (byte === CLOSE_BRACE) return this.#close(at);
        return this.#openKey(byte, at);
      case State.Key:
        return this.#openKey(byte, at);
      case State.Colon:
        if (byte !== COLON) return this.#fail('":" is missing after a key');
        this.#state = State.Value;
        return at + 1;
      case State.AfterValue:
        return this.#afterValue(byte, at);
      default:
        return this.#fail("something follows the object");
    }
  }

  #value(byte: number, at: number): number {
    if (this.#depth === 0) {
      if (byte !== OPEN_BRACE) return this.#fail("it is no JSON object");
      this.#start = this.#base + at;
    } else if (this.#depth === 1) {
      this.#valueStart = this.#base + at;
      this.#shape = String.fromCharCode(byte);
    } else if (this.#depth === 2 && this.#shape.length < MAX_SHAPE) {
      this.#shape += String.fromCharCode(byte);
    }
    if (byte === QUOTE) return this.#openText(false, at);
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return this.#open(byte, at);
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.#openNumber(byte, at);
    const word = WORDS.get(byte);
    if (word === undefined) return this.#fail("a value is missing");
    return this.#openWord(word, at);
  }

  #open(byte: number, at: number): number {
    if (this.#depth >= MAX_DEPTH) {
      const why = `more than ${MAX_DEPTH} brackets are open`;
      if (this.#depth === MAX_TRACKED_DEPTH) return this.#fail(why);
      this.#overLimit ??= why;
      if (this.#depth === this.#braces.length) {
        const wider = new Uint8Array(MAX_TRACKED_DEPTH);
        wider.set(this.#braces);
        this.#braces = wider;
      }
    }
    const brace = byte === OPEN_BRACE;
    this.#braces[this.#depth++] = brace ? 1 : 0;
    this.#state = brace ? State.KeyOrEnd : State.ItemOrEnd;
    return at + 1;
  }

  #close(at: number): number {
    this.#depth--;
    this.#endValue(this.#base + at + 1);
    return at + 1;
  }

  #afterValue(byte: number, at: number): number {
    const brace = this.#braces[this.#depth - 1] === 1;
    if (byte === (brace ? CLOSE_BRACE : CLOSE_BRACKET)) return this.#close(at);
    if (byte !== COMMA) return this.#fail(`"," or "${brace ? "}" : "]"}" is missing`);
    this.#state = brace ? State.Key : State.Value;
    return at + 1;
  }

  /** A value ended before `end`. */
  #endValue(end: number): void {
    if (this.#depth === 0) {
      this.#end = end;
      this.#state = State.Done;
      return;
    }
    if (this.#depth === 1 && this.#name !== undefined) {
      this.#values.set(this.#name, { start: this.#valueStart, end, shape: this.#shape });
      this.#name = undefined;
    }
    this.#state = State.AfterValue;
  }

  #openKey(byte: number, at: number): number {
    if (byte !== QUOTE) return this.#fail("a key is missing");
    return this.#openText(true, at);
  }

  #openText(isKey: boolean, at: number): number {
    this.#isKey = isKey;
    this.#key = isKey && this.#depth === 1 ? "" : undefined;
    this.#highSurrogate = false;
    this.#state = State.Text;
    return at + 1;
  }

  #text(bytes: Uint8Array, from: number): number {
    let at = from;
    const { length } = bytes;
    while (at < length && PLAIN[bytes[at] as number] === 1) at++;
    if (at > from) {
      this.#unpaired();
      if (this.#key !== undefined) this.#noteKey(bytes, from, at);
    }
    if (at === length) return at;
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      this.#unpaired();
      return this.#endText(at + 1);
    }
    if (byte === BACKSLASH) {
      this.#state = State.Escape;
      return at + 1;
    }
    if (byte < 0x20) return this.#fail("a text has a control character");
    this.#unpaired();
    // A key with other characters is none that anybody asked for.
    this.#key = undefined;
    return this.#openUtf8(byte, at);
  }

  #endText(at: number): number {
    if (!this.#isKey) {
      this.#endValue(this.#base + at);
      return at;
    }
    if (this.#depth === 1) this.#name = this.#wantedName();
    this.#key = undefined;
    this.#state = State.Colon;
    return at;
  }

  /** Escapes are read: `"\u0075id"` is the key `uid` to every parser. */
  #wantedName(): string | undefined {
    if (this.#key === undefined) return undefined;
    const name = this.#key.includes("\\") ? (JSON.parse(`"${this.#key}"`) as string) : this.#key;
    return this.#wanted.has(name) ? name : undefined;
  }

  #noteKey(bytes: Uint8Array, from: number, to: number): void {
    const key = this.#key + readLatin1(bytes, from, to);
    this.#key = key.length > MAX_KEY ? undefined : key;
  }

  #escape(byte: number, at: number): number {
    if (!ESCAPES.has(byte)) return this.#fail("a text has an unknown escape");
    if (this.#key !== undefined) this.#key += `\\${String.fromCharCode(byte)}`;
    if (byte === LETTER_U) {
      this.#hexDigits = 0;
      this.#hexValue = 0;
      this.#state = State.Hex;
    } else {
      this.#unpaired();
      this.#state = State.Text;
    }
    return at + 1;
  }

  #hex(byte: number, at: number): number {
    const digit = hexDigit(byte);
    if (digit < 0) return this.#fail("an escape has too few hexadecimal digits");
    if (this.#key !== undefined) this.#key += String.fromCharCode(byte);
    this.#hexValue = this.#hexValue * 16 + digit;
    if (++this.#hexDigits === 4) {
      this.#state = State.Text;
      const high = (this.#hexValue & 0xfc00) === 0xd800;
      const low = (this.#hexValue & 0xfc00) === 0xdc00;
      if (low && !this.#highSurrogate) this.#loneSurrogate = true;
      if (!low) this.#unpaired();
      this.#highSurrogate = high;
    }
    return at + 1;
  }

  /** What follows is not the second half of a surrogate pair. */
  #unpaired(): void {
    if (!this.#highSurrogate) return;
    this.#highSurrogate = false;
    this.#loneSurrogate = true;
  }

  /** By the table of Unicode 16.0, 3.9, "Well-Formed UTF-8 Byte Sequences". */
  #openUtf8(byte: number, at: number): number {
    const more = byte < 0xc2 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0;
    if (more === 0) return this.#fail("it is not valid UTF-8");
    this.#utf8Left = more;
    this.#utf8Min = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#utf8Max = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    this.#state = State.Utf8;
    return at + 1;
  }

  #utf8(byte: number, at: number): number {
    if (byte < this.#utf8Min || byte > this.#utf8Max) return this.#fail("it is not valid UTF-8");
    this.#utf8Min = 0x80;
    this.#utf8Max = 0xbf;
    if (--this.#utf8Left === 0) this.#state = State.Text;
    return at + 1;
  }

  #openNumber(byte: number, at: number): number {
    this.#digits = 1;
    this.#state = byte === MINUS ? State.Minus : byte === ZERO ? State.Zero : State.Integer;
    return at + 1;
  }

  #number(bytes: Uint8Array, from: number): number {
    const { length } = bytes;
    let at = from;
    for (; at < length; at++) {
      const byte = bytes[at] as number;
      const digit = byte >= ZERO && byte <= NINE;
      switch (this.#state) {
        case State.Integer:
          if (digit) this.#digits++;
          else if (!this.#fractionOrExponent(byte)) return this.#endNumber(at);
          break;
        case State.Fraction:
          if (digit) break;
          if ((byte | 0x20) !== 0x65) return this.#endNumber(at);
          this.#state = State.Exponent;
          break;
        case State.ExponentDigits:
          if (!digit) return this.#endNumber(at);
          break;
        case State.Zero:
          if (digit) return this.#fail("a number has leading zeros");
          if (!this.#fractionOrExponent(byte)) return this.#endNumber(at);
          break;
        case State.Minus:
          if (byte === INFINITY[0]) return this.#openWord(INFINITY, at);
          if (!digit) return this.#fail("a digit is missing");
          this.#state = byte === ZERO ? State.Zero : State.Integer;
          break;
        case State.Point:
          if (!digit) return this.#fail("a digit is missing");
          this.#state = State.Fraction;
          break;
        case State.Exponent:
          if (byte === PLUS || byte === MINUS) this.#state = State.ExponentSign;
          else if (digit) this.#state = State.ExponentDigits;
          else return this.#fail("a digit is missing");
          break;
        default:
          if (!digit) return this.#fail("a digit is missing");
          this.#state = State.ExponentDigits;
      }
    }
    return at;
  }

  #fractionOrExponent(byte: number): boolean {
    if (byte === DOT) this.#state = State.Point;
    else if ((byte | 0x20) === 0x65) this.#state = State.Exponent;
    else return false;
    return true;
  }

  /** The byte at `at` is not of the number any more. */
  #endNumber(at: number): number {
    if (this.#state === State.Integer && this.#digits > MAX_INT_DIGITS) {
      this.#overLimit ??= `an integer has more than ${MAX_INT_DIGITS} digits`;
    }
    this.#endValue(this.#base + at);
    return at;
  }

  #openWord(word: Uint8Array, at: number): number {
    this.#word = word;
    this.#wordAt = 1;
    this.#state = State.Word;
    return at + 1;
  }

  #letter(byte: number, at: number): number {
    if (byte !== this.#word[this.#wordAt]) return this.#fail("a value is missing");
    if (++this.#wordAt === this.#word.length) this.#endValue(this.#base + at + 1);
    return at + 1;
  }

  #fail(reason: string): number {
    this.#fault ??= reason;
    return 0;
  }
}

/** One more than anybody wants to know of: `[args, kwargs]` and nothing else. */
const MAX_SHAPE = 4;

/** Brackets that are told apart; what is deeper is no message of anybody. */
const MAX_TRACKED_DEPTH = 64 * 1024;

/** The longest spelling of a key that can be meant: every character of `traceback` as an escape. */
const MAX_KEY = 64;

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

/** Its value, or -1. */
function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
