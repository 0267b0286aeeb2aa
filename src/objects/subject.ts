import { BunsenError } from "../errors.ts";
import {
  type AnyClass,
  type ClassSource,
  isRootPrototype,
  type MemberSource,
  sourceOfClass,
} from "./source.ts";

/** What is looked at: a class by its instances, or an object by itself. */
export interface Subject {
  /** Where declarations for it are kept: the prototype, or the object. */
  readonly key: object;
  readonly isClass: boolean;
  readonly className: string | undefined;
  /** How messages name it. */
  readonly label: string;
  readonly source: ClassSource | undefined;
}

export function subjectOf(target: object): Subject {
  if (typeof target !== "function") {
    const aClass = classOf(target);
    const className = aClass && nameOfClass(aClass);
    return {
      key: target,
      isClass: false,
      className,
      label: className ?? "The object",
      source: aClass && sourceOfClass(aClass),
    };
  }
  const prototype: unknown = Object.getOwnPropertyDescriptor(target, "prototype")?.value;
  if (!isObject(prototype)) {
    throw new BunsenError(
      "ERR_BAD_EXPOSE",
      `Expected a class or an object, got ${target.name ? `the function "${target.name}"` : "a function"}; ` +
        "put the function into an object: expose({ read }, { read: true })",
    );
  }
  const className = nameOfClass(target);
  return {
    key: prototype,
    isClass: true,
    className,
    label: className ?? "The class",
    source: sourceOfClass(target as AnyClass),
  };
}

function classOf(instance: object): AnyClass | undefined {
  for (const prototype of levelsOf(Object.getPrototypeOf(instance))) {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    if (typeof made === "function") return made as AnyClass;
  }
  return undefined;
}

/** Not `target.name`: a class may have a static member of that name, even a getter that does something. */
function nameOfClass(target: object): string | undefined {
  const name: unknown = Object.getOwnPropertyDescriptor(target, "name")?.value;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** An object and what it inherits from, without `Object.prototype`. */
export function* levelsOf(start: object | null): Generator<object> {
  for (let level = start; level && !isRootPrototype(level); level = Object.getPrototypeOf(level)) {
    yield level;
  }
}

/** Names of all members, own first. */
export function namesOf(subject: Subject): string[] {
  const names = new Set(subject.isClass ? subject.source?.members.keys() : []);
  for (const level of levelsOf(subject.key)) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  return [...names];
}

export function findProperty(subject: Subject, name: string): PropertyDescriptor | undefined {
  for (const level of levelsOf(subject.key)) {
    const property = Object.getOwnPropertyDescriptor(level, name);
    if (property) return property;
  }
  return undefined;
}

/** For a class: may an instance have it? The source may not tell; then `checkInstance` will. */
export function exists(subject: Subject, name: string): boolean {
  if (findProperty(subject, name)) return true;
  if (!subject.isClass) return false;
  return !subject.source?.complete || sourceOf(subject, name) !== undefined;
}

export function knownNames(subject: Subject): string[] {
  return [...namesOf(subject), ...(subject.source?.mentioned.keys() ?? [])];
}

export function sourceOf(subject: Subject, name: string): MemberSource | undefined {
  return subject.source?.members.get(name) ?? subject.source?.mentioned.get(name);
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
