import type { SqliteFile } from "./sqlite-file.ts";

/** One line of the log of connections. */
export interface ConnectionRecord {
  readonly id: number;
  /** Local time, `YYYY-MM-DDTHH:MM:SS`. */
  readonly time: string;
  readonly address: string;
  readonly domain: string;
  readonly port: number;
  /** What happened, such as `connected as a client`. */
  readonly message: string;
}

/** Whom a line of the log is about. */
export interface LoggedPeer {
  readonly address: string;
  readonly domain: string;
  readonly port: number;
}

/** Who connected, when, and what became of it. @see spec/msl-network.md 10 */
export class ConnectionLog {
  readonly #file: SqliteFile;
  readonly #timeColumn: string;

  constructor(file: SqliteFile) {
    this.#file = file;
    file.run(`CREATE TABLE IF NOT EXISTS connections (
      pid INTEGER PRIMARY KEY AUTOINCREMENT, datetime DATETIME NOT NULL, ip_address TEXT NOT NULL,
      domain TEXT NOT NULL, port INTEGER NOT NULL, message TEXT NOT NULL)`);
    // 0.5 called it `timestamp`.
    const columns = file.all("PRAGMA table_info(connections)").map((row) => String(row["name"]));
    this.#timeColumn = columns.includes("timestamp") ? "timestamp" : "datetime";
  }

  add(peer: LoggedPeer, message: string, time: Date = new Date()): void {
    const { address, domain, port } = peer;
    this.#file.run(
      "INSERT INTO connections VALUES (NULL, ?, ?, ?, ?, ?)",
      localTime(time),
      address,
      domain,
      port,
      message,
    );
  }

  /** Oldest first. `from` and `to` are inclusive, and may be as short as `2026-11-21`. */
  list(range: { from?: string | undefined; to?: string | undefined } = {}): ConnectionRecord[] {
    // A day as the end means the whole of it: "~" comes after every digit and letter.
    const { from = "", to = "" } = range;
    return this.#file
      .all(
        `SELECT pid, ${this.#timeColumn} AS time, ip_address, domain, port, message FROM connections
         WHERE time >= ? AND time <= ? ORDER BY pid`,
        from,
        `${to}~`,
      )
      .map((row) => ({
        id: Number(row["pid"]),
        time: String(row["time"]),
        address: String(row["ip_address"]),
        domain: String(row["domain"]),
        port: Number(row["port"]),
        message: String(row["message"]),
      }));
  }
}

function localTime(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
