import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** How a program ended, with all that it printed. */
export interface Ended {
  /** Undefined where a signal ended it, or it could not start. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** More of what a program prints is not kept: the newest counts. */
const MAX_KEPT_CHARS = 64 * 1024;

/** The variable by which ssh, and what it starts, know which process is the one that we run. */
export const OWN_PROCESS = "BUNSEN_SSH_PROCESS";

/**
 * Runs ssh, and ends it when our end of its standard input closes: so none outlives this process, however that ends.
 * (`-N` reads no input by itself, and not every system can signal a child whose parent died.) What ssh started goes with
 * it: the ssh that leads to a jump host would wait for that as long as it likes, and hold our pipes.
 */
const GUARD = `exec 3<&0
/bin/sh -c '${OWN_PROCESS}=$$ exec "$@"' sh "$@" </dev/null 3<&- & ssh=$!
{ read -r _ <&3; kill "$ssh"; } >/dev/null 2>&1 & guard=$!
exec 3<&-
wait "$ssh"; code=$?
trap : TERM
{ kill -TERM -$$; wait "$guard"; } 2>/dev/null
exit "$code"`;

/** A program that runs until it is told to end. */
export class GuardedProcess {
  /** Settles when it is gone and all it printed is read. Never rejects. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #stdout = "";
  #stderr = "";

  /** @param onComplaint - Called with each line of its standard error. */
  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    onComplaint: (line: string) => void = () => {},
  ) {
    const child = spawn("/bin/sh", ["-c", GUARD, "sh", command, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
      // Of its own session: Ctrl-C at our terminal is for us to act on, and there is no terminal to ask at.
      detached: true,
    });
    this.#child = child;
    child.stdin.on("error", () => {});
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-MAX_KEPT_CHARS);
    });
    createInterface(child.stderr).on("line", (line) => {
      this.#stderr = `${this.#stderr}${line}\n`.slice(-MAX_KEPT_CHARS);
      onComplaint(line);
    });
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#stderr += error.message;
        resolve(this.#outcome(undefined));
      });
      child.once("close", (code) => resolve(this.#outcome(code ?? undefined)));
    });
  }

  /** Ends it. */
  end(): void {
    this.#child.stdin.destroy();
  }

  #outcome(code: number | undefined): Ended {
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }
}

/** Runs a program to its end; ends it when `signal` aborts. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Ended> {
  const running = new GuardedProcess(command, args);
  const end = () => running.end();
  signal?.addEventListener("abort", end, { once: true });
  try {
    return await running.ended;
  } finally {
    signal?.removeEventListener("abort", end);
    running.end();
  }
}
