import type { ArrayData, Layout } from "./dtypes.ts";
import { fromFloat16, toFloat16 } from "./float16.ts";
import { Complex } from "./types.ts";

/** One element of an array, out of the typed array that holds all, and into it. */

/** The element at `position`, counted in whole elements. */
export function readElement(layout: Layout, data: ArrayData, position: number): unknown {
  const { dtype, perElement } = layout;
  const at = position * perElement;
  if (dtype === "bool") return data[at] !== 0;
  if (dtype === "float16") return fromFloat16(data[at] as number);
  if (dtype === "complex64" || dtype === "complex128") {
    return new Complex(data[at] as number, data[at + 1] as number);
  }
  if (dtype.startsWith("S") || dtype.startsWith("U")) {
    let end = at + perElement;
    // As numpy has it: what is shorter than the others is padded with zeros, which are not part of it.
    while (end > at && data[end - 1] === 0) end--;
    const part = data.slice(at, end);
    return dtype.startsWith("S") ? part : textOf(part as Uint32Array);
  }
  return data[at];
}

function textOf(codePoints: Uint32Array): string {
  let text = "";
  // What is no code point can come from another program's memory.
  for (const code of codePoints) text += String.fromCodePoint(code > 0x10_ffff ? 0xfffd : code);
  return text;
}

/**
 * Puts an element at `position` of `data`, whose elements there are 0.
 * @returns why it cannot be one of this dtype, or undefined when it is in place.
 */
export function writeElement(
  layout: Layout,
  data: ArrayData,
  position: number,
  value: unknown,
): string | undefined {
  const { dtype, perElement } = layout;
  const at = position * perElement;
  if (dtype === "complex64" || dtype === "complex128") {
    if (!(value instanceof Complex) && typeof value !== "number") return "expected a Complex";
    data[at] = value instanceof Complex ? value.re : value;
    data[at + 1] = value instanceof Complex ? value.im : 0;
  } else if (dtype.startsWith("S")) {
    if (!(value instanceof Uint8Array)) return "expected a Uint8Array";
    if (value.length > perElement) return `${value.length} bytes are longer than ${dtype} holds`;
    (data as Uint8Array).set(value, at);
  } else if (dtype.startsWith("U")) {
    if (typeof value !== "string") return "expected text";
    const codes = Array.from(value, (character) => character.codePointAt(0) as number);
    if (codes.length > perElement)
      return `${codes.length} characters are longer than ${dtype} holds`;
    (data as Uint32Array).set(codes, at);
  } else return writeNumber(layout, data, at, value);
  return undefined;
}

function writeNumber(
  { dtype }: Layout,
  data: ArrayData,
  at: number,
  value: unknown,
): string | undefined {
  if (dtype === "bool") {
    if (typeof value !== "boolean") return "expected true or false";
    data[at] = value ? 1 : 0;
  } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const whole = Number.isSafeInteger(value) ? BigInt(value as number) : value;
    if (typeof whole !== "bigint") return "expected a bigint or a safe integer";
    data[at] = whole;
    if (data[at] !== whole) return `${whole} is out of the range of ${dtype}`;
  } else {
    if (typeof value !== "number") return "expected a number";
    if (dtype === "float16") data[at] = toFloat16(value);
    else data[at] = value;
    // -0 is stored as 0, and is 0.
    if (!dtype.startsWith("float") && data[at] !== value) {
      return `${value} is no ${dtype}`;
    }
  }
  return undefined;
}
