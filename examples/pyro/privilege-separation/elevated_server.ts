// Does one thing for callers that they have no right to do themselves. Run as root: node elevated_server.ts
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Daemon, expose } from "#bunsen";

export class DmesgServer {
  /** The last lines that the kernel said. Nothing of the caller becomes part of the command. */
  async dmesg(): Promise<string[]> {
    const { stdout } = await promisify(execFile)("dmesg", ["--nopager", "--level", "info"]);
    return stdout.trimEnd().split("\n").slice(-20);
  }
}
expose(DmesgServer, { dmesg: true });

if (process.getuid?.() !== 0) console.log("Warning: without root privileges dmesg may fail.");
const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("dmesg", new DmesgServer());
console.log("ready", daemon.uriFor("dmesg"));
