import { BunsenError } from "../../errors.ts";
import { hashPassword, matchesHash } from "./passwords.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** One user as the table has it. */
export interface User {
  readonly name: string;
  /** May send admin requests, such as `shutdown_manager`. */
  readonly isAdmin: boolean;
}

/** Those who may log in, with hashes of their passwords. @see spec/msl-network.md 10 */
export class Users {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
    file.run(`CREATE TABLE IF NOT EXISTS auth_users (
      pid INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL, key BLOB NOT NULL, salt BLOB NOT NULL,
      is_admin BOOLEAN NOT NULL, UNIQUE(username))`);
  }

  /** By name. */
  list(): User[] {
    return this.#file
      .all("SELECT username, is_admin FROM auth_users ORDER BY username")
      .map((row) => ({ name: String(row["username"]), isAdmin: Boolean(row["is_admin"]) }));
  }

  find(name: string): User | undefined {
    const [row] = this.#file.all("SELECT is_admin FROM auth_users WHERE username = ?", name);
    return row && { name, isAdmin: Boolean(row["is_admin"]) };
  }

  /** @throws BunsenError `ERR_USER` for a name that is taken or cannot be one, or an empty password. */
  async add(name: string, password: string, options: { isAdmin?: boolean } = {}): Promise<void> {
    if (/:\d+$/.test(name)) {
      // Clients of 0.5 tell by it whether they are asked for a user's password or for the manager's.
      throw userError(`a user name cannot end in a colon and digits, as ${quoted(name)} does`);
    }
    if (name.trim() === "") throw userError("a user needs a name");
    requirePassword(name, password);
    const { key, salt } = await hashPassword(password);
    const added = this.#file.run(
      "INSERT OR IGNORE INTO auth_users VALUES (NULL, ?, ?, ?, ?)",
      name,
      key,
      salt,
      options.isAdmin ? 1 : 0,
    );
    if (added === 0)
      throw userError(`a user ${quoted(name)} already exists; update it, or remove it first`);
  }

  /**
   * Changes what is given.
   * @throws BunsenError `ERR_USER` for an unknown user or an empty password.
   */
  async update(
    name: string,
    changes: { password?: string | undefined; isAdmin?: boolean | undefined },
  ): Promise<void> {
    const { password, isAdmin } = changes;
    this.#require(name);
    if (password !== undefined) {
      requirePassword(name, password);
      const { key, salt } = await hashPassword(password);
      this.#file.run("UPDATE auth_users SET key = ?, salt = ? WHERE username = ?", key, salt, name);
    }
    if (isAdmin !== undefined) {
      this.#file.run(
        "UPDATE auth_users SET is_admin = ? WHERE username = ?",
        isAdmin ? 1 : 0,
        name,
      );
    }
  }

  /** @throws BunsenError `ERR_USER` for an unknown user. */
  remove(name: string): void {
    this.#require(name);
    this.#file.run("DELETE FROM auth_users WHERE username = ?", name);
  }

  /** False also for an unknown user, after the same time. */
  async isPassword(name: string, password: string): Promise<boolean> {
    const [row] = this.#file.all("SELECT key, salt FROM auth_users WHERE username = ?", name);
    const [key, salt] = [row?.["key"], row?.["salt"]];
    if (key instanceof Uint8Array && salt instanceof Uint8Array) {
      return matchesHash(password, { key, salt });
    }
    await hashPassword(password);
    return false;
  }

  #require(name: string): void {
    if (this.find(name)) return;
    const names = this.list().map((user) => user.name);
    const known = names.length > 0 ? `the users are ${names.join(", ")}` : "there are none yet";
    throw userError(`there is no user ${quoted(name)} in ${this.#file.path}; ${known}`);
  }
}

function requirePassword(name: string, password: string): void {
  if (password === "") throw userError(`the user ${quoted(name)} needs a password`);
}

function userError(text: string): BunsenError {
  return new BunsenError("ERR_USER", text);
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
