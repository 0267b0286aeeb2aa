import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { readSecret } from "./security.ts";
import { UsageError } from "./usage-error.ts";

export interface PasswordSource {
  /** A file, of which the first line counts; `true` where the option was given without one. */
  readonly file: string | true | undefined;
  /** The option that names it. */
  readonly option: string;
  /** A variable of the environment. */
  readonly variable: string;
  /** What is asked where there is neither. */
  readonly question: string;
}

/**
 * A password, from a file, the environment, or whoever sits at the terminal (else the first line of standard input). It is
 * never an argument: everybody on the machine can read command lines, and shells keep them.
 */
export async function readPassword(source: PasswordSource): Promise<string> {
  const { file, option, variable, question } = source;
  const fromEnvironment = process.env[variable];
  if (typeof file === "string") return readFirstLine(file, option, variable);
  const password = fromEnvironment ?? (await ask(question));
  if (password !== "") return password;
  throw new UsageError(
    `the password is empty; type it, or give ${option} FILE, or set ${variable}`,
  );
}

/** The password of a private key. */
export function readKeyPassword(file: string | true, option: string): Promise<string> {
  return readPassword({
    file,
    option,
    variable: "BUNSEN_KEY_PASSWORD",
    question: "Password of the private key",
  });
}

function readFirstLine(file: string, option: string, variable: string): string {
  if (!existsSync(file)) {
    throw new UsageError(
      `${option} takes a file, of which the first line is the password, and there is no ${file}; to type the password leave the file out, or set ${variable}`,
    );
  }
  const text = readSecret(file, option);
  const password = text.split("\n", 1)[0]?.trim() ?? "";
  if (password !== "") return password;
  throw new UsageError(`the first line of ${file} (${option}) is empty; expected a password`);
}

/** Shows the question on standard error, and not what is typed. */
async function ask(question: string): Promise<string> {
  const terminal = process.stdin.isTTY;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal });
  // After the terminal was told not to show what is typed.
  if (terminal) process.stderr.write(`${question}: `);
  // Ctrl-C gives no password.
  lines.once("SIGINT", () => lines.close());
  try {
    for await (const line of lines) return line.trim();
    return "";
  } finally {
    lines.close();
    if (terminal) process.stderr.write("\n");
  }
}
