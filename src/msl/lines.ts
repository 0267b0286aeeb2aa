import { MessageTooLargeError } from "../errors.ts";

const LINE_FEED = 0x0a;
/** Small chunks are gathered in blocks: a chunk of one byte would hold a hundred times its size in memory. */
const BLOCK_BYTES = 16 * 1024;

/** A line that has not ended yet, in pieces. They are copies: what arrives is the socket's. */
export class PartialLine {
  #pieces: Uint8Array[] = [];
  #byteLength = 0;
  /** The last of the pieces, and how much of it is filled. */
  #block = EMPTY;
  #filled = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  push(bytes: Uint8Array): void {
    const { byteLength } = bytes;
    if (byteLength === 0) return;
    if (byteLength > this.#block.byteLength - this.#filled) {
      this.#seal();
      // Most lines come in one chunk.
      const first = this.#pieces.length === 0;
      this.#block = new Uint8Array(first ? byteLength : Math.max(byteLength, BLOCK_BYTES));
      this.#pieces.push(this.#block);
    }
    this.#block.set(bytes, this.#filled);
    this.#filled += byteLength;
    this.#byteLength += byteLength;
  }

  /** Hands over the pieces of the line; the next one starts empty. */
  take(): Uint8Array[] {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#byteLength = 0;
    return pieces;
  }

  /** Nothing is added to the last block any more. */
  #seal(): void {
    if (this.#filled < this.#block.byteLength) {
      this.#pieces[this.#pieces.length - 1] = this.#block.subarray(0, this.#filled);
    }
    this.#block = EMPTY;
    this.#filled = 0;
  }
}

const EMPTY = new Uint8Array(0);

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

  /**
   * Takes bytes as they arrive; returns the lines that they complete, without the line feed. They may lie in `chunk`:
   * what is kept of them is to be copied.
   */
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
