const INITIAL_BYTES = 256;
/** Up to this many characters, a loop in JavaScript is faster than a call into the runtime. */
const SHORT_TEXT = 32;

/** Something is longer than `limit` allows. */
export class WriterFull extends Error {
  /** What the writer would hold at least. */
  readonly byteLength: number;
  constructor(byteLength: number) {
    super(`a writer would have to hold ${byteLength} bytes`);
    this.byteLength = byteLength;
  }
}

/**
 * A growing buffer that encoders write into. Numbers are big endian unless the name ends in `LE`.
 * One writer serves many messages: `reset` keeps the memory, `take` hands it over.
 */
export class ByteWriter {
  #bytes: Buffer;
  /** Over `#bytes`; made when the first float is written, since most small messages have none. */
  #floats: DataView | undefined;
  #length = 0;
  /** The writer takes no memory for more bytes than this, and throws `WriterFull`. What it has room for it may write. */
  limit: number = Number.POSITIVE_INFINITY;

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  /** Bytes written since the last `reset` or `take`. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory held, written or not. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** What was written, as a view: valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, owned by the caller from now on; the writer starts anew. */
  take(): Buffer {
    const taken = this.view();
    this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
    this.#floats = undefined;
    this.#length = 0;
    return taken;
  }

  /** Forgets everything that was written and keeps the memory: views handed out before are no longer valid. */
  reset(): void {
    this.#length = 0;
  }

  /** Forgets everything after `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Makes room for `count` bytes and returns the offset of the first: the caller fills them in. */
  reserve(count: number): number {
    const start = this.#length;
    this.#need(count);
    this.#length = start + count;
    return start;
  }

  u8(value: number): void {
    this.#need(1);
    this.#bytes[this.#length++] = value;
  }

  u16(value: number): void {
    this.#need(2);
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#need(4);
    this.#bytes[this.#length++] = value >>> 24;
    this.#bytes[this.#length++] = value >>> 16;
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  i8(value: number): void {
    this.u8(value);
  }

  i16(value: number): void {
    this.u16(value);
  }

  i32(value: number): void {
    this.u32(value);
  }

  u64(value: bigint): void {
    this.#need(8);
    this.#bytes.writeBigUInt64BE(value, this.#length);
    this.#length += 8;
  }

  i64(value: bigint): void {
    this.#need(8);
    this.#bytes.writeBigInt64BE(value, this.#length);
    this.#length += 8;
  }

  /** A safe integer in 64 bits, negative ones in two's complement: `u64` and `i64` without a bigint. */
  safe64(value: number): void {
    this.u32(Math.floor(value / 0x1_0000_0000));
    this.u32(value); // `>>>` takes the low 32 bits, of negative numbers too
  }

  f64(value: number): void {
    this.#need(8);
    this.#floatView().setFloat64(this.#length, value);
    this.#length += 8;
  }

  /** `u8` and `f64` in one step, since lists of floats are long. */
  u8f64(first: number, value: number): void {
    this.#need(9);
    const start = this.#length;
    this.#bytes[start] = first;
    this.#floatView().setFloat64(start + 1, value);
    this.#length = start + 9;
  }

  u16LE(value: number): void {
    this.#need(2);
    this.#bytes[this.#length++] = value;
    this.#bytes[this.#length++] = value >>> 8;
  }

  i32LE(value: number): void {
    this.#need(4);
    this.#bytes[this.#length++] = value;
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value >>> 16;
    this.#bytes[this.#length++] = value >>> 24;
  }

  i64LE(value: bigint): void {
    this.#need(8);
    this.#bytes.writeBigInt64LE(value, this.#length);
    this.#length += 8;
  }

  f64LE(value: number): void {
    this.#need(8);
    this.#floatView().setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Copies `bytes`. */
  bytes(bytes: Uint8Array): void {
    this.#need(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** Writes `text` if it is short and plain ASCII, one byte a character; else writes nothing and returns false. */
  shortAscii(text: string): boolean {
    const count = text.length;
    if (count > SHORT_TEXT) return false;
    this.#need(count);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[start + i] = unit;
    }
    this.#length = start + count;
    return true;
  }

  /** Writes `text` as UTF-8 (lone surrogates as U+FFFD) and returns the number of bytes. */
  utf8(text: string): number {
    if (this.shortAscii(text)) return text.length;
    this.#need(text.length * 3);
    const written = this.#bytes.write(text, this.#length, "utf8");
    this.#length += written;
    return written;
  }

  /** As `utf8`, but a lone surrogate becomes the three bytes of its code point, as Python's `surrogatepass` has it. */
  wtf8(text: string): number {
    if (text.isWellFormed()) return this.utf8(text);
    const start = this.#length;
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if ((unit & 0xf800) !== 0xd800) continue;
      if (unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
        i++; // a pair: an ordinary character
        continue;
      }
      this.utf8(text.slice(from, i));
      this.u8(0xe0 | (unit >>> 12));
      this.u8(0x80 | ((unit >>> 6) & 0x3f));
      this.u8(0x80 | (unit & 0x3f));
      from = i + 1;
    }
    this.utf8(text.slice(from));
    return this.#length - start;
  }

  /** Writes `text`, whose characters are all below U+0100, one byte each. */
  latin1(text: string): number {
    if (this.shortAscii(text)) return text.length;
    this.#need(text.length);
    this.#bytes.write(text, this.#length, "latin1");
    this.#length += text.length;
    return text.length;
  }

  /** Overwrites what `reserve` set aside. */
  setU8(offset: number, value: number): void {
    this.#bytes[offset] = value;
  }

  // Byte by byte: a Buffer's own methods check what is known here, and headers are written for every message.
  setU16(offset: number, value: number): void {
    const bytes = this.#bytes;
    bytes[offset] = value >>> 8;
    bytes[offset + 1] = value;
  }

  setU32(offset: number, value: number): void {
    const bytes = this.#bytes;
    bytes[offset] = value >>> 24;
    bytes[offset + 1] = value >>> 16;
    bytes[offset + 2] = value >>> 8;
    bytes[offset + 3] = value;
  }

  setBytes(offset: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, offset);
  }

  /** Overwrites `count` bytes with zeros. */
  fill(offset: number, count: number): void {
    const bytes = this.#bytes;
    for (let i = offset; i < offset + count; i++) bytes[i] = 0;
  }

  setI32LE(offset: number, value: number): void {
    this.#bytes.writeInt32LE(value, offset);
  }

  #floatView(): DataView {
    this.#floats ??= viewOf(this.#bytes);
    return this.#floats;
  }

  #need(count: number): void {
    if (this.#length + count > this.#bytes.length) this.#grow(count);
  }

  #grow(count: number): void {
    const needed = this.#length + count;
    if (needed > this.limit) throw new WriterFull(needed);
    const wanted = Math.max(needed, this.#bytes.length * 2);
    const grown = Buffer.allocUnsafe(wanted);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#floats = undefined;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
