import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import {
  locateNameServer,
  type NameServerClient,
  SILENT,
  startNameServer,
} from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type RunningProcess, runProcess, startProcess } from "../support/process.ts";
import { python, pythonPeers } from "../support/python.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where the examples of each version of Pyro are, in a folder of its own. */
export const originals: string = join(root, ".venv/examples");

/** Python. Where there is none it fails in CI, by its name; elsewhere nobody asks for it. */
export const interpreter: string = python ?? "python3";

const hurry = new URL("hurry.ts", import.meta.url).href;

const QUICK_START = {
  PYTHONDONTWRITEBYTECODE: "1",
  // Hundreds of programs load the same sources: this keeps what Node makes of them.
  NODE_COMPILE_CACHE: join(root, "node_modules/.cache/examples"),
};

/** Whose program runs: ours, or the original for this version of Pyro. */
export type Author = "Bunsen" | "Pyro5" | "Pyro4";

export interface PairingOptions {
  /** Which originals take part; by default Pyro5's. */
  readonly with?: readonly ("Pyro5" | "Pyro4")[];
  /** How many times faster than the clock programs sleep. Default 10. */
  readonly hurry?: number;
  /** What of the example this is, where there are several. */
  readonly title?: string;
  /** The name server is the server of the example: that of the server's author. Otherwise it is ours. */
  readonly nameServerOfAuthor?: boolean;
}

/** What is said to a program, and how long it may take. */
export interface ProgramOptions {
  /** The answers to its questions. Originals ask on standard input; ours take them as arguments. */
  readonly answers?: readonly string[];
  /** Further lines of standard input, for both. */
  readonly input?: readonly string[];
  /** Arguments, for both. They come before the answers. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface ServerOptions extends ProgramOptions {
  /** What a line says when it is ready. Default: a `PYRO:` URI, which is `ready[0]`. */
  readonly ready?: RegExp;
}

/** The programs of one example by one author. */
export class Programs {
  readonly author: Author;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    author: Author,
    example: string,
    env: Readonly<Record<string, string>>,
    folder: string = folderOf(author, example),
  ) {
    this.author = author;
    this.#folder = folder;
    this.#env = env;
  }

  /** The same programs where a copy of them is: originals that look for files around them. */
  in(folder: string): Programs {
    return new Programs(this.author, "", this.#env, folder);
  }

  /** Whether these are the originals. */
  get original(): boolean {
    return this.author !== "Bunsen";
  }

  /** Starts a program, by its name without suffix, and waits until it is ready. It ends when disposed of. */
  start(program: string, options: ServerOptions = {}): Promise<RunningProcess> {
    const { command, args, ...rest } = this.#commandLine(program, options);
    return startProcess(command, args, { ...rest, ready: options.ready ?? /PYRO:\S+@\S+/ });
  }

  /** Runs a program to its end, and returns what it printed. */
  run(program: string, options: ProgramOptions = {}): Promise<string> {
    const { command, args, ...rest } = this.#commandLine(program, options);
    return runProcess(command, args, { ...rest, timeoutMs: options.timeoutMs });
  }

  #commandLine(program: string, { answers = [], input = [], args = [], env }: ProgramOptions) {
    const told = this.original ? [...answers, ...input] : input;
    const common = {
      cwd: this.#folder,
      env: { ...QUICK_START, ...this.#env, ...env },
      input: told.map((line) => `${line}\n`).join(""),
    };
    if (this.original) {
      const runner = join(root, "test/examples/run-original.py");
      const line = ["-u", runner, `${program}.py`, ...args];
      return { command: interpreter, args: line, ...common };
    }
    const line = ["--import", hurry, `${program}.ts`, ...args, ...answers];
    return { command: process.execPath, args: line, ...common };
  }
}

/** A server's programs and a client's, and the name server that both are told to use. */
export interface Pairing {
  readonly server: Programs;
  readonly client: Programs;
  /** The name server that the programs use, seen from the test. */
  readonly names: NameServerClient;
  /** Waits until the name server has a name: some originals do not say when they have registered it. */
  registered(name: string): Promise<void>;
}

/**
 * Makes a test of each pairing of an example: ours with ours, the original client with our server, our client with the
 * original server. Each has a name server of its own, and leaves nothing behind.
 */
