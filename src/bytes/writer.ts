const INITIAL_BYTES = 256;

/**
 * A growing buffer that encoders write into. Numbers are big endian unless the name ends in `LE`.
 * One writer serves many messages: `reset` keeps the memory, `take` hands it over.
 */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  /** Bytes written since the last `reset` or `take`. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a view: valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, owned by the caller from now on; the writer starts anew. */
  take(): Buffer {
    const taken = this.view();
    this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
    this.#length = 0;
    return taken;
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
    this.#bytes.writeUInt16BE(value, this.#length);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#need(4);
    this.#bytes.writeUInt32BE(value, this.#length);
    this.#length += 4;
  }

  i8(value: number): void {
    this.#need(1);
    this.#bytes.writeInt8(value, this.#length++);
  }

  i16(value: number): void {
    this.#need(2);
    this.#bytes.writeInt16BE(value, this.#length);
    this.#length += 2;
  }

  i32(value: number): void {
    this.#need(4);
    this.#bytes.writeInt32BE(value, this.#length);
    this.#length += 4;
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

  f64(value: number): void {
    this.#need(8);
    this.#bytes.writeDoubleBE(value, this.#length);
    this.#length += 8;
  }

  u16LE(value: number): void {
    this.#need(2);
    this.#bytes.writeUInt16LE(value, this.#length);
    this.#length += 2;
  }

  i32LE(value: number): void {
    this.#need(4);
    this.#bytes.writeInt32LE(value, this.#length);
    this.#length += 4;
  }

  i64LE(value: bigint): void {
    this.#need(8);
    this.#bytes.writeBigInt64LE(value, this.#length);
    this.#length += 8;
  }

  f64LE(value: number): void {
    this.#need(8);
    this.#bytes.writeDoubleLE(value, this.#length);
    this.#length += 8;
  }

  /** Copies `bytes`. */
  bytes(bytes: Uint8Array): void {
    this.#need(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** Writes `text` as UTF-8 (lone surrogates as U+FFFD) and returns the number of bytes. */
  utf8(text: string): number {
    this.#need(text.length * 3);
    const written = this.#bytes.write(text, this.#length, "utf8");
    this.#length += written;
    return written;
  }

  /** Writes `text`, whose characters are all below U+0100, one byte each. */
  latin1(text: string): number {
    this.#need(text.length);
    this.#bytes.latin1Write(text, this.#length);
    this.#length += text.length;
    return text.length;
  }

  /** Overwrites what `reserve` set aside. */
  setU8(offset: number, value: number): void {
    this.#bytes[offset] = value;
  }

  setU16(offset: number, value: number): void {
    this.#bytes.writeUInt16BE(value, offset);
  }

  setU32(offset: number, value: number): void {
    this.#bytes.writeUInt32BE(value, offset);
  }

  setI32LE(offset: number, value: number): void {
    this.#bytes.writeInt32LE(value, offset);
  }

  #need(count: number): void {
    const wanted = this.#length + count;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
