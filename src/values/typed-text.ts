import { float } from "./types.ts";

/** Values as people type them: on a command line, in a field of the console. */

/**
 * JSON whose numbers stay what they were written as: `2.0` is a float, an integer beyond 2^53 keeps its digits.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, reviveNumber);
}

/** Numbers by their source: JavaScript alone would make 2 of `2.0`, and round large integers. */
function reviveNumber(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined) return value;
  if (!Number.isInteger(value)) return value;
  if (/[.eE]/.test(source)) return float(value);
  return Number.isSafeInteger(value) ? value : BigInt(source);
}
