import { MemberError } from "../errors.ts";
import { declareFunction, declareInitialized } from "./declarations.ts";
import { checkName } from "./member-names.ts";
import type { MemberSpec } from "./member-spec.ts";
import { isObject } from "./subject.ts";

type DecoratedMember =
  | ClassMethodDecoratorContext
  | ClassGetterDecoratorContext
  | ClassSetterDecoratorContext
  | ClassAccessorDecoratorContext
  | ClassFieldDecoratorContext;

/**
 * `expose` as a standard decorator, for those whose compiler lowers decorators: `@exposed read() {…}`,
 * `@exposed({ oneway: true }) reset() {…}`. Methods, getters, setters, accessors and fields.
 *
 * A field is known once the class has had an instance: before that, a field's decorator learns of nothing but a name.
 * Where a class is registered rather than an instance, prefer `accessor`, or `expose`.
 */
export function exposed(value: unknown, context: DecoratedMember): void;
export function exposed(spec: MemberSpec): (value: unknown, context: DecoratedMember) => void;
export function exposed(
  valueOrSpec: unknown,
  context?: DecoratedMember,
): undefined | ((value: unknown, context: DecoratedMember) => void) {
  if (context) return decorate(valueOrSpec, context, {});
  return (value, context) => decorate(value, context, valueOrSpec as MemberSpec);
}

// Not `context.metadata`: it is undefined where the runtime has no `Symbol.metadata`, as Node 24 has not.
function decorate(value: unknown, context: DecoratedMember, spec: MemberSpec): undefined {
  const name = context.private ? `#${String(context.name)}` : context.name;
  checkName("A decorated class", name);
  if (context.static) {
    throw new MemberError(
      "ERR_BAD_EXPOSE",
      `@exposed cannot expose the static member "${name}": callers reach instances only`,
    );
  }
  for (const fn of functionsOf(value)) declareFunction(fn, spec);
  // For fields, and for methods that a decorator further out replaces: the marked function is then on no prototype.
  context.addInitializer(function (this: unknown) {
    const prototype: unknown = isObject(this) ? Object.getPrototypeOf(this) : undefined;
    if (isObject(prototype)) declareInitialized(prototype, name, spec);
  });
}

/** A decorated method or accessor function; of an `accessor`, its two. */
function functionsOf(value: unknown): object[] {
  if (typeof value === "function") return [value];
  if (!isObject(value)) return [];
  const { get, set } = value as { get?: unknown; set?: unknown };
  return [get, set].filter((fn) => typeof fn === "function");
}
