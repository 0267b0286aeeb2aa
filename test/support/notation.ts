/**
 * Values as the TypeScript expressions that make them, as docs/values.md shows them, and back: `tuple(1, 2)`,
 * `new Map([[1, "a"]])`, `{ x: 1, __class__: "lab.Point" }`.
 */
import * as bunsen from "../../src/index.ts";

/** How a refusal is shown: `✗ ValueError: unmarshallable object`, by the name that Python has for the error. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof bunsen.BunsenError)) return `✗ ${String(error)}`;
  const name = error.remote?.type.split(".").at(-1) ?? error.name;
  return error.message.startsWith(`${name}: `)
    ? `✗ ${error.message}`
    : `✗ ${name}: ${error.message}`;
}

/** The expression for a value that arrived. Knows Bunsen's value types, and errors by class, type and arguments. */
export function expressionOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function" && bunsen.isProxy(value)) return proxyExpression(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (bunsen.isProxy(value)) return proxyExpression(value);
  if (Array.isArray(value)) {
    const items = value.map(expressionOf).join(", ");
    return value instanceof bunsen.Tuple ? `tuple(${items})` : `[${items}]`;
  }
  if (value instanceof Map) {
    const entries = [...value].map(([k, v]) => `[${expressionOf(k)}, ${expressionOf(v)}]`);
    return entries.length === 0 ? "new Map()" : `new Map([${entries.join(", ")}])`;
  }
  if (value instanceof Set) {
    const members = value.size === 0 ? "" : `[${[...value].map(expressionOf).join(", ")}]`;
    return `new ${value.constructor.name}(${members})`;
  }
  return instanceExpression(value);
}

function proxyExpression(proxy: object): string {
  return `Remote<${bunsen.uriOf(proxy as bunsen.Remote<object>)}>`;
}

function instanceExpression(value: object): string {
  const { name } = value.constructor ?? Object;
  if (value instanceof bunsen.RemoteError) {
    return `new ${name}("${value.type}", ${expressionOf([...value.remote.args])})`;
  }
  if (value instanceof bunsen.BunsenError) return `new ${name}("${value.code}", …)`;
  if (value instanceof Date) return `new Date("${value.toISOString()}")`;
  if (value instanceof bunsen.PlainDate) {
    return `new PlainDate(${value.year}, ${value.month}, ${value.day})`;
  }
  if (value instanceof bunsen.Complex) {
    return `new Complex(${expressionOf(value.re)}, ${expressionOf(value.im)})`;
  }
  if (value instanceof bunsen.Ellipsis) return "Ellipsis.value";
  if (value instanceof bunsen.PyroUri) return `parseUri("${value}")`;
  if (ArrayBuffer.isView(value)) {
    return `${name}.of(${[...(value as Uint8Array)].map(expressionOf).join(", ")})`;
  }
  if (Symbol.asyncIterator in value) return "AsyncIterable";
  const members = Object.entries(value).map(([key, member]) => {
    const plain = /^[A-Za-z_$][\w$]*$/.test(key) && key !== "__proto__" ? key : JSON.stringify(key);
    return `${plain}: ${expressionOf(member)}`;
  });
  const record = members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  return name === "Object" ? record : `${name} ${record}`;
}

/**
 * The value of an expression, with all that `bunsen` exports and `names` in scope. Evaluated from its text, so that
 * what a document shows is what was tested.
 */
export function evaluated(
  expression: string,
  names: Readonly<Record<string, unknown>> = {},
): unknown {
  const scope = { ...bunsen, ...names };
  return new Function(...Object.keys(scope), `return (${expression});`)(...Object.values(scope));
}
