import { MemberError } from "../errors.ts";
import type { ExposedMember } from "./exposed-member.ts";
import { parametersFromText } from "./parameters.ts";
import { type AnyFunction, type MemberSource, sourceOfFunction } from "./source.ts";
import { findProperty, type Subject, sourceOf } from "./subject.ts";

/** How one member is exposed. What is left out is read from the source, where there is one. */
export interface MemberSpec {
  /** Callers do not wait for an answer, and learn of no error. Methods only. */
  readonly oneway?: boolean;
  /** Callers cannot assign it. Attributes only; one without a setter is read-only anyway. */
  readonly readonly?: boolean;
  /** False: does not wait for its turn, of an object that takes one call at a time. An emergency stop must not wait. */
  readonly serial?: false;
  readonly doc?: string;
  /**
   * Names of all parameters in order, where a bundler has changed them or types say more than the code: `"channel"`,
   * `"gain=1"`, `"unit?"` (optional: type stripping takes the `?` of `unit?: string` with it), `"*rest"`.
   */
  readonly parameters?: readonly string[];
}

/** One member of the subject, from what was specified, what is there, and what the source says. */
export function describe(subject: Subject, name: string, spec: MemberSpec): ExposedMember {
  const inClass = sourceOf(subject, name);
  // A field is made on each instance, in front of what the prototype has under its name.
  const isField = inClass?.kind === "field" || inClass?.kind === "arrow-field";
  const property = subject.isClass && isField ? undefined : findProperty(subject, name);
  const isMethodHere = property
    ? isMethod(property)
    : inClass
      ? inClass.kind === "arrow-field"
      : // Nothing is known before there is an instance, unless by what only a method can have.
        spec.oneway !== undefined || spec.parameters !== undefined;
  return isMethodHere
    ? describeMethod(subject, name, spec, property?.value, inClass)
    : describeAttribute(subject, name, spec, property, inClass);
}

function describeMethod(
  subject: Subject,
  name: string,
  spec: MemberSpec,
  fn: AnyFunction | undefined,
  inClass: MemberSource | undefined,
): ExposedMember {
  if (spec.readonly !== undefined) throw badSpec(subject, name, "`readonly` is for attributes");
  // A class says more than the function: its text has the comment, and names a decorator's wrapper has not.
  // Not of one that was put on an instance in place of the class's.
  const isReplaced =
    inClass?.kind === "method" && !subject.isClass && Object.hasOwn(subject.key, name);
  const says =
    inClass && hasParameters(inClass) && !isReplaced ? inClass : fn && sourceOfFunction(fn);
  const stream = fn ? isGeneratorFunction(fn) || (says?.isGenerator ?? false) : says?.isGenerator;
  if (stream && spec.oneway) {
    throw badSpec(subject, name, "`oneway` would discard the items of a stream");
  }
  const parameters = spec.parameters
    ? parametersFromText(spec.parameters)
    : (says?.parameters ?? undefined);
  if (spec.parameters && !parameters) {
    const hint = `["channel", "gain=1", "unit?", "*rest"]`;
    throw badSpec(subject, name, `expected \`parameters\` such as ${hint}`);
  }
  const doc = spec.doc ?? inClass?.doc;
  return {
    name,
    kind: "method",
    ...(doc !== undefined && { doc }),
    ...(spec.serial === false && { serial: false }),
    ...(parameters && { parameters }),
    oneway: spec.oneway ?? false,
    readonly: false,
    stream: stream ?? false,
  };
}

function hasParameters(source: MemberSource): boolean {
  return source.kind === "method" || source.kind === "arrow-field";
}

function describeAttribute(
  subject: Subject,
  name: string,
  spec: MemberSpec,
  property: PropertyDescriptor | undefined,
  inClass: MemberSource | undefined,
): ExposedMember {
  if (spec.oneway !== undefined) throw badSpec(subject, name, "`oneway` is for methods");
  if (spec.parameters !== undefined) throw badSpec(subject, name, "`parameters` is for methods");
  const doc = spec.doc ?? inClass?.doc;
  const isReadonly = property ? !isWritable(property) : inClass?.kind === "getter";
  return {
    name,
    kind: "attribute",
    ...(doc !== undefined && { doc }),
    ...(spec.serial === false && { serial: false }),
    oneway: false,
    readonly: spec.readonly || isReadonly,
    stream: false,
  };
}

export function isMethod(property: PropertyDescriptor): boolean {
  return typeof property.value === "function";
}

export function isWritable(property: PropertyDescriptor): boolean {
  return property.set !== undefined || property.writable === true;
}

function isGeneratorFunction(fn: AnyFunction): boolean {
  return /GeneratorFunction\]$/.test(Object.prototype.toString.call(fn));
}

export function badSpec(subject: Subject, name: string, reason: string): MemberError {
  return new MemberError(
    "ERR_BAD_EXPOSE",
    `${subject.label}.${name} cannot be exposed so: ${reason}`,
  );
}
