import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** One fenced code block of a document, with what the comments just before it say. */
export interface CodeBlock {
  readonly document: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** First word of the info string, such as "ts"; empty if there is none. */
  readonly language: string;
  readonly info: string;
  readonly code: string;
  /** `<!-- run: server.ts -->`: the file it is written to, and its name for `with`. */
  readonly name: string;
  /** `<!-- with: server.ts -->`: blocks of the same document that run behind this one. */
  readonly with: readonly string[];
  /** `<!-- prints: text -->`: what the output must contain. */
  readonly prints: readonly string[];
  /** `<!-- ready: text -->`: how a block that others run `with` says that it is ready. */
  readonly ready: string;
  /** `<!-- not run: reason -->`: the only way out. */
  readonly notRun: string | undefined;
}

/** README.md and the pages of docs/, as paths from the root of the checkout. */
export function documents(): string[] {
  const pages = existsSync(join(root, "docs")) ? readdirSync(join(root, "docs")) : [];
  const markdown = pages.filter((name) => name.endsWith(".md")).sort();
  return ["README.md", ...markdown.map((name) => `docs/${name}`)].filter((path) =>
    existsSync(join(root, path)),
  );
}

/** Every fenced code block of a document, in order. */
export function codeBlocks(
  document: string,
  markdown: string = readFileSync(join(root, document), "utf8"),
): CodeBlock[] {
  const lines = markdown.split(/\r?\n/);
  const blocks: CodeBlock[] = [];
  let comments: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (fence) {
      const [, indent = "", marks = "", info = ""] = fence;
      const opened = at;
      const code: string[] = [];
      while (++at < lines.length && !closes(lines[at] ?? "", marks)) {
        code.push((lines[at] ?? "").replace(new RegExp(`^\\s{0,${indent.length}}`), ""));
      }
      if (at >= lines.length)
        throw new Error(`${document}:${opened + 1}: the fence is never closed`);
      blocks.push(codeBlock(document, opened + 1, info, code, comments));
      comments = [];
    } else if (/^\s*<!--.*-->\s*$/.test(line)) {
      comments.push(line.replace(/^\s*<!--\s*|\s*-->\s*$/g, ""));
    } else if (line.trim() !== "") {
      comments = [];
    }
  }
  return blocks;
}

function closes(line: string, marks: string): boolean {
  const trimmed = line.trim();
  return trimmed.startsWith(marks) && trimmed === trimmed.charAt(0).repeat(trimmed.length);
}

const DIRECTIVES = ["run", "with", "prints", "ready", "not run"];

function codeBlock(
  document: string,
  line: number,
  info: string,
  code: readonly string[],
  comments: readonly string[],
): CodeBlock {
  const said = (key: string) =>
    comments
      .filter((text) => text.startsWith(`${key}:`))
      .map((text) => text.slice(key.length + 1).trim());
  for (const text of comments) {
    const key = /^([a-z ]+):/.exec(text)?.[1];
    if (key !== undefined && !DIRECTIVES.includes(key)) {
      throw new Error(`${document}:${line}: "${key}" is not one of ${DIRECTIVES.join(", ")}`);
    }
  }
  const language = /^\w*/.exec(info)?.[0] ?? "";
  return {
    document,
    line,
    language,
    info,
    code: `${code.join("\n")}\n`,
    name: said("run")[0] ?? `line-${line}.${EXTENSIONS[language] ?? language}`,
    with: said("with"),
    prints: said("prints"),
    ready: said("ready")[0] ?? "ready",
    notRun: said("not run")[0],
  };
}

const EXTENSIONS: Readonly<Record<string, string>> = { python: "py", js: "mjs", bash: "sh" };
