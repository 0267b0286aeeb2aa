import type { MemberDescription, ParameterDescription } from "../objects/description.ts";
import { splitTopLevel } from "../objects/signature-text.ts";

/** A signature as Python's `inspect` writes it. A text attribute that looks like one cannot be told from it. */
const SIGNATURE = /^\((.*)\)(?: -> .*)?$/s;

/**
 * What a service's identity says of one of its attributes: a signature of what can be called, or the value of what
 * cannot.
 */
export function memberFrom(name: string, published: unknown): MemberDescription {
  const match = typeof published === "string" ? SIGNATURE.exec(published) : null;
  const common = { name, oneway: false, stream: false };
  if (match === null) return { ...common, kind: "attribute", readonly: true };
  return {
    ...common,
    kind: "method",
    readonly: false,
    parameters: parametersIn(splitTopLevel(match[1] as string)),
  };
}

/** A signature as Python writes it, of one of our members; for people, since nobody checks a call against it. */
export function signatureText({ parameters }: MemberDescription): string {
  if (parameters === undefined) return "(*args, **kwargs)";
  const shown = parameters.flatMap((parameter): string[] => {
    // Its properties are what is given by name.
    if (parameter.properties) return parameter.properties.map(textOf);
    return [textOf(parameter)];
  });
  return `(${shown.join(", ")})`;
}

function textOf(parameter: ParameterDescription): string {
  if (parameter.kind === "rest") return `*${parameter.name}`;
  if (Object.hasOwn(parameter, "defaultValue")) {
    return `${parameter.name}=${pythonLiteral(parameter.defaultValue)}`;
  }
  if (parameter.default !== undefined) return `${parameter.name}=...`;
  return parameter.optional ? `${parameter.name}=None` : parameter.name;
}

function pythonLiteral(value: unknown): string {
  if (value === undefined || value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The marks `*` and `/` are no parameters; what stands behind `*`, or `*args`, goes by its name. */
function parametersIn(texts: readonly string[]): ParameterDescription[] {
  const star = texts.findIndex((text) => /^\*(?!\*)/.test(text));
  return texts.flatMap((text, i) => {
    const parameter = parameterFrom(text);
    if (parameter === undefined) return [];
    return [star >= 0 && i > star ? { ...parameter, keywordOnly: true } : parameter];
  });
}

/** `x: float = 1`, `*args`; undefined for `**kwargs`, and for what is none. */
function parameterFrom(text: string): ParameterDescription | undefined {
  const [, stars, name = ""] = /^(\*{0,2})(\w+)/.exec(text) ?? [];
  if (stars === undefined || stars === "**") return undefined;
  if (stars === "*") return { name, kind: "rest", rest: true, optional: true };
  const [head, value] = splitAtDefault(text);
  const type = head.slice(name.length).replace(/^\s*:\s*/, "");
  return {
    name,
    kind: "positional",
    rest: false,
    optional: value !== undefined,
    ...(value !== undefined && { default: value }),
    ...(type !== "" && { type }),
  };
}

function splitAtDefault(text: string): [head: string, value: string | undefined] {
  const [head = "", ...rest] = splitTopLevel(text, "=");
  return rest.length === 0 ? [head, undefined] : [head, rest.join("=").trim()];
}
