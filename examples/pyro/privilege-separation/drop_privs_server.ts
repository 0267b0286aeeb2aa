// Gives its rights away as soon as it has started. Run as root, not on Windows: node drop_privs_server.ts
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { Daemon, expose, type Tuple, tuple } from "#bunsen";

export class RestrictedService {
  who_is_server(): Tuple {
    const { uid, gid, username } = userInfo();
    return tuple<unknown>(uid, gid, username);
  }
  /** Fails, for want of the rights that were given away. */
  async write_file(): Promise<void> {
    await writeFile("dummy-test-file.bin", "");
  }
}
expose(RestrictedService, { who_is_server: true, write_file: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0"); // a port below 1024 would need the rights
console.log("Server started as", userInfo().username);
const group = Number(execFileSync("id", ["-g", "nobody"], { encoding: "utf8" }));
// The groups first: whoever is nobody may not change them any more.
process.setgroups?.([]);
process.setgid?.(group);
process.setuid?.("nobody");
console.log("Privileges dropped. Server now running as", userInfo().username);
daemon.register("restricted", new RestrictedService());
console.log("ready", daemon.uriFor("restricted"));
