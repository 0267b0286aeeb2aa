import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { BunsenError } from "../errors.ts";
import { byteStream } from "./byte-stream.ts";

/** What is appended to a file's name until it is whole. */
export const PART_SUFFIX = ".part";

/** What is known of a whole file: its length in bytes, and the hexadecimal digits of its SHA-256. */
export interface FileFacts {
  readonly length?: number | undefined;
  readonly sha256?: string | undefined;
}

/** Bytes of a file that has not come whole yet; 0 where there are none. */
export async function heldBytes(path: string): Promise<number> {
  try {
    return (await stat(path + PART_SUFFIX)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/**
 * A file that comes piece by piece. It is written beside its place, as `FILE.part`, and moved there when it is whole, so
 * that what was there before is never half overwritten. One that is closed unfinished stays, and can be continued.
 */
export class PartialFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  /** Of what was written here; undefined where there was something before. */
  readonly #hash: Hash | undefined;
  #length: number;
  #open = true;

  private constructor(path: string, file: FileHandle, length: number) {
    this.path = path;
    this.#file = file;
    this.#length = length;
    this.#hash = length === 0 ? createHash("sha256") : undefined;
  }

  /** @param options.resume - Go on behind what is there; otherwise begin anew. */
  static async open(path: string, { resume }: { readonly resume: boolean }): Promise<PartialFile> {
    const file = await open(path + PART_SUFFIX, resume ? "a" : "w");
    return new PartialFile(path, file, (await file.stat()).size);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#hash?.update(piece);
    // `write` may take less than it was given.
    for (let at = 0; at < piece.byteLength; ) {
      at += (await this.#file.write(piece, at)).bytesWritten;
    }
    this.#length += piece.byteLength;
  }

  /**
   * Checks the file and moves it to its place.
   * @returns its SHA-256, in hexadecimal digits.
   * @throws BunsenError `ERR_FILE_INCOMPLETE`: what came is kept; `ERR_FILE_CHANGED`: it is of no use, and removed.
   */
  async finish(facts: FileFacts): Promise<string> {
    if (facts.length !== undefined && this.#length < facts.length) {
      throw incomplete(this.path, `${this.#length} of ${facts.length} bytes came`);
    }
    const hash = this.#hash ?? (await hashOf(this.path + PART_SUFFIX));
    const sha256 = hash.digest("hex");
    const isLonger = facts.length !== undefined && this.#length > facts.length;
    if (isLonger || (facts.sha256 !== undefined && facts.sha256.toLowerCase() !== sha256)) {
      await this.discard();
      const what = isLonger
        ? `${this.#length} bytes came, of ${facts.length}`
        : `its SHA-256 is ${sha256}, expected ${facts.sha256}`;
      throw changed(this.path, what);
    }
    await this.#file.sync();
    await this.close();
    await rename(this.path + PART_SUFFIX, this.path);
    return sha256;
  }

  /** Removes what came. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.path + PART_SUFFIX, { force: true });
  }

  /** What came is kept. May be called twice. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The SHA-256 of a file, up to where it ends now. */
async function hashOf(path: string): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const piece of byteStream(path)) hash.update(piece);
  return hash;
}

function incomplete(path: string, what: string): BunsenError {
  const text = `${path} is not whole: ${what}`;
  return new BunsenError("ERR_FILE_INCOMPLETE", text, { retry: "later" });
}

function changed(path: string, what: string): BunsenError {
  const text = `${path} did not come as it is at the other end: ${what}; it was removed, and has to be sent anew from its beginning`;
  return new BunsenError("ERR_FILE_CHANGED", text, { retry: "now" });
}
