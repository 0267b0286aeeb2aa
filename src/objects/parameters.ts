import type { AnyNode, Expression, Function as FunctionNode, Pattern } from "acorn";
import type { ParameterDescription } from "./description.ts";
import { childrenOf, hasOwnThis, isFunctionNode, publicName, readSource } from "./syntax.ts";

/**
 * Reads parameters that a person wrote down, each as in a signature: `"channel"`, `"gain=1"`, `"unit?"`, `"*rest"`
 * or `"...rest"`, `"{ n = 3 }"`.
 * @returns undefined when that is no parameter list.
 */
export function parametersFromText(
  parameters: readonly string[],
): readonly ParameterDescription[] | undefined {
  const optional = parameters.map((text) => text.trim().endsWith("?"));
  const list = parameters.map((text, i) =>
    (optional[i] ? text.trim().slice(0, -1) : text).replace(/^\s*\*/, "..."),
  );
  // One function a parameter: otherwise "a, b" would pass as one and shift the rest.
  const parsed = list.map((text) => {
    const source = readSource(`(${text}) => 0`);
    const params = source && isFunctionNode(source.root) ? source.root.params : [];
    return source && params.length === 1 ? readParameters(params, source.text)[0] : undefined;
  });
  if (parsed.some((p, i) => !p || (p.rest && i < parsed.length - 1))) return undefined;
  return parsed.flatMap((p, i) => (p ? [optional[i] ? { ...p, optional: true } : p] : []));
}

/** The parameters of a function; `text` is what its node was parsed from. */
export function parametersOf(fn: FunctionNode, text: string): readonly ParameterDescription[] {
  const parameters = readParameters(fn.params, text);
  if (fn.type === "ArrowFunctionExpression" || !usesArguments(fn.body)) return parameters;
  // It looks at `arguments` itself: any number may be right.
  const optional = parameters.map((p) => ({ ...p, optional: true }));
  if (optional.at(-1)?.rest) return optional;
  return [...optional, { name: "arguments", kind: "rest", rest: true, optional: true }];
}

function readParameters(params: readonly Pattern[], text: string): ParameterDescription[] {
  const names = new Set(params.flatMap((param) => nameOf(param) ?? []));
  return params.map((param, i) => readParameter(param, unusedName(param, i, names), text));
}

function readParameter(param: Pattern, name: string, text: string): ParameterDescription {
  if (param.type === "RestElement") return { name, kind: "rest", rest: true, optional: true };
  if (param.type === "AssignmentPattern") {
    return {
      ...readParameter(param.left, name, text),
      optional: true,
      default: text.slice(param.right.start, param.right.end),
      ...literal(param.right),
    };
  }
  if (param.type !== "ObjectPattern") {
    return { name, kind: "positional", rest: false, optional: false };
  }
  const properties = param.properties.flatMap((property) => readProperty(property, text) ?? []);
  return { name, kind: "destructured", rest: false, optional: false, properties };
}

/** `n` of `{ n: count = 3 }`, by the name the caller uses. */
function readProperty(
  property: Extract<Pattern, { type: "ObjectPattern" }>["properties"][number],
  text: string,
): ParameterDescription | undefined {
  if (property.type === "RestElement") {
    return readParameter(property, nameOf(property) ?? "rest", text);
  }
  const name = publicName(property.key, property.computed);
  if (name === undefined) return undefined;
  const { properties: _, ...described } = readParameter(property.value, name, text);
  return { ...described, kind: "positional" };
}

function nameOf(param: Pattern): string | undefined {
  if (param.type === "Identifier") return param.name;
  if (param.type === "AssignmentPattern") return nameOf(param.left);
  return param.type === "RestElement" ? nameOf(param.argument) : undefined;
}

/** A parameter that is a pattern has no name of its own, but callers see one. */
function unusedName(param: Pattern, index: number, taken: Set<string>): string {
  const own = nameOf(param);
  if (own !== undefined) return own;
  const pattern = param.type === "AssignmentPattern" ? param.left : param;
  const base = pattern.type === "ObjectPattern" ? "options" : `arg${index}`;
  let name = pattern.type === "RestElement" ? "rest" : base;
  while (taken.has(name)) name += "_";
  taken.add(name);
  return name;
}

function literal(node: Expression): { defaultValue?: unknown } {
  if (node.type === "Identifier" && node.name === "undefined") return { defaultValue: undefined };
  if (node.type === "Literal") {
    const { value } = node;
    const plain = value === null ? node.raw === "null" : isPlainLiteral(value);
    return plain ? { defaultValue: value } : {};
  }
  if (node.type !== "UnaryExpression" || node.operator !== "-") return {};
  const { defaultValue } = literal(node.argument);
  return typeof defaultValue === "number" ? { defaultValue: -defaultValue } : {};
}

function isPlainLiteral(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isFinite(value)
    : typeof value === "string" || typeof value === "boolean";
}

function usesArguments(body: AnyNode): boolean {
  if (body.type === "Identifier" && body.name === "arguments") return true;
  if (hasOwnThis(body)) return false;
  for (const child of childrenOf(body)) if (usesArguments(child)) return true;
  return false;
}
