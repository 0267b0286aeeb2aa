import { isPrivateName } from "./member-names.ts";
import type { MemberSpec } from "./member-spec.ts";
import { levelsOf, type Subject } from "./subject.ts";
import type { SerialOptions } from "./turns.ts";

interface Declared {
  readonly members: Map<string, MemberSpec>;
  doc: string | undefined;
  serial: boolean | SerialOptions | undefined;
}

/** What `expose` declared: by prototype for a class, so that subclasses inherit it, else by object. */
const declarations = new WeakMap<object, Declared>();
/** Methods and accessor functions that `@exposed` stands before. */
const decorated = new WeakMap<object, MemberSpec>();
/** What `@exposed` told while an instance was made, by the prototype of the instance. */
const initialized = new WeakMap<object, Map<string, MemberSpec>>();

/** Adds to what is declared of a prototype or object. */
export function declare(
  key: object,
  specs: ReadonlyMap<string, MemberSpec>,
  { doc, serial }: { doc?: string; serial?: boolean | SerialOptions },
): void {
  const declared = declarations.get(key) ?? {
    members: new Map(),
    doc: undefined,
    serial: undefined,
  };
  for (const [name, spec] of specs) declared.members.set(name, spec);
  declared.doc = doc ?? declared.doc;
  declared.serial = serial ?? declared.serial;
  declarations.set(key, declared);
}

export function declareFunction(fn: object, spec: MemberSpec): void {
  decorated.set(fn, spec);
}

/** Called for every instance that is made, so the usual case is one look at two maps. */
export function declareInitialized(prototype: object, name: string, spec: MemberSpec): void {
  let specs = initialized.get(prototype);
  if (!specs) {
    specs = new Map();
    initialized.set(prototype, specs);
  }
  specs.set(name, spec);
}

/**
 * What `expose` and `@exposed` say of the subject: base classes first, the nearest declaration wins. What is known from
 * instances comes before all: it is filed under the instance's class, whichever base class has the decorator.
 */
export function declaredFor(subject: Subject): {
  readonly specs: ReadonlyMap<string, MemberSpec>;
  readonly doc: string | undefined;
  readonly serial: boolean | SerialOptions | undefined;
} {
  const levels = [...levelsOf(subject.key)].reverse();
  const specs = new Map<string, MemberSpec>();
  let doc: string | undefined;
  let serial: boolean | SerialOptions | undefined;
  for (const level of levels) add(specs, initialized.get(level));
  for (const level of levels) {
    // Decorated functions are on prototypes; an instance may be an array of a million.
    if (level !== subject.key || subject.isClass) add(specs, decoratedOn(level));
    const declared = declarations.get(level);
    add(specs, declared?.members);
    doc = declared?.doc ?? doc;
    serial = declared?.serial ?? serial;
  }
  return { specs, doc, serial };
}

function add(
  specs: Map<string, MemberSpec>,
  more: Iterable<readonly [string, MemberSpec]> | undefined,
): void {
  for (const [name, spec] of more ?? []) specs.set(name, spec);
}

function* decoratedOn(prototype: object): Generator<readonly [string, MemberSpec]> {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    // A decorated function may have got a second, private name since.
    if (isPrivateName(name)) continue;
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    for (const fn of [property?.value, property?.get, property?.set] as unknown[]) {
      const spec = typeof fn === "function" ? decorated.get(fn) : undefined;
      if (spec) yield [name, spec];
    }
  }
}
