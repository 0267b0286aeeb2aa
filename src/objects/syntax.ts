import type { AnyNode, Comment, Expression } from "acorn";
import { whenUsed } from "../when-used.ts";

const acorn: () => typeof import("acorn") = whenUsed("acorn");

/** A piece of JavaScript that is one expression, with its syntax tree. */
export interface Source {
  readonly root: Expression;
  readonly text: string;
  readonly comments: readonly Comment[];
}

/** The one expression that `text` is. Strict code first; functions may also be sloppy. */
export function readSource(text: string): Source | undefined {
  return parseAs(text, "module") ?? parseAs(text, "script");
}

function parseAs(text: string, sourceType: "module" | "script"): Source | undefined {
  const comments: Comment[] = [];
  try {
    const { body } = acorn().parse(text, {
      ecmaVersion: "latest",
      sourceType,
      onComment: comments,
      // The text is a piece of a module: what it refers to around itself is not there.
      allowAwaitOutsideFunction: true,
      allowSuperOutsideMethod: true,
      checkPrivateFields: false,
    });
    const only = body[0];
    if (body.length !== 1 || only?.type !== "ExpressionStatement") return undefined;
    return { root: only.expression, text, comments };
  } catch {
    return undefined; // `[native code]`, decorators, syntax newer than the parser.
  }
}

/** Not `fn.toString()`: a class may have a static `toString` of its own. */
export function textOf(fn: object): string {
  return Function.prototype.toString.call(fn);
}

export function publicName(key: AnyNode, computed: boolean): string | undefined {
  if (computed) return undefined;
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}

/** The JSDoc block right before `start`; line comments and ordinary blocks may stand between. */
export function docBefore(start: number, { text, comments }: Source): string | undefined {
  let end = start;
  let next = comments.findLastIndex((comment) => comment.end <= start);
  for (; next >= 0; next--) {
    const comment = comments[next] as Comment;
    const between = text.slice(comment.end, end);
    if (between.trim() !== "" || /\n\r?\n/.test(between)) return undefined;
    if (comment.type === "Block" && comment.value.startsWith("*")) return cleaned(comment.value);
    end = comment.start;
  }
  return undefined;
}

function cleaned(comment: string): string | undefined {
  const lines = comment.slice(1).split(/\r?\n/);
  const text = lines.map((line, i) => (i === 0 ? line : line.replace(/^\s*\*? ?/, "")).trimEnd());
  return text.join("\n").trim() || undefined;
}

/** Where `this` and `arguments` begin to mean others. */
export function hasOwnThis(node: AnyNode): boolean {
  return (
    node.type === "FunctionExpression" ||
    node.type === "FunctionDeclaration" ||
    node.type === "ClassExpression" ||
    node.type === "ClassDeclaration"
  );
}

export function* childrenOf(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) {
      yield value;
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "start" in value
  );
}

export function isFunctionNode(
  node: AnyNode,
): node is Extract<AnyNode, { type: "FunctionExpression" | "ArrowFunctionExpression" }> {
  return node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}
