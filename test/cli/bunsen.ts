import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Exit, type RunningProcess, startProcess } from "../support/process.ts";

/** The command, for Node to run. */
export const MAIN: string = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** Nothing of the developer's own settings reaches the command. */
const CLEAN = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(BUNSEN|PYRO)_/.test(name))
    .map((name) => [name, undefined]),
);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Runs the command to its end, with the lines of `input` as standard input. */
export async function run(args: readonly string[], input = "", env: Env = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...CLEAN, ...env },
    timeout: 25_000,
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
    });
  }
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, ...output };
}

/** Starts a command that serves, and waits for the line that says so; `ready` holds its match. */
export function serve(
  args: readonly string[],
  ready: RegExp,
  env: Env = {},
): Promise<RunningProcess> {
  return startProcess(process.execPath, [MAIN, ...args], { ready, env: { ...CLEAN, ...env } });
}

/** Presses Ctrl-C. */
export async function interrupt(
  server: RunningProcess,
): Promise<{ readonly exit: Exit; readonly ms: number }> {
  const start = performance.now();
  server.kill("SIGINT");
  const exit = await server.exit(5000);
  return { exit, ms: performance.now() - start };
}

/** The first group of the line that said `ready`. */
export function printed(server: RunningProcess): string {
  return server.ready?.[1] ?? "";
}
