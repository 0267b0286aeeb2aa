/** What the codecs use of Node's Buffer, for a browser. The bundler puts it in the place of the global. */
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Keeps what a text begins with, as Node does. */
const plain = new TextDecoder("utf-8", { ignoreBOM: true });

/** Up to this many arguments, a function can be called with all of them. */
const CHUNK = 8192;

// @ts-expect-error Node's `Buffer.from` takes other arguments than that of its base class.
export class Buffer extends Uint8Array {
  static allocUnsafe(count: number): Buffer {
    return new Buffer(count);
  }

  static allocUnsafeSlow(count: number): Buffer {
    return new Buffer(count);
  }

  /** A copy of bytes, a view of a buffer, or the bytes of a text: UTF-8, or `"latin1"`. */
  static override from(
    source: string | ArrayBuffer | ArrayLike<number>,
    offset?: unknown,
    length?: number,
  ): Buffer {
    if (typeof source === "string") {
      return Buffer.from(
        offset === "latin1"
          ? Array.from(source, (character) => character.charCodeAt(0))
          : encoder.encode(source),
      );
    }
    if (source instanceof ArrayBuffer)
      return new Buffer(source, offset as number, length as number);
    const made = new Buffer(source.length);
    made.set(source);
    return made;
  }

  static byteLength(text: string): number {
    return encoder.encode(text).byteLength;
  }

  copy(target: Uint8Array, targetStart: number, start: number, end: number): void {
    target.set(this.subarray(start, end), targetStart);
  }

  write(text: string, offset: number, encoding: "utf8" | "latin1"): number {
    if (encoding === "utf8") return encoder.encodeInto(text, this.subarray(offset)).written;
    for (let i = 0; i < text.length; i++) this[offset + i] = text.charCodeAt(i);
    return text.length;
  }

  writeBigUInt64BE(value: bigint, offset: number): void {
    this.#view().setBigUint64(offset, value);
  }

  writeBigInt64BE(value: bigint, offset: number): void {
    this.#view().setBigInt64(offset, value);
  }

  writeBigInt64LE(value: bigint, offset: number): void {
    this.#view().setBigInt64(offset, value, true);
  }

  writeInt32LE(value: number, offset: number): void {
    this.#view().setInt32(offset, value, true);
  }

  swap16(): this {
    return this.#swapped(2);
  }

  swap32(): this {
    return this.#swapped(4);
  }

  swap64(): this {
    return this.#swapped(8);
  }

  // These two are also called with any Uint8Array as `this`.
  latin1Slice(start: number, end: number): string {
    let text = "";
    for (let at = start; at < end; at += CHUNK) {
      text += String.fromCharCode(...this.subarray(at, Math.min(end, at + CHUNK)));
    }
    return text;
  }

  utf8Slice(start: number, end: number): string {
    return plain.decode(this.subarray(start, end));
  }

  override toString(): string {
    return decoder.decode(this);
  }

  #swapped(size: number): this {
    for (let at = 0; at < this.byteLength; at += size) this.subarray(at, at + size).reverse();
    return this;
  }

  #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength);
  }
}
