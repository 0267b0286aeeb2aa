import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type CodeBlock, root } from "./docs.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { python } from "./python.ts";

/** Languages that are for reading only. */
const PROSE: readonly string[] = ["text", "diff"];

export interface DocWorkspaceOptions {
  /** A project in which `bunsen` is installed. Without it `bunsen` means the sources of this checkout. */
  readonly project?: string;
  /** Beside what every block has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder in which the code blocks of one document are files that run. */
export class DocWorkspace implements AsyncDisposable {
  readonly folder: string;
  readonly #blocks: readonly CodeBlock[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #temporary: boolean;

  static async create(
    blocks: readonly CodeBlock[],
    { project, env = {} }: DocWorkspaceOptions = {},
  ): Promise<DocWorkspace> {
    const folder = project ?? (await realpath(await mkdtemp(join(tmpdir(), "bunsen-docs-"))));
    if (!project) await useSources(folder);
    for (const block of blocks) await writeFile(join(folder, block.name), block.code);
    return new DocWorkspace(folder, blocks, project === undefined, env);
  }

  private constructor(
    folder: string,
    blocks: readonly CodeBlock[],
    temporary: boolean,
    env: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.#blocks = blocks;
    this.#temporary = temporary;
    const path = [join(folder, "bin"), dirname(process.execPath)];
    if (!temporary) path.push(join(folder, "node_modules/.bin"));
    if (python) path.push(dirname(python));
    this.#env = {
      PATH: [...path, process.env["PATH"] ?? ""].join(delimiter),
      PYTHONPATH: join(root, "python"), // what users copy next to their own
      HOME: folder, // a program's memory of its user must neither come from here nor get there
      ...(temporary ? sourceEnvironment() : {}),
      ...env,
    };
  }

  /** Runs a block as its document says; fails if it ends badly or does not print what it should. */
  async check(block: CodeBlock): Promise<void> {
    if (block.language === "json") JSON.parse(block.code);
    if (block.language === "json" || PROSE.includes(block.language)) return;
    await using started = new AsyncDisposableStack();
    for (const server of this.#servers(block)) started.use(await this.#start(server));
    if (this.#isServer(block)) {
      prints(block, started.use(await this.#start(block)));
      return;
    }
    const running = started.use(await this.#run(block));
    const { code, signal } = await running.exit(60_000);
    if (code !== 0) throw running.failure(`ended with ${signal ?? `code ${code}`}`);
    prints(block, running);
  }

  /** Type-checks every `ts` block, all in one go, for they may import each other's types. */
  async checkTypes(): Promise<void> {
    await writeFile(
      join(this.folder, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "tsconfig.json"),
        compilerOptions: {
          declaration: false,
          isolatedDeclarations: false,
          noUnusedLocals: false,
          noUnusedParameters: false,
          moduleDetection: "force",
          typeRoots: [join(root, "node_modules/@types")],
          ...(this.#temporary ? { paths: listed(sources()) } : {}),
        },
        include: [],
        files: this.#blocks.filter(({ language }) => language === "ts").map(({ name }) => name),
      }),
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await using running = await startProcess(process.execPath, [tsc, "-p", "."], {
      cwd: this.folder,
    });
    await running.exit(60_000);
    // Errors in src/ are for `npm run check` to tell.
    const errors = running.lines.filter((line) =>
      /^(?!\.\.)\S*\(\d+,\d+\): error|^error/.test(line),
    );
    if (errors.length > 0) throw running.failure(`does not type-check:\n${errors.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#temporary) await rm(this.folder, { recursive: true, force: true });
  }

  #isServer({ name }: CodeBlock): boolean {
    return this.#blocks.some((block) => block.with.includes(name));
  }

  /** What must run behind a block, in the order in which to start it. */
  #servers(block: CodeBlock): CodeBlock[] {
    return block.with.flatMap((name) => {
      const server = this.#blocks.find((candidate) => candidate.name === name);
      if (!server) throw new Error(`${block.document}:${block.line}: no block is named "${name}"`);
      return [...this.#servers(server), server];
    });
  }

  #start(block: CodeBlock): Promise<RunningProcess> {
    return this.#run(block, new RegExp(`^${escaped(block.ready)}`));
  }

  #run(block: CodeBlock, ready?: RegExp): Promise<RunningProcess> {
    const [command, ...args] = commandFor(block);
    if (!command) {
      throw new Error(
        `${block.document}:${block.line}: cannot run "${block.language}"; it takes <!-- not run: reason -->`,
      );
    }
    const options = { cwd: this.folder, env: this.#env, ready };
    return startProcess(command, [...args, join(this.folder, block.name)], options);
  }
}

function commandFor({ language }: CodeBlock): readonly string[] {
  if (language === "ts" || language === "js") return [process.execPath];
  if (language === "sh" || language === "bash") return ["bash", "-eu", "-o", "pipefail"];
  if (language !== "python") return [];
  if (!python) throw new Error("no Python peers in .venv: run npm test");
  return [python, "-u", join(root, "test/support/peer.py")];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function prints(block: CodeBlock, running: RunningProcess): void {
  for (const text of block.prints) {
    if (!`${running.stdout}${running.stderr}`.includes(text)) {
      throw running.failure(`${block.document}:${block.line}: did not print "${text}"`);
    }
  }
}

/** Puts `node`, `npx` and `bunsen` of this checkout into a folder's bin/, and its packages in reach. */
async function useSources(folder: string): Promise<void> {
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await symlink(process.execPath, join(folder, "bin/node"));
  const script = (name: string, text: string) =>
    writeFile(join(folder, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  await script("bunsen", `exec node "${join(root, "src/cli/main.ts")}" "$@"`);
  await script(
    "npx",
    `[ "$1" = bunsen ] || { echo "npx $1: only bunsen is here" >&2; exit 127; }; shift; exec bunsen "$@"`,
  );
}

function sourceEnvironment(): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${new URL("source-hook.ts", import.meta.url)}`,
    BUNSEN_SOURCES: JSON.stringify(sources()),
  };
}

/** The source file behind each specifier that package.json exports. */
function sources(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files: Record<string, string> = {};
  for (const [subpath, target] of Object.entries(manifest.exports as Record<string, Target>)) {
    const file = targetFile(target);
    if (!file.endsWith(".js")) continue;
    const source = file.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts");
    files[`bunsen${subpath.slice(1)}`] = join(root, source);
  }
  return files;
}

type Target = string | { readonly [condition: string]: Target };

/** What Node imports. */
function targetFile(target: Target): string {
  if (typeof target === "string") return target;
  const next = target["node"] ?? target["import"] ?? target["default"];
  if (next === undefined) throw new Error(`nothing for Node in ${JSON.stringify(target)}`);
  return targetFile(next);
}

const listed = (files: Record<string, string>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(files).map(([specifier, file]) => [specifier, [file]]));
