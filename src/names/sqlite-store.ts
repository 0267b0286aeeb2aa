import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { NamingError } from "../errors.ts";
import {
  CHUNK_SIZE,
  type NamedRegistration,
  type NameQuery,
  type NameStore,
  type Registration,
} from "./store.ts";

/** How long a write waits for another process that is writing, such as a Python tool; it blocks us meanwhile. */
const BUSY_MS = 1000;

/** Greater than any text, in SQLite's order of types: an upper end for names with no prefix. */
const AFTER_ALL_TEXTS = new Uint8Array(1);

// Pyro reads and writes these two tables; see spec 12.2. The indexes are ours: Pyro does not mind them.
const TABLES = `
  CREATE TABLE pyro_names (
    id integer PRIMARY KEY, name nvarchar NOT NULL UNIQUE, uri nvarchar NOT NULL
  );
  CREATE TABLE pyro_metadata (
    object integer NOT NULL, metadata nvarchar NOT NULL,
    FOREIGN KEY(object) REFERENCES pyro_names(id)
  );`;
const INDEXES = `
  CREATE INDEX IF NOT EXISTS bunsen_metadata_object ON pyro_metadata(object);
  CREATE INDEX IF NOT EXISTS bunsen_metadata_tag ON pyro_metadata(metadata, object);`;

/** The tags of the row `n`, as JSON. Python may have stored tags that are no texts; they come back as text there too. */
const TAGS =
  "(SELECT json_group_array(CAST(metadata AS TEXT)) FROM pyro_metadata WHERE object = n.id) AS tags";

/**
 * Keeps the names in an SQLite file, the same file that Pyro's `-s sql:FILE` reads and writes, even at the same time.
 * A name is on disk when `set` returns (write-ahead log, synced at each commit). `node:sqlite` is loaded by `open`.
 */
