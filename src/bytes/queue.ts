import { Gathering } from "./gathering.ts";

/** Shorter pieces are not worth memory of their own before they are taken. */
const MIN_EXPECTED_BYTES = 16 * 1024;

/**
 * Bytes that arrived and are not yet parsed. Chunks are copied as soon as something of them is taken, or is to be kept; what
 * is taken is a view where the bytes lie in one of them or were expected, and is copied once more where they do not.
 */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  /** The last of the chunks is still the caller's. */
  #isLent = false;
  #gathering: Gathering | undefined;
  /** Offset into the first chunk. */
  #offset = 0;
  #length = 0;

  get byteLength(): number {
    return this.#length;
  }

  /** Where the next byte lies in the chunk that `align` returns. */
  get offset(): number {
    return this.#offset;
  }

  /** The chunk is lent until `keep`: then it is the caller's again. */
  push(chunk: Uint8Array): void {
    this.keep();
    const rest = this.#gathering ? this.#gather(chunk, this.#gathering) : chunk;
    this.#length += chunk.byteLength;
    if (rest.byteLength === 0) return;
    this.#chunks.push(rest);
    this.#isLent = true;
  }

  /** Copies what is left of a chunk that was lent. */
  keep(): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    const chunk = this.#chunks.pop() as Uint8Array;
    const isFirst = this.#chunks.length === 0;
    // A small copy comes from Node's pool, which is quicker than memory of its own.
    this.#chunks.push(Buffer.from(isFirst ? chunk.subarray(this.#offset) : chunk));
    if (isFirst) this.#offset = 0;
  }

  /**
   * The next thing taken is `count` bytes long: what is still to come of them goes straight to its place. Until they are
   * all there, nothing else may be looked at or taken.
   */
  expect(count: number): void {
    if (this.#gathering || count <= this.#length || count < MIN_EXPECTED_BYTES) return;
    const gathering = new Gathering(count);
    for (const chunk of this.#rest()) gathering.add(chunk);
    this.#chunks = [];
    this.#offset = 0;
    this.#isLent = false;
    this.#gathering = gathering;
  }

  /** Where the next bytes may be put before they are pushed, so that `push` need not copy them. */
  get place(): Uint8Array | undefined {
    return this.#gathering?.place;
  }

  #gather(chunk: Uint8Array, gathering: Gathering): Uint8Array {
    const rest = gathering.add(chunk);
    const whole = gathering.whole;
    if (whole) {
      this.#gathering = undefined;
      this.#chunks.push(whole);
    }
    return rest;
  }

  /**
   * The chunk in which the next `count` bytes lie, from `offset` on: a header is read where it arrived. There must be as
   * many.
   */
  align(count: number): Uint8Array {
    const first = this.#chunks[0] as Uint8Array;
    if (this.#offset + count <= first.byteLength) return first;
    this.keep();
    const gathered = this.#joined(count);
    const length = this.#length;
    this.skip(count);
    this.#chunks = [gathered, ...this.#rest()];
    this.#offset = 0;
    this.#length = length;
    return gathered;
  }

  /** The next `count` bytes, left in place. There must be as many. */
  peek(count: number): Uint8Array {
    if (count === 0) return new Uint8Array(0);
    this.keep();
    const first = this.#chunks[0] as Uint8Array;
    if (this.#offset + count > first.byteLength) return this.#joined(count);
    // Quicker than `subarray`, which for a Buffer looks up what class the result has to be.
    return new Uint8Array(first.buffer, first.byteOffset + this.#offset, count);
  }

  /** Removes and returns the next `count` bytes. There must be as many. */
  take(count: number): Uint8Array {
    const bytes = this.peek(count);
    this.skip(count);
    return bytes;
  }

  /** Drops the next `count` bytes. There must be as many. */
  skip(count: number): void {
    this.#length -= count;
    let left = count;
    let dropped = 0;
    while (left > 0) {
      const available = (this.#chunks[dropped] as Uint8Array).byteLength - this.#offset;
      if (left < available) {
        this.#offset += left;
        break;
      }
      left -= available;
      dropped += 1;
      this.#offset = 0;
    }
    if (dropped === this.#chunks.length) {
      this.#chunks = [];
      this.#isLent = false;
    } else if (dropped > 0) this.#chunks.splice(0, dropped);
  }

  /** What is left, without the bytes before `offset`. */
  #rest(): Uint8Array[] {
    const [first, ...others] = this.#chunks;
    if (first === undefined) return [];
    return this.#offset === 0 ? this.#chunks : [first.subarray(this.#offset), ...others];
  }

  #joined(count: number): Uint8Array {
    // Each byte is written below: nothing of what the memory held before is left.
    const { buffer, byteOffset } = Buffer.allocUnsafeSlow(count);
    const bytes = new Uint8Array(buffer, byteOffset, count);
    let filled = 0;
    let offset = this.#offset;
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(offset, Math.min(chunk.byteLength, offset + count - filled));
      bytes.set(part, filled);
      filled += part.byteLength;
      offset = 0;
      if (filled === count) break;
    }
    return bytes;
  }
}
