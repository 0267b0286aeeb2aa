/** Memory taken before anything arrived. More is taken as it fills, so that an announced size alone costs nothing. */
const INITIAL_BYTES = 4 * 1024 * 1024;

/** A piece of known length whose parts are put in place as they arrive. */
export class Gathering {
  readonly #wanted: number;
  #bytes: Uint8Array;
  #filled = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.#bytes = memory(Math.min(wanted, INITIAL_BYTES));
  }

  /** Copies what belongs to the piece, and returns the rest of `part`. */
  add(part: Uint8Array): Uint8Array {
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
