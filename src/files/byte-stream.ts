import { type FileHandle, open } from "node:fs/promises";
import { BunsenError } from "../errors.ts";

/**
 * How long the pieces are, unless told: a Python peer asks for them one by one, so that a shorter piece would be mostly
 * waiting, and what waits for a slow reader is counted in pieces.
 */
export const PIECE_BYTES: number = 256 * 1024;

/** Where bytes can come from: a file by its path, bytes in memory, a `Blob`, or anything that yields bytes. */
export type ByteSource =
  | string
  | URL
  | ArrayBuffer
  | Uint8Array
  | Blob
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** How `byteStream` cuts a source. */
export interface ByteStreamOptions {
  /** The longest piece, in bytes. Default 256 KiB. */
  readonly pieceBytes?: number;
  /** Bytes of the source to leave out at its beginning, such as those that the other side has. Default 0. */
  readonly offset?: number;
}

/**
 * Bytes of any number in pieces, for a served method to return: `return byteStream("scan.tiff")`. What cannot be one
 * message travels as this, with one piece at a time in memory.
 * @throws BunsenError `ERR_BAD_OFFSET` where the source is shorter than `offset`; what reading the source throws.
 */
export async function* byteStream(
  source: ByteSource,
  options: ByteStreamOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { pieceBytes = PIECE_BYTES, offset = 0 } = options;
  if (!Number.isSafeInteger(pieceBytes) || pieceBytes < 1) {
    throw new BunsenError(
      "ERR_BAD_OPTION",
      `Expected \`pieceBytes\` to be at least 1, got ${pieceBytes}`,
    );
  }
  if (!Number.isSafeInteger(offset) || offset < 0) throw badOffset(`${offset} is none`);
  if (typeof source === "string" || source instanceof URL)
    yield* ofFile(source, offset, pieceBytes);
  else yield* cut(piecesOf(source), offset, pieceBytes);
}

async function* ofFile(
  path: string | URL,
  offset: number,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (offset > size) throw badOffset(`${offset} is behind the end of the file, at ${size}`);
    yield* read(file, offset, pieceBytes);
  } finally {
    await file.close();
  }
}

/** Each piece has memory of its own: the one before may still wait to be sent. */
async function* read(
  file: FileHandle,
  offset: number,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = offset; ; ) {
    const piece = new Uint8Array(pieceBytes);
    const { bytesRead } = await file.read(piece, 0, pieceBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield bytesRead === pieceBytes ? piece : piece.subarray(0, bytesRead);
  }
}

function piecesOf(
  source: Exclude<ByteSource, string | URL>,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (source instanceof Uint8Array) return [source];
  if (source instanceof ArrayBuffer) return [new Uint8Array(source)];
  return source instanceof Blob ? source.stream() : source;
}

async function* cut(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  offset: number,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let skip = offset;
  for await (const piece of pieces) {
    const from = Math.min(skip, piece.byteLength);
    skip -= from;
    for (let at = from; at < piece.byteLength; at += pieceBytes) {
      yield piece.subarray(at, at + pieceBytes);
    }
  }
  if (skip > 0) throw badOffset(`${offset} is behind the end, at ${offset - skip}`);
}

export function badOffset(what: string): BunsenError {
  return new BunsenError("ERR_BAD_OFFSET", `Expected an offset into the data: ${what}`);
}
