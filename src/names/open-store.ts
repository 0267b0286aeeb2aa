import { BunsenError } from "../errors.ts";
import { MemoryStore } from "./memory-store.ts";
import { SqliteStore } from "./sqlite-store.ts";
import type { NameStore } from "./store.ts";

/**
 * Opens the store that the `-s` option of a name server names: `memory` or `sql:FILE`.
 * @throws {@link BunsenError} `ERR_BAD_OPTION` for any other; NamingError `ERR_NAME_STORE` for a file that cannot be used.
 */
export async function openNameStore(storage: string = "memory"): Promise<NameStore> {
  if (storage === "memory") return new MemoryStore();
  if (storage.startsWith("sql:") && storage.length > 4)
    return await SqliteStore.open(storage.slice(4));
  const dbm = storage.startsWith("dbm:")
    ? "; dbm files, of Pyro4, hold no metadata: use sql:FILE and register anew"
    : "";
  const what = `invalid storage type '${storage}'; expected memory or sql:FILE${dbm}`;
  throw new BunsenError("ERR_BAD_OPTION", what);
}
