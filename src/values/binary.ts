/** What travels as Python bytes, and what as a list of numbers. */

/** The bytes of a value that travels as bytes, without copying; undefined for every other value. */
export function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8ClampedArray || value instanceof DataView) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return undefined;
}

/** A typed array whose elements travel one by one: any but those of bytes. */
export type NumberArray = ArrayLike<number | bigint> & object;

/** True for typed arrays whose elements travel one by one. Ask `bytesOf` first. */
export function isNumberArray(value: object): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** True if the elements are floats, even those that look integral. */
export function isFloatArray(value: NumberArray): value is ArrayLike<number> & object {
  // Float16Array is younger than the oldest Node we run on, so it can only be asked by name.
  return (
    value instanceof Float64Array ||
    Object.prototype.toString.call(value).startsWith("[object Float")
  );
}
