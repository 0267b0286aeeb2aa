import { MAX_INT_DIGITS } from "../values/python-text.ts";
import { Complex } from "../values/types.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COMMA,
  DOT,
  digitOf,
  isDigit,
  MINUS,
  NINE,
  OPEN_PAREN,
  PLUS,
  UNDERSCORE,
  ZERO,
} from "./characters.ts";
import { PythonCursor } from "./python-cursor.ts";

/** So many digits always make a safe integer. */
const SAFE_DIGITS = 15;
/** 10^0 to 10^15, which doubles hold exactly, so that one division rounds as it should. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: SAFE_DIGITS + 1 }, (_, n) => 10 ** n);
/** Bounds the time of integers in base 2, 8 or 16, whose digits Python does not limit. */
const MAX_BASE_DIGITS = 1_000_000;

/** Reads Python's number literals, signs before them, and the sums that complex numbers are written as. */
export class PythonNumbers extends PythonCursor {
  /** Whether the number read last was an int. */
  #int = false;
  /** Where the number read last ended, closing parentheses included. */
  protected numberEnd = -1;

  protected signedNumber(sign: number): unknown {
    this.pos++;
    const value = this.#unsigned();
    this.numberEnd = this.pos;
    if (sign === PLUS) return this.sum(value);
    if (value instanceof Complex) return new Complex(-value.re, -value.im);
    return this.sum(value === 0 && this.#int ? 0 : -value);
  }

  protected number(): unknown {
    const value = this.#literal();
    this.numberEnd = this.pos;
    const code = this.text.charCodeAt(this.pos);
    return code === COMMA || code === CLOSE_PAREN || code === CLOSE_BRACKET || code === CLOSE_BRACE
      ? value
      : this.sum(value);
  }

  /** A complex number is written as a sum: reads on if `real` is its first part. */
  protected sum(real: unknown): unknown {
    const code = this.peek();
    if (
      (code !== PLUS && code !== MINUS) ||
      (typeof real !== "number" && typeof real !== "bigint")
    ) {
      this.numberEnd = this.pos;
      return real;
    }
    const start = this.numberEnd;
    this.pos++;
    const imaginary = this.#unsigned();
    if (!(imaginary instanceof Complex)) throw this.error("an imaginary number", start);
    const re = Number(real);
    if (typeof real === "bigint" && !Number.isFinite(re))
      throw this.error("a smaller integer", start);
    // As Python computes it: the sum with the real part 0 of the imaginary number turns -0 into 0, the difference not.
    return code === PLUS
      ? new Complex(re + 0, imaginary.im)
      : new Complex(re - 0, 0 - imaginary.im);
  }

  /** A number without a sign, perhaps in parentheses. */
  #unsigned(): number | bigint | Complex {
    let parens = 0;
    while (this.peek() === OPEN_PAREN) {
      this.open();
      parens++;
    }
    const code = this.peek();
    if (!(code === DOT || (code >= ZERO && code <= NINE))) throw this.error("a number");
    const value = this.#literal();
    for (; parens > 0; parens--) {
      if (this.peek() !== CLOSE_PAREN) throw this.error('")"');
      this.close();
    }
    return value;
  }

  /** What most numbers are: up to 15 digits, perhaps with a point among them. */
  #literal(): number | bigint | Complex {
    const text = this.text;
    const start = this.pos;
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
      this.pos = pos;
      this.#int = false;
      if (whole + fraction > SAFE_DIGITS) return Number(text.slice(start, pos));
      return value / (POWERS_OF_TEN[fraction] as number);
    }
    if (whole > SAFE_DIGITS || leadingZero || isNumberPart(code)) return this.#longLiteral(start);
    this.pos = pos;
    this.#int = true;
    return value;
  }

  /** Any number literal of Python's. */
  #longLiteral(start: number): number | bigint | Complex {
    const text = this.text;
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
    this.pos = imaginary ? pos + 1 : pos;
    this.#int = int && !imaginary;
    if (imaginary) return new Complex(0, Number(digits));
    return int ? this.#integer(digits, start) : Number(digits);
  }

  #integer(digits: string, start: number): number | bigint {
    if (digits.length > 1 && digits.charCodeAt(0) === ZERO) {
      if (/[^0]/.test(digits)) throw this.error("an integer without leading zeros", start);
      return 0;
    }
    if (digits.length <= SAFE_DIGITS) return Number(digits);
    if (digits.length > MAX_INT_DIGITS) {
      throw this.error(`an integer of at most ${MAX_INT_DIGITS} digits`, start);
    }
    return safe(BigInt(digits));
  }

  /** `0x…`, `0o…` or `0b…`. */
  #baseLiteral(start: number, base: number): number | bigint {
    const text = this.text;
    const first = text.charCodeAt(start + 2) === UNDERSCORE ? start + 3 : start + 2;
    const end = this.#digits(first, base);
    if (end - first > MAX_BASE_DIGITS) {
      throw this.error(`an integer of at most ${MAX_BASE_DIGITS} digits`, start);
    }
    this.pos = end;
    this.#int = true;
    return safe(
      BigInt(`${text.slice(start, start + 2)}${text.slice(first, end).replaceAll("_", "")}`),
    );
  }

  /** The end of the digits at `pos`, which may have single underscores between them. */
  #digits(start: number, base: number): number {
    const text = this.text;
    let pos = start;
    while (digitOf(text.charCodeAt(pos)) < base) {
      pos++;
      if (text.charCodeAt(pos) === UNDERSCORE && digitOf(text.charCodeAt(pos + 1)) < base) pos++;
    }
    if (pos === start) throw this.error("a digit", pos);
    return pos;
  }
}

/** True for what may continue a number literal beyond its digits: a point, an underscore, a letter. */
function isNumberPart(code: number): boolean {
  return code === DOT || code === UNDERSCORE || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function baseOf(code: number): number {
  const letter = code | 0x20;
  return letter === 0x78 ? 16 : letter === 0x6f ? 8 : letter === 0x62 ? 2 : 10;
}

function safe(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