export class SqliteStore implements NameStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  /** SQLite counts by walking an index, so we count along, until another process changes the file. */
  #counted: { version: number; count: number } | undefined;

  /**
   * Opens the file, or creates it. A file without metadata, of an old Pyro, is converted.
   * @throws {@link NamingError} `ERR_NAME_STORE` when it cannot be opened or is no such file.
   */
  static async open(path: string): Promise<SqliteStore> {
    if (path === ":memory:" || path === "") {
      const hint = "give a file name, or use the memory store";
      throw new NamingError("ERR_NAME_STORE", `the sqlite :memory: database is refused; ${hint}`);
    }
    const { DatabaseSync } = await import("node:sqlite");
    return guard(path, () => new SqliteStore(path, new DatabaseSync(path, { timeout: BUSY_MS })));
  }

  private constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#db = db;
    try {
      // Where a file system cannot do WAL, SQLite keeps its rollback journal, which is as safe.
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
      createTables(db);
      this.#statements = prepare(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  count(): number {
    return this.#guard(() => {
      const version = number(this.#statements.version);
      if (this.#counted?.version !== version) {
        this.#counted = { version, count: number(this.#statements.count) };
      }
      return this.#counted.count;
    });
  }

  get(name: string): Registration | undefined {
    return this.#guard(() => {
      // SQLite's texts are UTF-8: any other name would be looked up as a different one.
      const row = name.isWellFormed() ? this.#statements.get.get(name) : undefined;
      return row && toRegistration(row as unknown as Row);
    });
  }

  set(name: string, uri: string, metadata: Iterable<string>): void {
    const tags = new Set(metadata);
    this.#requireUnicode([name, uri, ...tags]);
    this.#transaction(() => {
      const added = this.#id(name) === undefined ? 1 : 0;
      this.#replaceTags(number(this.#statements.put, name, uri), tags);
      return added;
    });
  }

  setMetadata(name: string, metadata: Iterable<string>): boolean {
    const tags = new Set(metadata);
    this.#requireUnicode([name, ...tags]);
    let found = false;
    this.#transaction(() => {
      const id = this.#id(name);
      found = id !== undefined;
      if (id !== undefined) this.#replaceTags(id, tags);
      return 0;
    });
    return found;
  }

  delete(name: string): boolean {
    return this.deleteMany([name]).length > 0;
  }

  deleteMany(names: readonly string[]): string[] {
    const deleted: string[] = [];
    this.#transaction(() => {
      for (const name of names) {
        const id = name.isWellFormed() ? this.#id(name) : undefined;
        if (id === undefined) continue;
        this.#statements.clearTags.run(id);
        this.#statements.delete.run(id);
        deleted.push(name);
      }
      return -deleted.length;
    });
    return deleted;
  }

  find(query: NameQuery): Generator<readonly NamedRegistration[]> {
    if (query.by === "prefix") return this.#withPrefix(query.prefix);
    return query.by === "any-tag" ? this.#withAny(query.tags) : this.#withAll(query.tags);
  }

  close(): void {
    if (this.#db.isOpen) this.#guard(() => this.#db.close());
  }

  // No statement stays open between two chunks: it would hold back the write-ahead log as long as the caller pleases.
  *#withPrefix(prefix: string): Generator<readonly NamedRegistration[]> {
    if (!prefix.isWellFormed()) return;
    const end = textAfter(prefix);
    let from = prefix;
    for (;;) {
      const rows = this.#guard(() => this.#statements.range.all(from, end, CHUNK_SIZE));
      const chunk = (rows as unknown as Row[]).map(toRegistration);
      if (chunk.length > 0) yield chunk;
      const last = chunk.at(-1);
      if (!last || rows.length < CHUNK_SIZE) return;
      from = `${last.name}\0`; // the least text greater than the name
    }
  }

  *#withAny(tags: ReadonlySet<string>): Generator<readonly NamedRegistration[]> {
    const seen = new Set<string>();
    for (const tag of tags) {
      for (const chunk of this.#withTag(tag)) {
        yield chunk.filter(({ name }) => !seen.has(name));
        for (const { name } of chunk) seen.add(name);
      }
    }
  }

  *#withAll(tags: ReadonlySet<string>): Generator<readonly NamedRegistration[]> {
    const counted = [...tags].map((tag) => ({ tag, count: this.#countTag(tag) }));
    const [rarest] = counted.sort((a, b) => a.count - b.count);
    if (!rarest) return;
    for (const chunk of this.#withTag(rarest.tag)) {
      yield chunk.filter(({ metadata }) => tags.isSubsetOf(metadata));
    }
  }

  *#withTag(tag: string): Generator<readonly NamedRegistration[]> {
    if (!tag.isWellFormed()) return;
    let after = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const found = this.#guard(() => this.#statements.tagged.all(tag, after, CHUNK_SIZE));
      const rows = found as unknown as (Row & { readonly object: number })[];
      // A tool that deletes names without their tags leaves rows without a name.
      yield rows.filter(({ name }) => name !== null).map(toRegistration);
      const last = rows.at(-1);
      if (!last || rows.length < CHUNK_SIZE) return;
      after = last.object;
    }
  }

  #countTag(tag: string): number {
    return this.#guard(() => number(this.#statements.countTag, tag));
  }

  #id(name: string): number | undefined {
    const row = this.#statements.id.get(name) as { readonly id: number } | undefined;
    return row?.id;
  }

  #replaceTags(id: number, tags: ReadonlySet<string>): void {
    this.#statements.clearTags.run(id);
    for (const tag of tags) this.#statements.tag.run(id, tag);
  }

  /** @param change - Returns by how much the number of names changed. */
  #transaction(change: () => number): void {
    this.#guard(() => {
      this.#statements.begin.run();
      let added: number;
      try {
        added = change();
        this.#statements.commit.run();
      } catch (error) {
        if (this.#db.isTransaction) this.#statements.rollback.run();
        throw error;
      }
      if (this.#counted) this.#counted.count += added;
    });
  }

  #requireUnicode(texts: readonly string[]): void {
    const bad = texts.find((text) => !text.isWellFormed());
    if (bad === undefined) return;
    const what = `${JSON.stringify(bad)} is not valid Unicode`;
    throw new NamingError("ERR_NAME_STORE", `${what}: ${this.#path} cannot hold it`);
  }

  #guard<T>(action: () => T): T {
    return guard(this.#path, action);
  }
}

