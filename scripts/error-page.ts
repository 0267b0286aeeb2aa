import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { NewExpression, Node } from "typescript/unstable/ast";
import {
  isNewExpression,
  isObjectLiteralExpression,
  isPropertyAssignment,
  isStringLiteral,
} from "typescript/unstable/ast/is";
import { ERROR_TOPICS, type ErrorCode } from "../src/error-codes.ts";
import { openProject } from "./api-source.ts";

const START = "<!-- codes: made by npm run docs from src/error-codes.ts -->";
const END = "<!-- end of the codes -->";

/** How the sources throw a code: `TimeoutError, later`. */
export type ThrownAs = ReadonlyMap<string, ReadonlySet<string>>;

/** Every code that the sources have, with the classes and retries of the places that throw it. */
export function thrownCodes(root: string): ThrownAs {
  using opened = openProject(root);
  const { program } = opened.project;
  const found = new Map<string, Set<string>>();
  for (const name of program.getSourceFileNames()) {
    const source = /^src\/(?!error-codes)/.test(relative(root, name))
      ? program.getSourceFile(name)
      : undefined;
    if (source === undefined) continue;
    for (const [, code = ""] of source.text.matchAll(/"(ERR_[A-Z0-9_]*[A-Z0-9])"/g)) {
      if (!OF_NODE.test(code) && !found.has(code)) found.set(code, new Set());
    }
    const visit = (node: Node): void => {
      if (isNewExpression(node)) note(found, node);
      node.forEachChild(visit);
    };
    visit(source);
  }
  return found;
}

/** Codes of Node's own errors, which the sources look at. */
const OF_NODE = /^ERR_(MODULE_NOT_FOUND|TLS_CERT_)/;

/** Classes that never leave, as what they leave as; and a retry that is in the class itself. */
const KNOWN: Readonly<Record<string, string>> = {
  RefusedFrame: "ProtocolError",
  HandshakeError: "CommunicationError",
};

function note(
  found: Map<string, Set<string>>,
  { expression, arguments: args }: NewExpression,
): void {
  const [code] = args ?? [];
  if (code === undefined || !isStringLiteral(code) || !found.has(code.text)) return;
  const thrown = expression.getText();
  const options = args?.find(isObjectLiteralExpression);
  const retry = options?.properties.find(
    (property) => isPropertyAssignment(property) && property.name.getText() === "retry",
  );
  const given = retry && isPropertyAssignment(retry) ? retry.initializer : undefined;
  if (given && !isStringLiteral(given)) return;
  const value = given?.text ?? (thrown === "HandshakeError" ? "later" : "never");
  found.get(code.text)?.add(`${KNOWN[thrown] ?? thrown}, ${value}`);
}

/** The page with its tables made anew. */
export function errorPage(path: string, thrown: ThrownAs): string {
  const page = readFileSync(path, "utf8");
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${path} has no place for the codes: ${START} … ${END}`);
  const tables = ERROR_TOPICS.map(({ title, codes }) =>
    [
      `### ${title}`,
      "",
      "| code | class, retry | meaning | remedy |",
      "|---|---|---|---|",
      ...Object.entries(codes).map(([code, about]) => row(code, about, thrown)),
    ].join("\n"),
  );
  return [before, START, "\n\n", tables.join("\n\n"), "\n\n", END, after].join("");
}

function row(code: string, { meaning, remedy, thrownAs }: ErrorCode, thrown: ThrownAs): string {
  const ways = new Set([...(thrown.get(code) ?? []), ...(thrownAs ?? [])]);
  return `| \`${code}\` | ${[...ways].sort().join("; ")} | ${meaning} | ${remedy} |`;
}
