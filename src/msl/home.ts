import { homedir } from "node:os";
import { join } from "node:path";

/** Where a manager and its peers keep their files; shared with the Python package. @see spec/msl-network.md 10 */
export interface MslHome {
  readonly folder: string;
  /** Certificates: this computer's own, and those of managers that were trusted. */
  readonly certs: string;
  readonly keys: string;
  readonly database: string;
}

/** The folder of `MSL_NETWORK_HOME`, by default `~/.msl/network`. */
export function mslHome(env: NodeJS.ProcessEnv = process.env): MslHome {
  const folder = env["MSL_NETWORK_HOME"] ?? join(homedir(), ".msl", "network");
  return {
    folder,
    certs: join(folder, "certs"),
    keys: join(folder, "keys"),
    database: join(folder, "manager.sqlite3"),
  };
}
