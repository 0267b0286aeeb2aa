import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import type { SshHost } from "../../src/tunnels/index.ts";
import { freePort } from "./ports.ts";
import { type RunningProcess, startProcess } from "./process.ts";

const SSHD = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"].find(existsSync);
const root = process.getuid?.() === 0;

/** `describe` for tests that need a real sshd: skipped where there is none, but for CI. */
export const describeWithSshd: typeof describe.skip =
  SSHD !== undefined || process.env["CI"] ? describe : describe.skip;

/**
 * Whether a password can let somebody in: sshd checks it against the system's own, so it is root alone who can show it a
 * file of passwords that has one for the tests, in a mount namespace of its own.
 */
export const sshdTakesPasswords: boolean =
  root && spawnSync("unshare", ["-m", "true"], { stdio: "ignore" }).status === 0;

export interface SshdOptions {
  /** The password of the user; see `sshdTakesPasswords`. Without it, every password is wrong. */
  readonly password?: string;
  /** More lines of sshd_config. */
  readonly config?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** A real sshd on a port of 127.0.0.1, with keys and a configuration of its own. */
export class Sshd implements AsyncDisposable {
  readonly port: number;
  /** Holds `id` (the user's key), `known_hosts`, `ssh_config` (with the alias `gateway`). */
  readonly folder: string;
  /** How to log in with the key. */
  readonly host: SshHost;
  readonly #process: RunningProcess;

  private constructor(port: number, folder: string, process: RunningProcess) {
    this.port = port;
    this.folder = folder;
    this.#process = process;
    this.host = {
      host: "127.0.0.1",
      user: userInfo().username,
      port,
      identityFile: join(folder, "id"),
      knownHostsFile: join(folder, "known_hosts"),
      // Whoever runs the tests has a configuration of their own.
      configFile: join(folder, "ssh_config"),
    };
  }

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    if (SSHD === undefined) throw new Error("no sshd here: run npm test as root, or install one");
    const port = options.port ?? (await freePort());
    const folder = mkdtempSync(join(tmpdir(), "sshd-"));
    makeKey(join(folder, "host_key"));
    makeKey(join(folder, "id"));
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write("sshd_config", sshdConfig(folder, port, options.config));
    write("known_hosts", `* ${readFileSync(join(folder, "host_key.pub"), "utf8")}`);
    write("ssh_config", sshConfig(folder, port));
    // Where sshd separates privileges, it wants an empty folder for it.
    if (root) mkdirSync("/run/sshd", { recursive: true });
    const running = await startProcess("/bin/sh", ["-c", commandOf(SSHD, folder, options)], {
      ready: /Server listening on/,
    });
    return new Sshd(port, folder, running);
  }

  /** What it logged, one connection after the other. */
  get log(): string {
    return this.#process.stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A key pair: `path` and `path.pub`. */
export function makeKey(path: string, passphrase = ""): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", path]);
}

/**
 * Gives the tests of a file a temporary folder of their own, so that ssh processes can be told from those of others: each
 * has the path of its control socket on its command line.
 * @returns how many there are.
 */
export function countSshProcesses(): () => number {
  const usual = process.env["TMPDIR"];
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "t-"));
    process.env["TMPDIR"] = folder;
  });
  afterAll(() => {
    if (usual === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = usual;
    rmSync(folder, { recursive: true, force: true });
  });
  return () => processesWith(join(folder, "bunsen-ssh-"));
}

/** How many processes run whose command line has `text`. */
export function processesWith(text: string): number {
  const commands = existsSync("/proc/self/cmdline")
    ? readdirSync("/proc").filter(Number).map(commandLine)
    : execFileSync("ps", ["axww", "-o", "args="], { encoding: "utf8" }).split("\n");
  return commands.filter((command) => command.includes(text)).length;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it ended in this moment
  }
}

function commandOf(sshd: string, folder: string, { password }: SshdOptions): string {
  const run = `exec ${sshd} -D -e -f ${folder}/sshd_config 2>&1`;
  if (password === undefined) return run;
  const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], { input: password }).toString();
  const { username } = userInfo();
  const shadow = readFileSync("/etc/shadow", "utf8").replace(
    new RegExp(`^${username}:[^:]*`, "m"),
    () => `${username}:${hash.trim()}`,
  );
  writeFileSync(join(folder, "shadow"), shadow, { mode: 0o600 });
  return `exec unshare -m /bin/sh -c 'mount --bind ${folder}/shadow /etc/shadow && ${run}'`;
}

function sshdConfig(folder: string, port: number, more = ""): string {
  return `${more}
Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/id.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
ClientAliveInterval 1
ClientAliveCountMax 3
`;
}

function sshConfig(folder: string, port: number): string {
  return `Host gateway
  HostName 127.0.0.1
  Port ${port}
  User ${userInfo().username}
  IdentityFile ${folder}/id
  IdentitiesOnly yes
  UserKnownHostsFile ${folder}/known_hosts
`;
}
