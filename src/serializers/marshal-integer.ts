/**
 * Marshal writes a large integer as digits of 15 bits, least significant first. Both functions go through hexadecimal
 * text, since V8 converts that in linear time; shifting a bigint digit by digit takes quadratic time.
 */

const DIGIT_BITS = 15;
const DIGIT_MASK = 0x7fff;

/** The digits of a positive integer. */
export function digitsFromBigInt(value: bigint): Uint16Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").reverse();
  const digits = new Uint16Array(Math.ceil((bytes.length * 8) / DIGIT_BITS));
  let bits = 0;
  let held = 0;
  let count = 0;
  for (const byte of bytes) {
    bits |= byte << held;
    held += 8;
    if (held < DIGIT_BITS) continue;
    digits[count++] = bits & DIGIT_MASK;
    bits >>>= DIGIT_BITS;
    held -= DIGIT_BITS;
  }
  if (bits > 0) digits[count++] = bits;
  // Where the leading byte has leading zero bits, the last digit may be 0, which Python refuses.
  while (digits[count - 1] === 0) count--;
  return digits.subarray(0, count);
}

/** The integer of `count` digits that stand in `bytes` from `start`, two bytes each, little endian. */
export function bigIntFromDigits(bytes: Uint8Array, start: number, count: number): bigint {
  const packed = Buffer.alloc(Math.ceil((count * DIGIT_BITS) / 8));
  let bits = 0;
  let held = 0;
  let filled = packed.length;
  for (let i = 0; i < count; i++) {
    const at = start + 2 * i;
    bits |= ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) << held;
    held += DIGIT_BITS;
    for (; held >= 8; held -= 8) {
      packed[--filled] = bits & 0xff;
      bits >>>= 8;
    }
  }
  if (held > 0) packed[--filled] = bits;
  return BigInt(`0x0${packed.toString("hex")}`);
}
