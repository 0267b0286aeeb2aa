import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { BunsenError } from "../../errors.ts";

export type Row = Readonly<Record<string, unknown>>;

/** One SQLite file. What fails in it is a BunsenError `ERR_DATABASE` that names the file. */
export class SqliteFile implements Disposable {
  readonly path: string;
  readonly #db: DatabaseSync;

  constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
  }

  run(sql: string, ...parameters: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#db.prepare(sql).run(...parameters).changes));
  }

  all(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#db.prepare(sql).all(...parameters) as Row[]);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw databaseError(this.path, cause);
    }
  }
}

export function databaseError(path: string, cause: unknown): BunsenError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const text = `the manager's database ${path} cannot be used: ${reason}`;
  return new BunsenError("ERR_DATABASE", text, { cause, retry: "later" });
}
