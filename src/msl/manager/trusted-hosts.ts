import { BunsenError } from "../../errors.ts";
import { localhostAliases } from "./hosts.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** The hosts that may connect, where the manager asks for no more than that. @see spec/msl-network.md 10 */
export class TrustedHosts {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
    file.run(
      "CREATE TABLE IF NOT EXISTS auth_hostnames (hostname TEXT NOT NULL, UNIQUE(hostname))",
    );
    // As Python does: an empty list would lock everybody out.
    if (this.list().length === 0) for (const name of localhostAliases()) this.add(name);
  }

  /** In alphabetical order. */
  list(): string[] {
    return this.#file
      .all("SELECT hostname FROM auth_hostnames ORDER BY hostname")
      .map((row) => String(row["hostname"]));
  }

  has(name: string): boolean {
    return this.#file.all("SELECT 1 FROM auth_hostnames WHERE hostname = ?", name).length > 0;
  }

  /** One that is there already stays. */
  add(name: string): void {
    this.#file.run("INSERT OR IGNORE INTO auth_hostnames VALUES (?)", name);
  }

  /** @throws BunsenError `ERR_HOST_NAME` for one that is not in the list. */
  remove(name: string): void {
    if (this.#file.run("DELETE FROM auth_hostnames WHERE hostname = ?", name) > 0) return;
    const text = `there is no host ${JSON.stringify(name)} in ${this.#file.path}`;
    throw new BunsenError("ERR_HOST_NAME", `${text}; "bunsen manager hostnames list" shows them`);
  }
}
