import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { BunsenError } from "../../errors.ts";
import { ConnectionLog } from "./connection-log.ts";
import { databaseError, SqliteFile } from "./sqlite-file.ts";
import { TrustedHosts } from "./trusted-hosts.ts";
import { Users } from "./users.ts";

/** How long a statement waits for another program that is writing; the whole manager waits meanwhile. */
const BUSY_MS = 1000;

/**
 * The users, the trusted hosts and the log of connections of a manager, in one SQLite file that the Python package
 * reads and writes, too, even at the same time.
 */
export class ManagerDatabase implements Disposable {
  readonly path: string;
  readonly users: Users;
  readonly trustedHosts: TrustedHosts;
  readonly connections: ConnectionLog;
  readonly #file: SqliteFile;

  private constructor(file: SqliteFile) {
    this.path = file.path;
    this.#file = file;
    this.users = new Users(file);
    this.trustedHosts = new TrustedHosts(file);
    this.connections = new ConnectionLog(file);
  }

  /**
   * Opens the file, or creates it with its folder. `:memory:` is kept in memory.
   * @throws BunsenError `ERR_DATABASE`.
   */
  static async open(path: string): Promise<ManagerDatabase> {
    const { DatabaseSync } = await import("node:sqlite");
    let db: DatabaseSync | undefined;
    try {
      if (path !== ":memory:") await mkdir(dirname(path), { recursive: true });
      db = new DatabaseSync(path, { timeout: BUSY_MS });
      // A lost line of the log is no harm: there is no need to wait for the disk with each connection.
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      return new ManagerDatabase(new SqliteFile(path, db));
    } catch (cause) {
      db?.close();
      throw cause instanceof BunsenError ? cause : databaseError(path, cause);
    }
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
