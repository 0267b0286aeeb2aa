import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Duplex, Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessOptions {
  /** Wait until a line of standard output matches. Without it a process counts as ready at once. */
  readonly ready?: RegExp | undefined;
  /** How long that may take, in milliseconds. Default: 15000. */
  readonly readyMs?: number | undefined;
  /** Laid over this process's environment, less every PYRO_ and BUNSEN_ variable; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  /** Written to standard input at once, which stays open after it. */
  readonly input?: string | undefined;
  /** Gives the program one end of a socket pair as file descriptor 3; the other is `channel`. Not on Windows. */
  readonly channel?: boolean | undefined;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a program and waits until it is ready. It ends when disposed of, or with this process. */
export async function startProcess(
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  const running = new RunningProcess(command, args, options);
  if (!options.ready) return running;
  try {
    running.ready = await running.nextLine(options.ready, options.readyMs ?? 15_000);
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
  return running;
}

/** Runs a program to its end and returns its standard output; an exit code other than 0 is an error. */
export async function runProcess(
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions & { readonly timeoutMs?: number | undefined } = {},
): Promise<string> {
  await using running = await startProcess(command, args, options);
  const exit = await running.exit(options.timeoutMs);
  if (exit.code !== 0) throw running.failure(`ended with ${exit.signal ?? `code ${exit.code}`}`);
  return running.stdout;
}

type Child = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };

/** A program of its own process group, with its output as it came. */
export class RunningProcess implements AsyncDisposable {
  /** What `ready` matched: its groups may hold a port or a URI. */
  ready: RegExpExecArray | undefined;
  /** Every whole line of standard output so far. */
  readonly lines: string[] = [];
  /** Standard error so far. */
  stderr = "";
  /** Settles when the program is gone and its output is read; rejects if it could not start. */
  readonly exited: Promise<Exit>;
  /** This end of the socket pair that the option asked for. */
  readonly channel: Duplex;
  readonly #child: Child;
  readonly #what: string;
  readonly #watchers = new Set<() => void>();
  #gone = false;
  #taken = 0;

  constructor(command: string, args: readonly string[], options: ProcessOptions) {
    const { env, cwd, input, channel } = options;
    this.#what = [command, ...args].join(" ").slice(0, 200);
    this.#child = spawn(command, args, {
      cwd,
      env: environment(env),
      // Standard input stays open and silent; a program may take its end as a sign that we are gone.
      stdio: ["pipe", "pipe", "pipe", ...(channel ? ["pipe" as const] : [])],
      detached: process.platform !== "win32",
    }) as Child;
    this.channel = this.#child.stdio[3] as Duplex;
    endWithUs.add(this);
    // EPIPE: it ended without reading all that it was told.
    this.#child.stdin.on("error", () => {});
    if (input !== undefined) this.write(input);
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      this.lines.push(line);
      this.#changed();
    });
    this.exited = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => resolve({ code, signal }));
    });
    const gone = () => {
      this.#gone = true;
      endWithUs.delete(this);
      this.#changed();
    };
    this.exited.then(gone, gone);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.lines.map((line) => `${line}\n`).join("");
  }

  /** The next line of standard output that matches; lines before it are passed over for good. */
  async nextLine(pattern: RegExp = /.*/, timeoutMs = 10_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      while (this.#taken < this.lines.length) {
        const match = pattern.exec(this.lines[this.#taken++] ?? "");
        if (match) return match;
      }
      if (this.#gone) {
        await this.exited; // what kept it from starting, if it never did
        throw this.failure(`ended without a line that matches ${pattern}`);
      }
      if (Date.now() >= deadline)
        throw this.failure(`no line matched ${pattern} in ${timeoutMs} ms`);
      await this.#change(deadline - Date.now());
    }
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Waits for the end. */
  async exit(timeoutMs = 25_000): Promise<Exit> {
    const deadline = Date.now() + timeoutMs;
    while (!this.#gone) {
      if (Date.now() >= deadline) throw this.failure(`still running after ${timeoutMs} ms`);
      await this.#change(deadline - Date.now());
    }
    return await this.exited;
  }

  /** Signals the program and all that it started. */
  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#gone) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // ESRCH: it ended by itself in this moment.
    }
  }

  /** An error that shows all that the program said. */
  failure(problem: string): Error {
    return new Error(`${this.#what}\n${problem}\nstdout:\n${this.stdout}\nstderr:\n${this.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGTERM");
    const insist = setTimeout(() => this.kill("SIGKILL"), 2_000);
    await this.exited.catch(() => {});
    clearTimeout(insist);
  }

  #changed(): void {
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }

  async #change(timeoutMs: number): Promise<void> {
    const timeout = new AbortController();
    const change = new Promise<void>((resolve) => this.#watchers.add(resolve));
    await Promise.race([change, sleep(timeoutMs, undefined, timeout).catch(() => {})]);
    timeout.abort();
  }
}

function environment(changes: ProcessOptions["env"]): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PYRO|BUNSEN)_/.test(name));
  return { ...Object.fromEntries(inherited), ...changes };
}

const endWithUs = new Set<RunningProcess>();

const endAll = () => {
  for (const running of endWithUs) running.kill("SIGKILL");
};

process.on("exit", endAll);
// Vitest stops its workers with SIGTERM, which by itself would skip "exit".
process.once("SIGTERM", () => {
  endAll();
  process.exit(143);
});
