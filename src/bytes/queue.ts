const EMPTY = new Uint8Array(0);

/**
 * Bytes that arrived and are not yet parsed. `take` gives a view where the bytes lie in one chunk, and copies once
 * where they do not.
 */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  /** Offset into the first chunk. */
  #offset = 0;
  #length = 0;

  get byteLength(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
  }

  /** The next `count` bytes, left in place. There must be as many. */
  peek(count: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) return EMPTY;
    const end = this.#offset + count;
    if (end <= first.byteLength) return first.subarray(this.#offset, end);
    return this.#gather(count);
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
    if (dropped === this.#chunks.length) this.#chunks = [];
    else if (dropped > 0) this.#chunks.splice(0, dropped);
  }

  #gather(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
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
