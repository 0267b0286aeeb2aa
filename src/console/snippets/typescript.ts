import { Complex, Float, FrozenSet, PlainDate, Tuple } from "../../values/types.ts";
import {
  type Act,
  KEY_VARIABLE,
  type Snippet,
  type Target,
  variableName,
  webSocketUrl,
} from "./act.ts";

const RESERVED = (
  "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
  "function if implements import in instanceof interface let new null package private protected public return static " +
  "super switch this throw true try typeof undefined using var void while with yield arguments eval async of " +
  "connect assign kwargs float tuple console process item"
).split(" ");

/** The act in TypeScript, by the gateway: what the person sees, this reaches. */
export function typescriptSnippet(act: Act, target: Target): Snippet {
  const names = new Set(["connect"]);
  const literals = new Literals(names, act.files);
  const literal = (value: unknown): string => literals.write(value);
  const variable = variableName(target.object, RESERVED);
  const body = bodyOf(act, variable, literal, names);
  const key = target.asksForKey
    ? `, {\n  gatewayKey: process.env["${KEY_VARIABLE}"] ?? "",\n}`
    : "";
  const lines = [
    ...(literals.readsFiles ? ['import { readFileSync } from "node:fs";'] : []),
    `import { ${[...names].sort().join(", ")} } from "bunsen";`,
    "",
    `await using ${variable} = await connect<${typeOf(act)}>(${JSON.stringify(webSocketUrl(target))}${key});`,
    ...body,
  ];
  return { text: lines.join("\n") };
}

function bodyOf(
  act: Act,
  variable: string,
  literal: (value: unknown) => string,
  names: Set<string>,
): string[] {
  const { args, kwargs } = act;
  const member = isIdentifier(act.member)
    ? `${variable}.${act.member}`
    : `${variable}[${JSON.stringify(act.member)}]`;
  const isNamed = Object.keys(kwargs).length > 0;
  if (isNamed) names.add("kwargs");
  const list = [...args.map(literal), ...(isNamed ? [`kwargs(${literal(kwargs)})`] : [])].join(
    ", ",
  );
  switch (act.kind) {
    case "get":
      return [`console.log(await ${member});`];
    case "set":
      names.add("assign");
      return [`await assign(${variable}, { ${keyText(act.member)}: ${literal(args[0])} });`];
    case "call":
      return [`console.log(await ${member}(${list}));`];
    case "stream":
      return [`for await (const item of ${member}(${list})) console.log(item);`];
  }
}

/** As much of the object's type as the act needs. */
function typeOf({ kind, member }: Act): string {
  const key = keyText(member);
  if (kind === "get" || kind === "set") return `{ ${key}: unknown }`;
  const result = kind === "stream" ? "AsyncIterable<unknown>" : "unknown";
  return `{ ${key}(...args: unknown[]): ${result} }`;
}

/** Values as source text; notes which of the package's names that needs. */
class Literals {
  readonly #names: Set<string>;
  readonly #files: Act["files"];
  /** Whether what was written reads files. */
  readsFiles = false;

  constructor(names: Set<string>, files: Act["files"]) {
    this.#names = names;
    this.#files = files;
  }

  write(value: unknown): string {
    switch (typeof value) {
      case "string":
        return JSON.stringify(value);
      case "number":
        if (Number.isNaN(value)) return "Number.NaN";
        if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : `${value}`;
        return value > 0 ? "Number.POSITIVE_INFINITY" : "Number.NEGATIVE_INFINITY";
      case "bigint":
        return `${value}n`;
      case "object":
        return value === null ? "null" : this.#object(value);
      default:
        return `${value as boolean | undefined}`;
    }
  }

  #object(value: object): string {
    if (value instanceof Float) return this.#call("float", [value.value]);
    if (value instanceof Complex) return `new ${this.#call("Complex", [value.re, value.im])}`;
    if (value instanceof PlainDate) {
      return `new ${this.#call("PlainDate", [value.year, value.month, value.day])}`;
    }
    if (value instanceof Date) return `new Date(${JSON.stringify(value.toISOString())})`;
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof Tuple) return this.#call("tuple", value, mixed(value));
    if (Array.isArray(value)) return `[${this.#list(value)}]`;
    if (value instanceof FrozenSet) {
      return `new ${this.#call("FrozenSet", [[...value]], mixed([...value]))}`;
    }
    if (value instanceof Set) return `new Set${mixed([...value])}([${this.#list([...value])}])`;
    if (value instanceof Map) {
      return `new Map<unknown, unknown>([${this.#list([...value])}])`;
    }
    const entries = Object.entries(value).map(
      // In quotes it would still be the prototype.
      ([key, item]) =>
        `${key === "__proto__" ? '["__proto__"]' : keyText(key)}: ${this.write(item)}`,
    );
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }

  #bytes(bytes: Uint8Array): string {
    const file = this.#files?.get(bytes);
    if (file === undefined) return `Uint8Array.of(${bytes.join(", ")})`;
    this.readsFiles = true;
    return `readFileSync(${JSON.stringify(file)})`;
  }

  #call(name: string, args: readonly unknown[], type = ""): string {
    this.#names.add(name);
    return `${name}${type}(${this.#list(args)})`;
  }

  #list(items: readonly unknown[]): string {
    return Array.from(items, (item) => this.write(item)).join(", ");
  }
}

/** What TypeScript must be told where items are of several types. */
function mixed(items: readonly unknown[]): string {
  return new Set(items.map((item) => typeof item)).size > 1 ? "<unknown>" : "";
}

function keyText(name: string): string {
  return isIdentifier(name) ? name : JSON.stringify(name);
}

/** A name that may stand after a dot, or as a key without quotes. */
function isIdentifier(name: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name);
}
