import { createHash } from "node:crypto";
import { mkdir, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { BunsenError } from "../errors.ts";
import { expose } from "../objects/expose.ts";
import { badOffset, byteStream } from "./byte-stream.ts";
import { type FileFacts, heldBytes, PART_SUFFIX, PartialFile } from "./partial-file.ts";

/** What a `FileStore` lets its callers do. */
export interface FileStoreOptions {
  /** Whether callers may put files. Default false. */
  readonly writable?: boolean;
}

/** What `list` tells of a file. */
export interface StoredFile {
  /** Path below the store's folder, with `/` between its parts. */
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  readonly modified: Date;
}

/**
 * The files of one folder, to be served: `daemon.register("files", new FileStore("/data"))`. `bunsen get` and
 * `bunsen put` know its members, and Python calls them as any others; see docs/files.md.
 *
 * Nothing outside of the folder is reachable, whatever the names say and wherever its links lead.
 */
export class FileStore {
  readonly #folder: string;
  readonly #writable: boolean;

  constructor(folder: string, options: FileStoreOptions = {}) {
    this.#folder = folder;
    this.#writable = options.writable ?? false;
  }

  /** All files, by name. */
  async list(): Promise<StoredFile[]> {
    const folder = await realpath(this.#folder);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(PART_SUFFIX));
    const stored = files.map(async ({ parentPath, name: last }) => {
      const path = join(parentPath, last);
      const { size: length, mtime: modified } = await stat(path);
      return { name: relative(folder, path).split(sep).join("/"), length, modified };
    });
    return (await Promise.all(stored)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * A file from `offset` on: a dict with its length, its bytes in pieces, and a dict with the SHA-256 of all of it.
   */
  async *get(name: string, offset: number = 0): AsyncGenerator<Uint8Array | FileFacts> {
    const path = await this.#existing(name);
    const { size } = await stat(path);
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > size) {
      throw badOffset(`"${name}" has ${size} bytes, and the offset is ${offset}`);
    }
    yield { length: size };
    const hash = createHash("sha256");
    let position = 0;
    for await (const piece of byteStream(path)) {
      hash.update(piece);
      const from = Math.max(0, offset - position);
      position += piece.byteLength;
      if (from < piece.byteLength) yield from === 0 ? piece : piece.subarray(from);
    }
    yield { sha256: hash.digest("hex") };
  }

  /**
   * Takes a file piece by piece. Without an offset nothing is written. With a hash the file is whole: it is checked, and
   * takes the place of one of that name.
   * @returns how many bytes of it are here.
   */
  async put(
    name: string,
    data: Uint8Array,
    offset?: number | null,
    sha256?: string | null,
  ): Promise<number> {
    if (!this.#writable) {
      const text =
        "files can only be read here; new FileStore(folder, { writable: true }) takes them";
      throw new BunsenError("ERR_READ_ONLY", text);
    }
    const path = await this.#placeFor(name);
    const held = await heldBytes(path);
    if (offset === undefined || offset === null) return held;
    if (offset !== 0 && offset !== held) {
      throw badOffset(`${held} bytes of "${name}" are here, and the offset is ${offset}`);
    }
    await using part = await PartialFile.open(path, { resume: offset !== 0 });
    await part.write(data);
    if (sha256) await part.finish({ sha256 });
    return part.length;
  }

  async #existing(name: string): Promise<string> {
    return this.#inside(join(this.#folder, ...partsOf(name)), name);
  }

  /** Makes the folders that a name asks for. */
  async #placeFor(name: string): Promise<string> {
    const parts = partsOf(name);
    const path = join(this.#folder, ...parts);
    await realpath(this.#folder);
    // Before anything is made, the nearest folder that is there must be inside.
    for (let above = dirname(path); ; above = dirname(above)) {
      try {
        await this.#inside(above, name);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    await mkdir(dirname(path), { recursive: true });
    return path;
  }

  /** The real path, where links lead; the folder's own may be one. */
  async #inside(path: string, name: string): Promise<string> {
    const [folder, real] = await Promise.all([realpath(this.#folder), realpath(path)]);
    if (real === folder || real.startsWith(folder + sep)) return real;
    throw badName(name, "leads out of the folder");
  }
}

expose(FileStore, { list: true, get: true, put: true });

/** A name's parts, none of which means anything but itself. */
function partsOf(name: string): string[] {
  if (typeof name !== "string" || name === "") throw badName(name, "is no name");
  const parts = name.split(/[/\\]/);
  // A colon is a drive or a hidden stream on Windows.
  if (parts.some((part) => part === "" || part === "." || part === ".." || /[\0:]/.test(part))) {
    throw badName(name, 'has a part that is empty, "." or "..", or a colon in it');
  }
  if (name.endsWith(PART_SUFFIX)) throw badName(name, "is that of a file that has not come whole");
  return parts;
}

function badName(name: unknown, why: string): BunsenError {
  return new BunsenError(
    "ERR_BAD_FILE_NAME",
    `${JSON.stringify(name)} ${why}; expected a file below the folder, such as "2026/scan.tiff"`,
  );
}
