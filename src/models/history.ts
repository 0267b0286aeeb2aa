import { appendFile } from "node:fs/promises";
import type { ChangeEvent } from "./events.ts";

export interface HistoryOptions {
  /** Records in memory; older ones are dropped. */
  readonly maxRecords: number;
  /** Every record is added to this file, too: one line of JSON each. */
  readonly file: string | undefined;
  /** The file cannot be written. */
  readonly failed: (error: Error) => void;
}

/** Who changed what, and when: the newest records in memory, all of them in a file where one is given. */
export class History {
  readonly #options: HistoryOptions;
  readonly #records: ChangeEvent[] = [];
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  add(record: ChangeEvent): void {
    this.#records.push(record);
    if (this.#records.length > this.#options.maxRecords) this.#records.shift();
    const { file } = this.#options;
    if (file === undefined) return;
    this.#unwritten.push(`${JSON.stringify(record)}\n`);
    this.#writing ??= this.#write(file);
  }

  /**
   * Records of what happened after version `since` was made: changes that were made, that failed, and that were refused.
   * @returns the newest `limit` of them, oldest first.
   */
  list(since: number, limit: number): ChangeEvent[] {
    const wanted = this.#records.filter(
      // What was not made has the version that it found.
      ({ version, event }) => (event === "changed" ? version > since : version >= since),
    );
    return limit > 0 ? wanted.slice(-limit) : [];
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(file: string): Promise<void> {
    try {
      while (this.#unwritten.length > 0) {
        const text = this.#unwritten.join("");
        this.#unwritten = [];
        await appendFile(file, text, { mode: 0o640 });
      }
    } catch (error) {
      this.#unwritten = [];
      this.#options.failed(error as Error);
    } finally {
      this.#writing = undefined;
    }
  }
}
