import { markReference } from "../values/types.ts";
import { declare, declaredFor } from "./declarations.ts";
import type { Description } from "./description.ts";
import type { ExposedMember } from "./exposed-member.ts";
import { checkName, isPatternName, noSuchMember } from "./member-names.ts";
import { badSpec, describe, isMethod, isWritable, type MemberSpec } from "./member-spec.ts";
import {
  exists,
  findProperty,
  isObject,
  knownNames,
  namesOf,
  type Subject,
  subjectOf,
} from "./subject.ts";
import type { SerialOptions } from "./turns.ts";

export { exposed } from "./exposed.ts";
export type { MemberSpec } from "./member-spec.ts";

/** Which members of a `T` are exposed. A name that `T` has not is a type error. */
export type ExposeSpec<T> = { readonly [K in keyof T & string]?: true | MemberSpec };

export interface ExposeOptions {
  /** What the object is, for callers. A comment before a class is not part of its source, so it cannot be read. */
  readonly doc?: string;
  /** One call at a time, as the option of `daemon.register`; members with `serial: false` do not wait. */
  readonly serial?: boolean | SerialOptions;
}

/** What an instance of `T` has, where `T` is the type of a class; otherwise what `T` itself has. */
export type Exposable<T> = T extends abstract new (
  ...args: never
) => infer Instance
  ? Instance
  : T extends { readonly prototype: infer Instance } // a class with a private constructor
    ? Instance
    : T;

/** What is reachable of an object, and what callers are told of it. */
export interface Exposure extends Description {
  readonly members: ReadonlyMap<string, ExposedMember>;
}

export type { ExposedMember } from "./exposed-member.ts";

/**
 * Declares what callers may reach of a class's instances, or of one object. Everything else stays private. Subclasses
 * inherit it; a second call adds to the first, and wins for the names that both have.
 *
 *     expose(Thermostat, { setpoint: true, read: true, reset: { oneway: true } });
 *
 * @returns `target`.
 * @throws MemberError `ERR_NO_SUCH_MEMBER`, `ERR_PRIVATE_NAME`, `ERR_RESERVED_NAME`; `ERR_BAD_EXPOSE` for an option
 *   that does not fit the member. A class that makes its fields in ways the source does not show is checked when an
 *   instance is there: see `checkInstance`.
 */
export function expose<T extends object>(
  target: T,
  spec: ExposeSpec<Exposable<T>>,
  options: ExposeOptions = {},
): T {
  const subject = subjectOf(target);
  const specs = new Map<string, MemberSpec>();
  for (const key of Reflect.ownKeys(spec)) {
    const value: unknown = Reflect.get(spec, key);
    // Not in the types, but plain JavaScript may say `read: debugging`.
    if (value === false || value === undefined) continue;
    checkName(subject.label, key);
    specs.set(key, checkSpec(subject, key, value));
  }
  // All checked before any is declared: a call that throws has exposed nothing.
  declare(subject.key, specs, options);
  if (!subject.isClass) markReference(target);
  return target;
}

/**
 * What is exposed of a class's instances, or of an object: what it and its base classes declare, and, with `pattern`,
 * public members whose name matches. A pattern sees what JavaScript sees: TypeScript's `private` members too.
 * For a class it sees methods, accessors and declared fields. Reads no attribute, so no getter runs.
 */
export function exposureOf(target: object, pattern?: RegExp): Exposure {
  const subject = subjectOf(target);
  const { specs, doc } = declaredFor(subject);
  const members = new Map<string, ExposedMember>();
  for (const [name, spec] of specs) members.set(name, describe(subject, name, spec));
  if (pattern) {
    for (const name of matching(subject, pattern)) {
      if (!members.has(name)) members.set(name, describe(subject, name, {}));
    }
  }
  return {
    ...(subject.className !== undefined && { className: subject.className }),
    ...(doc !== undefined && { doc }),
    members,
  };
}

/** Whether a class, or an object, was exposed as one that takes one call at a time. */
export function serialOf(target: object): boolean | SerialOptions | undefined {
  return declaredFor(subjectOf(target)).serial;
}

/**
 * Checks that an instance has what its class exposes, which for fields only an instance can tell.
 * @returns The exposure, corrected where the instance shows more than the class did (a field that holds a function).
 * @throws MemberError `ERR_NO_SUCH_MEMBER`.
 */
export function checkInstance(exposure: Exposure, instance: object): Exposure {
  const subject = subjectOf(instance);
  let corrected: Map<string, ExposedMember> | undefined;
  for (const [name, member] of exposure.members) {
    const property = findProperty(subject, name);
    if (!property) throw noSuchMember(subject.label, name, namesOf(subject));
    if (!fits(member, property)) {
      corrected ??= new Map(exposure.members);
      corrected.set(name, describe(subject, name, declaredFor(subject).specs.get(name) ?? {}));
    }
  }
  return corrected ? { ...exposure, members: corrected } : exposure;
}

function fits(member: ExposedMember, property: PropertyDescriptor): boolean {
  if (isMethod(property)) return member.kind === "method";
  return member.kind === "attribute" && (member.readonly || isWritable(property));
}

function matching(subject: Subject, pattern: RegExp): string[] {
  // A global or sticky pattern remembers where it stopped, and would skip every other name.
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return namesOf(subject).filter((name) => isPatternName(name) && stateless.test(name));
}

function checkSpec(subject: Subject, name: string, value: unknown): MemberSpec {
  if (value !== true && !isObject(value)) {
    throw badSpec(subject, name, `expected true or an object of options, got ${String(value)}`);
  }
  const spec: MemberSpec = value === true ? {} : { ...value };
  if (!exists(subject, name)) throw noSuchMember(subject.label, name, knownNames(subject));
  // Throws for options that do not fit.
  describe(subject, name, spec);
  return spec;
}
