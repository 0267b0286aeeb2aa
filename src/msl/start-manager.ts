import { setTimeout as sleep } from "node:timers/promises";
import { BunsenError } from "../errors.ts";
import { shellWord } from "../tunnels/arguments.ts";
import { lease, type Via } from "../tunnels/shared.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { MANAGER_PORT, MANAGER_RUNNING } from "./messages.ts";

/** How a manager is started on another computer. */
export interface StartManagerOptions {
  /** Keyword arguments for the program, by their Python names: `{ port: 1876, disable_tls: true }`. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Milliseconds until the manager must run. Default 30,000: a small computer takes its time. */
  readonly timeoutMs?: number;
  /** Runs the program as root, by `sudo`, which must not ask for a password. Default false. */
  readonly sudo?: boolean;
  /** File on the other computer that gets the program's output. Default: the program's path with `.log` behind it. */
  readonly logFile?: string;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal;
}

/** A manager that runs on another computer, and goes on when this program ends. */
export interface StartedManager {
  /** As the manager calls itself: `raspberrypi:1875`. */
  readonly address: string;
  readonly port: number;
  /** The process on the other computer. */
  readonly pid: number;
  /** What it printed so far. */
  readonly output: string;
}

/** A process on the other computer. */
export interface RemoteProcess {
  readonly pid: number;
  readonly command: string;
}

/** Why a manager does not run on another computer. */
export class StartError extends BunsenError {
  /** What the program printed there. */
  readonly output: string;
  /** Where the port is in use: the processes that have it, as far as they can be seen. */
  readonly processes: readonly RemoteProcess[];
  static {
    Object.defineProperty(StartError.prototype, "name", {
      value: "StartError",
      writable: true,
      configurable: true,
    });
  }
  constructor(
    code: string,
    message: string,
    output: string,
    processes: readonly RemoteProcess[] = [],
  ) {
    super(code, message, { retry: "later" });
    this.output = output;
    this.processes = processes;
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;
const LOOK_AGAIN_MS = 200;

/**
 * Starts a program on another computer by SSH that runs a manager, and services perhaps; resolves when the manager runs.
 * The program is a console script of the Python package, or one of ours that calls `runServices(…, parseStartOptions())`.
 * The other computer has a POSIX shell.
 * @param host - `"ssh://pi@raspberrypi"`, an alias of the OpenSSH configuration, several hops, or a tunnel.
 * @param command - The path of the program there, or its words: `["node", "lab/service.js"]`. `~/` is the home folder.
 * @throws as `openTunnel`; StartError `ERR_MANAGER_PORT_IN_USE`, `ERR_MANAGER_START`, `ERR_MANAGER_TIMEOUT`.
 */
export async function startManager(
  host: Via,
  command: string | readonly string[],
  options: StartManagerOptions = {},
): Promise<StartedManager> {
  const { tunnel, release } = await lease(host);
  try {
    const program = new RemoteProgram(
      tunnel,
      typeof command === "string" ? [command] : command,
      options,
    );
    return await program.start();
  } finally {
    await release();
  }
}

/** A program at the far end of a tunnel, that writes to a log file there. */
class RemoteProgram {
  readonly #tunnel: Tunnel;
  readonly #words: readonly string[];
  readonly #options: StartManagerOptions;
  readonly #logFile: string;

  constructor(tunnel: Tunnel, words: readonly string[], options: StartManagerOptions) {
    if (words.length === 0 || words.some((word) => word === "")) {
      throw new TypeError("Expected the path of a program, or its words");
    }
    this.#tunnel = tunnel;
    this.#words = words;
    this.#options = options;
    this.#logFile = options.logFile ?? `${words.at(-1)}.log`;
  }

  async start(): Promise<StartedManager> {
    const pid = await this.#launch();
    try {
      return await this.#started(pid);
    } catch (error) {
      // Whatever is not known to be a manager is not left running.
      await this.#kill(pid);
      throw error;
    }
  }

  async #started(pid: number): Promise<StartedManager> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = this.#options;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const { running, output } = await this.#look(pid);
      signal?.throwIfAborted();
      const address = new RegExp(`${MANAGER_RUNNING} (\\S+)`).exec(output)?.[1];
      if (address !== undefined) return { address, port: portOf(address), pid, output };
      // One of Python goes on after its manager could not start.
      if (!running || /ERROR|Error:/.test(output)) throw await this.#failure(pid, output);
      if (performance.now() > deadline) throw this.#silence(output, timeoutMs);
      await sleep(LOOK_AGAIN_MS, undefined, signal ? { signal } : {});
    }
  }

