import type { Command } from "commander";
import { mslHome } from "../../msl/home.ts";
import { ManagerDatabase } from "../../msl/manager/database.ts";

export interface DatabaseOptions {
  readonly database?: string;
}

export function addDatabaseOption(command: Command): Command {
  return command.option(
    "-d, --database <file>",
    "the SQLite file (default: manager.sqlite3 in the home folder)",
  );
}

/** Opens the database that the options name. */
export function openDatabase({ database }: DatabaseOptions): Promise<ManagerDatabase> {
  return ManagerDatabase.open(database ?? mslHome().database);
}
