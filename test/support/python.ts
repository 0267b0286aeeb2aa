import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { type ProcessOptions, type RunningProcess, runProcess, startProcess } from "./process.ts";

const venv = fileURLToPath(new URL("../../.venv", import.meta.url));
const bootstrap = fileURLToPath(new URL("peer.py", import.meta.url));

/** The Python that has the real peers, made by `npm test`; undefined where there is none. */
export const python: string | undefined = [
  join(venv, "bin/python"),
  join(venv, "Scripts/python.exe"),
].find(existsSync);

/** Whether Pyro4, Pyro5, msgpack, MSL-Network, pyzmq and python-socketio are there. */
export const pythonPeers: boolean =
  python !== undefined && hasPackages("Pyro4", "Pyro5", "msgpack", "msl", "zmq", "socketio");

// Without the peers the tests are skipped, and the run ends with how to get them; in CI they run, and fail.
const wanted = pythonPeers || Boolean(process.env["CI"]);

/** `it` for tests that need the Python peers. */
export const itWithPython: typeof it.skip = wanted ? it : it.skip;

/** `describe` for tests that need the Python peers. */
export const describeWithPython: typeof describe.skip = wanted ? describe : describe.skip;

/** Python code, or the path or URL of a `.py` file. */
export type Script = string | URL;

export type PythonOptions = Omit<ProcessOptions, "cwd">;

/**
 * Starts a Python peer and waits until a line that it prints matches `ready`; `peer.ready` has the match, so
 * that a group can carry a port or a URI. Without `ready` it returns at once. Ends when disposed of.
 */
export function spawnPython(
  script: Script,
  args: readonly string[] = [],
  options: PythonOptions = {},
): Promise<PythonPeer> {
  return startProcess(interpreter(), ["-u", bootstrap, file(script), ...args], quiet(options));
}

/** A running Python program: `nextLine(pattern)`, `lines`, `stderr`, `kill(signal)`, `exited`. */
export type PythonPeer = RunningProcess;

/** Runs Python code to its end and returns what it printed; throws with its standard error if it fails. */
export function runPython(
  script: Script,
  args: readonly string[] = [],
  options: PythonOptions & { readonly timeoutMs?: number } = {},
): Promise<string> {
  return runProcess(interpreter(), ["-u", bootstrap, file(script), ...args], quiet(options));
}

function interpreter(): string {
  if (!python || !pythonPeers) throw new Error("no Python peers in .venv: run npm test");
  return python;
}

function quiet(options: PythonOptions): PythonOptions {
  return { ...options, env: { PYTHONDONTWRITEBYTECODE: "1", ...options.env } };
}

/** Code goes into a file of its own, so that a traceback shows its lines. */
function file(script: Script): string {
  if (script instanceof URL) return fileURLToPath(script);
  if (script.endsWith(".py") && !script.includes("\n")) return script;
  scripts ??= temporaryFolder();
  const path = join(scripts, `peer-${++count}.py`);
  writeFileSync(path, dedent(script));
  return path;
}

let scripts: string | undefined;
let count = 0;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bunsen-python-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Takes away the indentation that Python code has inside a TypeScript test. */
function dedent(code: string): string {
  const indents = code.match(/^[ \t]*(?=\S)/gm) ?? [];
  const common = Math.min(...indents.map((indent) => indent.length));
  return code.replace(new RegExp(`^[ \\t]{${common}}`, "gm"), "");
}

function hasPackages(...names: string[]): boolean {
  const lib = join(venv, "lib");
  const folders = existsSync(lib) ? readdirSync(lib).map((version) => join(lib, version)) : [];
  return [...folders, join(venv, "Lib")].some((folder) =>
    names.every((name) => existsSync(join(folder, "site-packages", name))),
  );
}