  get #what(): string {
    return `${this.#words.join(" ")} at ${this.#tunnel.name}`;
  }

  /** The command has the shape that Python sends; what follows is quoted for the shell, whatever is in it. */
  async #launch(): Promise<number> {
    const { sudo = false, kwargs = {} } = this.#options;
    const words = [
      ...(sudo ? ["sudo", "-n"] : []),
      ...this.#words.map(pathWord),
      "--kwargs",
      shellWord(JSON.stringify(kwargs)),
    ];
    const log = pathWord(this.#logFile);
    const command = `rm -f ${log}; nohup ${words.join(" ")} > ${log} 2>&1 < /dev/null & echo $!`;
    const { code, stdout, stderr } = await this.#tunnel.run(command, this.#options.signal);
    const pid = Number(stdout.trim());
    if (code === 0 && pid > 0) return pid;
    throw new StartError(
      "ERR_MANAGER_START",
      `${this.#what} could not be started${shown(stderr)}`,
      stderr,
    );
  }

  async #look(pid: number): Promise<{ readonly running: boolean; readonly output: string }> {
    const log = pathWord(this.#logFile);
    // Who is root's cannot be signalled by others, and is there all the same.
    const command = `cat ${log}; kill -0 ${pid} 2>/dev/null || ps -p ${pid} > /dev/null 2>&1`;
    const { code, stdout } = await this.#tunnel.run(command, this.#options.signal);
    return { running: code === 0, output: stdout };
  }

  #silence(output: string, timeoutMs: number): StartError {
    const text = `${this.#what} said nothing of a manager within ${timeoutMs} ms, and was ended${shown(output)}`;
    return new StartError("ERR_MANAGER_TIMEOUT", text, output);
  }

  async #failure(pid: number, output: string): Promise<StartError> {
    if (!/address already in use|EADDRINUSE/i.test(output)) {
      const text = `${this.#what} started no manager${shown(output)}`;
      return new StartError("ERR_MANAGER_START", text, output);
    }
    const port = Number(this.#options.kwargs?.["port"] ?? MANAGER_PORT);
    const owners = await this.#ownersOf(port, pid);
    const list = owners.map((owner) => `\n      ${owner.pid}  ${owner.command}`).join("");
    const text = [
      `${this.#what}: port ${port} is in use there (address already in use), perhaps by a manager of before. Either`,
      `  - start this one at another port: { kwargs: { port: ${port + 1} } }`,
      `  - shut the other manager down, as an administrator of it: bunsen msl shutdown HOST:${port} --user NAME, or shutdownManager() of connectManager()`,
      `  - stop the process that has the port: ssh ${this.#tunnel.name} kill ${owners[0]?.pid ?? "PID"}${list}`,
      "  - restart the computer",
    ].join("\n");
    return new StartError("ERR_MANAGER_PORT_IN_USE", text, output, owners);
  }

  /** Who listens at a port there, as far as this user may see: with whichever tool there is. */
  async #ownersOf(port: number, own: number): Promise<RemoteProcess[]> {
    const sudo = this.#options.sudo ? "sudo -n " : "";
    const pids = [
      `${sudo}ss -Hltnp 'sport = :${port}' | grep -o 'pid=[0-9]*' | cut -d= -f2`,
      `${sudo}lsof -nP -tiTCP:${port} -sTCP:LISTEN`,
    ].join("; ");
    const command = `for pid in $({ ${pids}; } 2> /dev/null | sort -u); do ps -o pid=,args= -p $pid; done`;
    const { stdout } = await this.#tunnel.run(command);
    return stdout
      .split("\n")
      .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, pid, command = ""]) => ({ pid: Number(pid), command }))
      .filter(({ pid }) => pid !== own);
  }

  async #kill(pid: number): Promise<void> {
    const { sudo = false } = this.#options;
    await this.#tunnel.run(`${sudo ? "sudo -n " : ""}kill ${pid} 2> /dev/null`);
  }
}

/** A word of a shell; `~/` in front stays what the shell makes of it. */
function pathWord(word: string): string {
  return word.startsWith("~/") ? `~/${shellWord(word.slice(2))}` : shellWord(word);
}

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1] ?? MANAGER_PORT);
}

function shown(output: string): string {
  const text = output.trim();
  return text === "" ? ", and printed nothing" : `. It printed:\n${text.replace(/^/gm, "  | ")}`;
}
