import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Answer, Question } from "./lines.ts";

/** A server or client process, which answers questions in turn. */
export class Process implements AsyncDisposable {
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(title: string, command: string, args: readonly string[]) {
    this.#title = title;
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.on("error", () => {}); // the output ends then too
    child.stdin.on("error", () => {});
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @param file - Below bench/. */
  static node(file: string, args: readonly string[], flags: readonly string[] = []): Process {
    return new Process(`${file} ${args.join(" ")}`, process.execPath, [
      ...flags,
      pathOf(file),
      ...args,
    ]);
  }

  static python(file: string, args: readonly string[]): Process {
    return new Process(`${file} ${args.join(" ")}`, PYTHON, [pathOf(file), ...args]);
  }

  async ask(question: Question): Promise<number> {
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    return this.answer();
  }

  /** The next thing that the process says, unasked or asked. */
  async answer(): Promise<number> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`${this.#title}: ended before it answered; its words are above`);
    const answer = JSON.parse(value) as Answer;
    if ("error" in answer) throw new Error(`${this.#title}: ${answer.error}`);
    return answer.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
}

const windows = process.platform === "win32";
/** The interpreter of the interop tests, in which the real Pyro5 is installed. */
export const PYTHON: string = pathOf(
  windows ? "../.venv/Scripts/python.exe" : "../.venv/bin/python",
);

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