export function eachPairing(
  example: string,
  options: PairingOptions,
  body: (pairing: Pairing) => Promise<void>,
): void {
  const { with: generations = ["Pyro5"], title } = options;
  describe(`examples/pyro/${example}${title ? `, ${title}` : ""}`, () => {
    checkLeaks();
    const pair = (server: Author, client: Author) =>
      itWith(server, client)(
        `${client}'s client with ${server}'s server`,
        () => withNameServer(example, options, server, client, body),
        120_000,
      );
    pair("Bunsen", "Bunsen");
    for (const generation of generations) pair("Bunsen", generation);
    for (const generation of generations) pair(generation, "Bunsen");
  });
}

/**
 * Starts the test echo server of an author, which no example brings along. `ready[0]` is its URI; with an environment
 * that names a name server, it is there too.
 */
export function startEchoServer(
  author: Author,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  const options = { ready: /PYRO:test\.echoserver@\S+/, env: { ...QUICK_START, ...env } };
  const naming = "PYRO_NS_PORT" in env ? ["--naming"] : [];
  switch (author) {
    case "Bunsen": {
      const main = ["--import", hurry, join(root, "src/cli/main.ts")];
      return startProcess(process.execPath, [...main, "echo", "--port", "0", ...naming], options);
    }
    case "Pyro5":
      return startProcess(interpreter, ["-u", "-m", "Pyro5.utils.echoserver", ...naming], options);
    case "Pyro4":
      return startProcess(interpreter, ["-u", "-m", "Pyro4.test.echoserver", ...naming], options);
  }
}

async function withNameServer(
  example: string,
  { hurry: factor = 10, nameServerOfAuthor = false }: PairingOptions,
  server: Author,
  client: Author,
  body: (pairing: Pairing) => Promise<void>,
): Promise<void> {
  await using nameServer = await startNames(nameServerOfAuthor ? server : "Bunsen");
  const { port } = nameServer;
  await using names = await locateNameServer({ host: "localhost", port });
  const env = { HURRY: String(factor), PYRO_NS_PORT: String(port) };
  await body({
    server: new Programs(server, example, env),
    client: new Programs(client, example, env),
    names,
    async registered(name) {
      const events = names.watch({ prefix: name });
      const giveUp = setTimeout(() => void events.return?.(), 15_000);
      for await (const event of events) {
        const there = event.kind === "snapshot" ? event.names : [event];
        if (!there.some((record) => record.name === name)) continue;
        clearTimeout(giveUp);
        return;
      }
      throw new Error(`nobody registered ${name} in 15 seconds`);
    },
  });
}

/** Starts a name server of an author. */
async function startNames(author: Author): Promise<AsyncDisposable & { port: number }> {
  if (author === "Bunsen") {
    // Silent: programs that are ended in the middle of things cut its connections.
    const running = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = running.uri;
    if (location.kind !== "tcp") throw new Error("the name server listens on TCP");
    return { port: location.port, [Symbol.asyncDispose]: () => running.close() };
  }
  const program = author === "Pyro5" ? "Pyro5.nameserver" : "Pyro4.naming";
  const running = await startProcess(interpreter, ["-u", "-m", program, "-p", "0", "-x"], {
    ready: /PYRO:Pyro\.NameServer@localhost:(\d+)/,
  });
  const close = () => running[Symbol.asyncDispose]();
  return { port: Number(running.ready?.[1]), [Symbol.asyncDispose]: close };
}

/** `it` for these authors. Without the originals it skips, and the run ends with how to get them; in CI it fails. */
export function itWith(...authors: readonly Author[]): typeof it.skip {
  const there = authors.every((author) => author === "Bunsen" || hasOriginals(author));
  return there || process.env["CI"] ? it : it.skip;
}

/** Whether the original programs of a version are there, and can be run. */
export function hasOriginals(author: Author): boolean {
  return pythonPeers && existsSync(join(originals, author.toLowerCase()));
}

function folderOf(author: Author, example: string): string {
  return author === "Bunsen"
    ? join(root, "examples/pyro", example)
    : join(originals, author.toLowerCase(), example);
}
