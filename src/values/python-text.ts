/** How Python writes numbers and times as text: what serpent and json documents are made of. */

/** CPython from 3.11 on converts no integer of more digits from or to text; it takes quadratic time. */
export const MAX_INT_DIGITS = 4300;

/** Every finite double from here on has an exponent in Python's repr; JavaScript waits until 1e21. */
const EXPONENT_FROM = 1e16;
/** Every double below has an exponent in Python's repr; JavaScript waits until below 1e-6. */
const EXPONENT_BELOW = 1e-4;

/**
 * A finite number as Python's `repr` of the same float: the shortest text that reads back as the same double.
 * `2` gives `2.0`, `1e16` gives `1e+16`, `0.00001` gives `1e-05`.
 */
export function floatRepr(value: number): string {
  const size = Math.abs(value);
  if (size >= EXPONENT_FROM || (size < EXPONENT_BELOW && size !== 0)) return exponentRepr(value);
  if (Number.isInteger(value)) return Object.is(value, -0) ? "-0.0" : `${value}.0`;
  return `${value}`;
}

/** At least two digits of exponent, always with a sign: `1.5e-07`. */
function exponentRepr(value: number): string {
  const text = value.toExponential();
  // The exponent has one digit if its sign is the last character but one.
  const sign = text.charCodeAt(text.length - 2);
  if (sign !== 0x2b && sign !== 0x2d) return text;
  return `${text.slice(0, -1)}0${text.slice(-1)}`;
}

/** What Python's `float(text)` reads, or undefined where it raises ValueError. */
export function parseFloatText(text: string): number | undefined {
  const match =
    /^\s*([+-]?)(?:(inf(?:inity)?)|(nan)|((?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:e[+-]?[0-9_]+)?))\s*$/i.exec(
      text,
    );
  if (!match) return undefined;
  const [, sign, infinity, nan, digits = ""] = match;
  if (nan) return Number.NaN;
  if (/_(?![0-9])|(?<![0-9])_/.test(digits)) return undefined;
  const size = infinity ? Number.POSITIVE_INFINITY : Number(digits.replaceAll("_", ""));
  return sign === "-" ? -size : size;
}

/**
 * An instant as Python's `datetime.isoformat` in UTC: six digits of fraction, or none if it is zero.
 * @returns Undefined for an invalid date, and for years that Python has not (it has 1 to 9999).
 */
export function isoText(date: Date): string | undefined {
  const time = date.getTime();
  if (Number.isNaN(time)) return undefined;
  const text = date.toISOString(); // YYYY-MM-DDTHH:mm:ss.sssZ, with more year digits and a sign outside 0 to 9999
  if (text.length !== 24 || text.startsWith("0000")) return undefined;
  return time % 1000 === 0 ? `${text.slice(0, 19)}+00:00` : `${text.slice(0, 23)}000+00:00`;
}