function createTables(db: DatabaseSync): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    if (!hasTable(db, "pyro_names")) {
      db.exec(TABLES);
    } else if (!hasTable(db, "pyro_metadata")) {
      db.exec(`ALTER TABLE pyro_names RENAME TO pyro_names_old; ${TABLES}
        INSERT INTO pyro_names(name, uri) SELECT name, uri FROM pyro_names_old;
        DROP TABLE pyro_names_old;`);
    }
    db.exec(`${INDEXES} COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function hasTable(db: DatabaseSync, table: string): boolean {
  const found = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  return found.get(table) !== undefined;
}

function prepare(db: DatabaseSync) {
  const statement = (sql: string): StatementSync => db.prepare(sql);
  return {
    begin: statement("BEGIN IMMEDIATE"),
    commit: statement("COMMIT"),
    rollback: statement("ROLLBACK"),
    version: statement("PRAGMA data_version"),
    count: statement("SELECT count(*) AS count FROM pyro_names"),
    id: statement("SELECT id FROM pyro_names WHERE name = ?"),
    get: statement(`SELECT name, uri, ${TAGS} FROM pyro_names n WHERE name = ?`),
    put: statement(
      `INSERT INTO pyro_names(name, uri) VALUES (?, ?)
       ON CONFLICT(name) DO UPDATE SET uri = excluded.uri RETURNING id`,
    ),
    delete: statement("DELETE FROM pyro_names WHERE id = ?"),
    tag: statement("INSERT INTO pyro_metadata(object, metadata) VALUES (?, ?)"),
    clearTags: statement("DELETE FROM pyro_metadata WHERE object = ?"),
    countTag: statement("SELECT count(*) AS count FROM pyro_metadata WHERE metadata = ?"),
    range: statement(
      `SELECT name, uri, ${TAGS} FROM pyro_names n
       WHERE name >= ? AND name < ? ORDER BY name LIMIT ?`,
    ),
    // Pyro 4 may have stored a tag twice, hence DISTINCT.
    tagged: statement(
      `SELECT object, name, uri, ${TAGS} FROM (
         SELECT DISTINCT object FROM pyro_metadata
         WHERE metadata = ? AND object > ? ORDER BY object LIMIT ?
       ) LEFT JOIN pyro_names n ON n.id = object ORDER BY object`,
    ),
  };
}

interface Row {
  readonly name: string | null;
  readonly uri: string;
  /** A JSON array. */
  readonly tags: string;
}

function toRegistration(row: Row): NamedRegistration {
  const tags: string[] = JSON.parse(row.tags);
  return { name: String(row.name), uri: row.uri, metadata: new Set(tags) };
}

/** The first column of the only row. */
function number(statement: StatementSync, ...parameters: SQLInputValue[]): number {
  return Number(Object.values(statement.get(...parameters) ?? {})[0]);
}

/**
 * The least text, in SQLite's order of UTF-8 bytes, that is greater than all texts with the prefix. Not LIKE: there
 * `%` and `_` of the prefix are wildcards and letters match in both cases.
 */
function textAfter(prefix: string): string | Uint8Array {
  const codePoints = Array.from(prefix, (char) => char.codePointAt(0) as number);
  for (let last = codePoints.pop(); last !== undefined; last = codePoints.pop()) {
    if (last === 0x10ffff) continue; // nothing follows it: raise the one before
    const next = last === 0xd7ff ? 0xe000 : last + 1; // between them are no characters
    return String.fromCodePoint(...codePoints, next);
  }
  return AFTER_ALL_TEXTS;
}

function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof NamingError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NamingError("ERR_NAME_STORE", `sqlite error in ${path}: ${reason}`, { cause: error });
  }
}
