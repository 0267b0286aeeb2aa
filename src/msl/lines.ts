import { MessageTooLargeError } from "../errors.ts";

const LINE_FEED = 0x0a;
/** Smaller chunks are gathered in blocks: a chunk of one byte holds a hundred times its size in memory. */
const SMALL_BYTES = 2048;
const BLOCK_BYTES = 16 * 1024;

/** A line that has not ended yet, in the pieces in which it arrived. */
export class PartialLine {
  #pieces: Uint8Array[] = [];
  #byteLength = 0;
  /** The block that small chunks are copied into, and how much of it is filled. It is the last of the pieces. */
  #block: Uint8Array | undefined;
  #filled = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Keeps `bytes`, or a copy of them where they are few. */
  push(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#byteLength += bytes.byteLength;
    if (bytes.byteLength >= SMALL_BYTES) {
      this.#block = undefined;
      this.#pieces.push(bytes);
    } else {
      this.#gather(bytes);
    }
  }

  /** Hands over the pieces of the line; the next one starts empty. */
  take(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#byteLength = 0;
    this.#block = undefined;
    return pieces;
  }

  #gather(bytes: Uint8Array): void {
    if (this.#block === undefined || this.#filled + bytes.byteLength > BLOCK_BYTES) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#filled = 0;
      this.#pieces.push(this.#block);
    }
    const block = new Uint8Array(this.#block.buffer, 0, this.#filled + bytes.byteLength);
    block.set(bytes, this.#filled);
    this.#filled = block.byteLength;
    this.#pieces[this.#pieces.length - 1] = block;
  }
}

/** Cuts a byte stream at line feeds. */
export class LineSplitter {
  readonly #partial = new PartialLine();
  readonly #maxLineBytes: number;
  /** Why nothing more can be read: a line is too long. */
  refused: MessageTooLargeError | undefined;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** True when the bytes so far end inside a line. */
  get midLine(): boolean {
    return this.#partial.byteLength > 0;
  }

  /** Takes bytes as they arrive; returns the lines that they complete, without the line feed. */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    while (!this.refused) {
      const end = chunk.indexOf(LINE_FEED, start);
      const part = chunk.subarray(start, end < 0 ? chunk.byteLength : end);
      if (this.#partial.byteLength + part.byteLength > this.#maxLineBytes) {
        this.refused = tooLong(this.#maxLineBytes);
        this.#partial.take();
      } else if (end < 0) {
        this.#partial.push(part);
        break;
      } else {
        lines.push(this.#complete(part));
        start = end + 1;
      }
    }
    return lines;
  }

  #complete(part: Uint8Array): Uint8Array {
    if (this.#partial.byteLength === 0) return part;
    this.#partial.push(part);
    return joined(this.#partial.take());
  }
}

/** The pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}

export function tooLong(maxLineBytes: number): MessageTooLargeError {
  return new MessageTooLargeError(
    "ERR_MESSAGE_TOO_LARGE",
    `a line is longer than maxMessageBytes (${maxLineBytes}); raise it, or send less at once`,
  );
}
