import { relative } from "node:path";
import type {
  ClassDeclaration,
  ClassElement,
  MethodDeclaration,
  Node,
} from "typescript/unstable/ast";
import {
  isClassDeclaration,
  isClassStaticBlockDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isInterfaceDeclaration,
  isPrivateIdentifier,
  isPropertyDeclaration,
  isTypeAliasDeclaration,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import {
  API,
  type Symbol as CompilerSymbol,
  type Project,
  SymbolFlags,
} from "typescript/unstable/sync";

export type ExportKind = "function" | "class" | "interface" | "type" | "constant";

/** One name that a module exports, or a type that such a name mentions. */
export interface ApiName {
  readonly name: string;
  readonly kind: ExportKind;
  /** The doc comment without its tags; empty if there is none. */
  readonly documentation: string;
  readonly tags: readonly { readonly name: string; readonly text?: string | undefined }[];
  /** As in a `.d.ts` file: no bodies, nothing private, the doc comments of members kept. */
  readonly declaration: string;
  /** False for a type that cannot be imported, but appears in what can. */
  readonly exported: boolean;
}

export interface Sources extends Disposable {
  /** What a file exports, and the types of ours that it mentions, each once. */
  exportsOf(file: string): ApiName[];
}

/**
 * Opens the sources with the compiler's own programming interface. It is marked as unstable, but it comes with the very
 * compiler that package-lock.json names: the reference needs no second one.
 */
export function openProject(root: string): Disposable & { readonly project: Project } {
  const api = new API({ cwd: root });
  const config = `${root}tsconfig.build.json`;
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  if (project === undefined) throw new Error(`${config} cannot be opened`);
  return { project, [Symbol.dispose]: () => api.close() };
}

export function openSources(root: string): Sources {
  const opened = openProject(root);
  return {
    exportsOf: (file) => readExports(opened.project, root, file),
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

function readExports(project: Project, root: string, file: string): ApiName[] {
  const { checker, program } = project;
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${relative(root, file)} exports nothing`);
  const exported = checker.getExportsOfModule(module).map((symbol) => ({ symbol, exported: true }));
  const names = new Map<CompilerSymbol, ApiName>();
  const waiting: { symbol: CompilerSymbol; exported: boolean }[] = exported;
  for (const { symbol, exported } of waiting) {
    const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const nodes = target.declarations.flatMap((handle) => handle.resolve(project) ?? []);
    const [first] = nodes;
    // Of what others declare, their documentation speaks.
    if (first === undefined || names.has(target) || !isOurs(first, root)) continue;
    const kind = kindOf(first);
    if (kind === undefined || (!exported && kind !== "interface" && kind !== "type")) continue;
    const shown = withoutImplementation(nodes).map(shownParts);
    names.set(target, {
      name: symbol.name,
      kind,
      documentation: checker.getDocumentationCommentOfSymbol(target),
      tags: checker.getJsDocTagsOfSymbol(target),
      declaration: shown.map(({ text }) => text).join("\n"),
      exported,
    });
    const mentioned = checker.getSymbolAtLocation(
      shown.flatMap(({ parts }) => parts.flatMap(identifiersIn)),
    );
    for (const symbol of mentioned) if (symbol) waiting.push({ symbol, exported: false });
  }
  return [...names.values()];
}

const isOurs = (node: Node, root: string): boolean =>
  /^src\//.test(relative(root, node.getSourceFile().fileName));

function kindOf(node: Node): ExportKind | undefined {
  if (isFunctionDeclaration(node)) return "function";
  if (isClassDeclaration(node)) return "class";
  if (isInterfaceDeclaration(node)) return "interface";
  if (isTypeAliasDeclaration(node)) return "type";
  return isVariableDeclaration(node) ? "constant" : undefined;
}

/** Of an overloaded function, what its callers see. */
function withoutImplementation(nodes: readonly Node[]): readonly Node[] {
  const overloads = nodes.filter((node) => isFunctionDeclaration(node) && !node.body);
  return overloads.length > 0 ? overloads : nodes;
}

interface Shown {
  readonly text: string;
  /** The nodes that the text shows. */
  readonly parts: readonly Node[];
}

/** What a `.d.ts` file would have of a declaration. */
function shownParts(node: Node): Shown {
  if (isClassDeclaration(node)) return classParts(node);
  if (isFunctionDeclaration(node)) return withoutBody(node, node.body);
  if (isVariableDeclaration(node)) {
    const { name, type } = node;
    const text = `const ${name.getText()}: ${type?.getText() ?? "unknown"};`;
    return { text, parts: type ? [type] : [] };
  }
  return { text: node.getText().replace(/^export /, ""), parts: [node] };
}

function classParts(node: ClassDeclaration): Shown {
  const members = node.members.filter(isPublic).map(memberParts);
  const head = textBetween(node, node.getStart(), node.members.pos).replace(/^export /, "");
  const lines = members.map(({ text }) => `  ${text}`);
  return {
    text: [head, ...lines, "}"].join("\n"),
    parts: [...(node.heritageClauses ?? []), ...members.flatMap(({ parts }) => parts)],
  };
}

function isPublic(member: ClassElement): boolean {
  if (isClassStaticBlockDeclaration(member)) return false;
  const { name } = member as { name?: Node };
  const hidden = /^((static|readonly|declare|override|async) )*(private|protected) /;
  return !(name && isPrivateIdentifier(name)) && !hidden.test(member.getText());
}

function memberParts(member: ClassElement): Shown {
  const comment = textBetween(member, member.pos, member.getStart())
    .match(/\/\*\*(?:(?!\/\*\*)[\s\S])*\*\//g)
    ?.at(-1);
  const shown = isPropertyDeclaration(member)
    ? withoutBody(member, member.type && member.initializer, member.type?.end)
    : withoutBody(member, (member as MethodDeclaration).body);
  return comment ? { ...shown, text: `${comment}\n  ${shown.text}` } : shown;
}

/** A declaration up to its body or initializer. */
function withoutBody(node: Node, body: Node | undefined, end = body?.getStart()): Shown {
  const text = textBetween(node, node.getStart(), end ?? node.end)
    .replace(/^export /, "")
    .replace(/\basync (?=\*?[\w[#])/, "")
    .trim();
  const parts: Node[] = [];
  node.forEachChild((child) => {
    if (child !== body) parts.push(child);
  });
  return { text: text.endsWith(";") ? text : `${text};`, parts };
}

function textBetween(node: Node, start: number, end: number): string {
  return node.getSourceFile().text.slice(start, end);
}

function identifiersIn(node: Node): Node[] {
  const found: Node[] = [];
  const visit = (inner: Node): void => {
    if (isIdentifier(inner)) found.push(inner);
    inner.forEachChild(visit);
  };
  visit(node);
  return found;
}
