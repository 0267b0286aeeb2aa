/** Memory taken before anything arrived. More is taken as it fills, so that an announced size alone costs nothing. */
const INITIAL_BYTES = 4 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

/** A piece of known length whose parts are put in place as they arrive. */
export class Gathering {
  readonly #wanted: number;
  #bytes: Uint8Array;
  #filled = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.#bytes = memory(Math.min(wanted, INITIAL_BYTES));
  }

  /** Where its next bytes belong: whoever reads straight into it gives that part to `add`. */
  get place(): Uint8Array {
    this.#need(Math.min(this.#filled + 1, this.#wanted));
    return this.#bytes.subarray(this.#filled);
  }

  /** Copies what belongs to the piece and is not in its place already, and returns the rest of `part`. */
  add(part: Uint8Array): Uint8Array {
    if (part.buffer === this.#bytes.buffer) {
      this.#filled += part.byteLength;
      return NOTHING;
    }
    const count = Math.min(part.byteLength, this.#wanted - this.#filled);
    this.#need(this.#filled + count);
    this.#bytes.set(count === part.byteLength ? part : part.subarray(0, count), this.#filled);
    this.#filled += count;
    return part.subarray(count);
  }

  /** The piece, once all of it is there. */
  get whole(): Uint8Array | undefined {
    return this.#filled === this.#wanted ? this.#bytes : undefined;
  }

  #need(count: number): void {
    if (count <= this.#bytes.byteLength) return;
    const grown = memory(Math.min(this.#wanted, Math.max(count, this.#bytes.byteLength * 2)));
    grown.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = grown;
  }
}

/** Each byte is written before the piece is given out: nothing of what the memory held before is left. */
function memory(count: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(count);
  return new Uint8Array(buffer, byteOffset, count);
}
