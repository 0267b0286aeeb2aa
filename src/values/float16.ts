/** Half precision, in 16 bits: 1 of sign, 5 of exponent, 10 of fraction. @see IEEE 754, binary16. */

const SUBNORMAL = 2 ** -24;
/** Halfway between the largest number, 65504, and what would come after it. */
const OVERFLOW = 65_520;

/** The number that 16 bits stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * SUBNORMAL;
  return sign * (fraction + 0x400) * 2 ** (exponent - 25);
}

/** The 16 bits nearest to a number; of two that are as near, the even one. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundToEven(size / SUBNORMAL);
  let exponent = Math.floor(Math.log2(size));
  // The logarithm is rounded: next to a power of two it may be the other side's.
  if (2 ** exponent > size) exponent -= 1;
  else if (2 ** (exponent + 1) <= size) exponent += 1;
  // A fraction that is rounded up to 2048 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundToEven(size / 2 ** (exponent - 10)) - 0x400);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
