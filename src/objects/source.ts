import type { AnyNode, Class, Expression } from "acorn";
import type { ParameterDescription } from "./description.ts";
import { parametersOf } from "./parameters.ts";
import {
  childrenOf,
  docBefore,
  hasOwnThis,
  isFunctionNode,
  publicName,
  readSource,
  type Source,
  textOf,
} from "./syntax.ts";

/** Any class, abstract ones too. */
export type AnyClass = abstract new (...args: never) => object;
export type AnyFunction = (...args: never) => unknown;

/** What the source says of one member of a class, or of one function. */
export interface MemberSource {
  readonly name: string;
  /** A pair of getter and setter is a `"getter"`. An `"arrow-field"` is one that holds a function of any kind. */
  readonly kind: "method" | "getter" | "setter" | "field" | "arrow-field";
  /** Empty for getters and plain fields. */
  readonly parameters: readonly ParameterDescription[];
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** The JSDoc block before the member, without its stars; `@param` and the like stay as text. */
  readonly doc?: string;
}

/** What the sources of a class and of its base classes say. */
export interface ClassSource {
  /** Public members, own and inherited; the nearest definition wins. Computed names are left out. */
  readonly members: ReadonlyMap<string, MemberSource>;
  /** Public static members. */
  readonly statics: ReadonlyMap<string, MemberSource>;
  /** Names that the code uses as `this.name` without declaring them: fields made in a constructor, for example. */
  readonly mentioned: ReadonlyMap<string, MemberSource>;
  /**
   * No instance can have a name that is in none of the three. False when a source could not be read, or hands `this`
   * to other code (`Object.assign(this, options)`).
   */
  readonly complete: boolean;
}

const UNREADABLE: ClassSource = {
  members: new Map(),
  statics: new Map(),
  mentioned: new Map(),
  complete: false,
};

const ownSources = new WeakMap<object, ClassSource>();
const classSources = new WeakMap<object, ClassSource>();
const functionSources = new WeakMap<object, MemberSource | null>();

/**
 * Reads the source of a class and of its base classes. Never throws: native code and bound functions add nothing but
 * `complete: false`. Each class is parsed once.
 *
 * A comment belongs to the member after it unless an empty line parts them. Type stripping turns an abstract member
 * into blanks but leaves its comment; without this rule the comment would become that of the next member.
 */
export function sourceOfClass(aClass: AnyClass | AnyFunction): ClassSource {
  let source = classSources.get(aClass);
  if (!source) {
    source = mergeChain(aClass);
    classSources.set(aClass, source);
  }
  return source;
}

/**
 * Reads the source of a function: plain, arrow, or a method of an object literal or class.
 * @returns undefined when there is none to read: native code, bound functions, classes.
 */
export function sourceOfFunction(fn: AnyFunction): MemberSource | undefined {
  let source = functionSources.get(fn);
  if (source === undefined) {
    source = readFunction(fn) ?? null;
    functionSources.set(fn, source);
  }
  return source ?? undefined;
}

/** From now on the source of `wrapper` is that of `original`, which it hands all that it gets. */
export function readAs<F extends AnyFunction>(wrapper: F, original: AnyFunction): F {
  functionSources.set(wrapper, sourceOfFunction(original) ?? null);
  return wrapper;
}

function mergeChain(aClass: AnyClass | AnyFunction): ClassSource {
  const members = new Map<string, MemberSource>();
  const statics = new Map<string, MemberSource>();
  const mentioned = new Map<string, MemberSource>();
  let complete = true;
  for (const level of classesOf(aClass)) {
    const own = level ? ownSource(level) : UNREADABLE;
    complete &&= own.complete;
    inherit(members, own.members);
    inherit(statics, own.statics);
    inherit(mentioned, own.mentioned);
  }
  for (const name of members.keys()) mentioned.delete(name);
  return { members, statics, mentioned, complete };
}

/** A class and its base classes, nearest first; undefined for a prototype whose class is unknown. */
function* classesOf(aClass: AnyClass | AnyFunction): Generator<AnyClass | AnyFunction | undefined> {
  yield aClass;
  const own: unknown = Object.getOwnPropertyDescriptor(aClass, "prototype")?.value;
  let prototype: unknown = isObject(own) ? Object.getPrototypeOf(own) : null;
  // Over prototypes, not constructors: `util.inherits` links only the former.
  while (isObject(prototype) && !isRootPrototype(prototype)) {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    yield typeof made === "function" ? (made as AnyClass) : undefined;
    prototype = Object.getPrototypeOf(prototype);
  }
}

function inherit(into: Map<string, MemberSource>, from: ReadonlyMap<string, MemberSource>): void {
  for (const [name, member] of from) {
    const nearer = into.get(name);
    if (!nearer) into.set(name, member);
    // As Python's `inspect.getdoc`: an override without a comment keeps that of what it overrides.
    else if (nearer.doc === undefined && member.doc !== undefined) {
      into.set(name, { ...nearer, doc: member.doc });
    }
  }
}

function ownSource(aClass: AnyClass | AnyFunction): ClassSource {
  let source = ownSources.get(aClass);
  if (!source) {
    source = readClass(aClass) ?? UNREADABLE;
    ownSources.set(aClass, source);
  }
  return source;
}

function readClass(aClass: AnyClass | AnyFunction): ClassSource | undefined {
  try {
    const source = readSource(`(${textOf(aClass)})`);
    if (!source) return undefined;
    if (source.root.type === "ClassExpression") return classSource(source.root, source);
    if (!isFunctionNode(source.root)) return undefined;
    // A class from before `class`: its methods are on the prototype, its fields in its body.
    const uses = new ThisUses(source);
    uses.visit(source.root.body, undefined);
    return {
      members: new Map(),
      statics: new Map(),
      mentioned: uses.mentioned,
      complete: !uses.escapes,
    };
  } catch {
    // Code so deep that walking it overflows the stack: as good as unreadable.
    return undefined;
  }
}

function classSource(root: Class, source: Source): ClassSource {
  const members = new Map<string, MemberSource>();
  const statics = new Map<string, MemberSource>();
  const uses = new ThisUses(source);
  for (const node of root.body.body) {
    if (node.type === "StaticBlock") continue;
    if (!node.static && node.value) uses.visitMember(node.value);
    const name = publicName(node.key, node.computed);
    if (name === undefined || (node.type === "MethodDefinition" && node.kind === "constructor")) {
      continue;
    }
    const kind = node.type === "MethodDefinition" ? METHOD_KINDS[node.kind] : "field";
    const member = memberSource(name, kind, node.value, node.start, source);
    const into = node.static ? statics : members;
    into.set(name, paired(into.get(name), member));
  }
  return { members, statics, mentioned: uses.mentioned, complete: !uses.escapes };
}

const METHOD_KINDS = {
  constructor: "method",
  method: "method",
  get: "getter",
  set: "setter",
} as const;

/** A getter and a setter of one name are one member; the comment may be on either. */
function paired(earlier: MemberSource | undefined, later: MemberSource): MemberSource {
  const isPair =
    (earlier?.kind === "getter" && later.kind === "setter") ||
    (earlier?.kind === "setter" && later.kind === "getter");
  if (!earlier || !isPair) return later;
  const getter = earlier.kind === "getter" ? earlier : later;
  const doc = getter.doc ?? earlier.doc ?? later.doc;
  return doc === undefined ? getter : { ...getter, doc };
}

function memberSource(
  name: string,
  kind: MemberSource["kind"],
  value: Expression | null | undefined,
  start: number,
  source: Source,
): MemberSource {
  const fn = value && isFunctionNode(value) && kind !== "getter" ? value : undefined;
  const doc = docBefore(start, source);
  return {
    name,
    kind: kind === "field" && fn ? "arrow-field" : kind,
    parameters: fn ? parametersOf(fn, source.text) : [],
    isAsync: fn?.async ?? false,
    isGenerator: fn?.generator ?? false,
    ...(doc !== undefined && { doc }),
  };
}

function readFunction(fn: AnyFunction): MemberSource | undefined {
  try {
    const text = textOf(fn);
    const source =
      readSource(`(${text})`) ??
      // A method is no expression by itself. Nor is `static`, which `toString` leaves out, part of its text.
      readSource(`({${text}})`);
    if (!source) return undefined;
    let { root } = source;
    let kind: MemberSource["kind"] = "method";
    if (root.type === "ObjectExpression") {
      const property = root.properties[0];
      if (root.properties.length !== 1 || property?.type !== "Property") return undefined;
      root = property.value;
      if (property.kind !== "init") kind = METHOD_KINDS[property.kind];
    }
    return isFunctionNode(root) ? memberSource(fn.name, kind, root, 0, source) : undefined;
  } catch {
    return undefined; // As in readClass.
  }
}

/** What a class does with `this`: which names it uses, and whether it hands itself to code that may add others. */
class ThisUses {
  readonly mentioned = new Map<string, MemberSource>();
  escapes = false;
  readonly #source: Source;
  readonly #assignments = new Set<string>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** The value of a method or field: `this` inside it is the instance. */
  visitMember(value: Expression): void {
    // The function itself is not visited: there, any other function begins a `this` of its own.
    const parts = isFunctionNode(value) ? [...value.params, value.body] : [value];
    for (const part of parts) this.visit(part, undefined);
  }

  visit(node: AnyNode, parent: AnyNode | undefined): void {
    if (node.type === "ThisExpression") this.#use(parent);
    else if (node.type === "AssignmentExpression") this.#assigned(node);
    if (hasOwnThis(node)) return;
    for (const child of childrenOf(node)) this.visit(child, node);
  }

  #use(parent: AnyNode | undefined): void {
    if (parent?.type === "MemberExpression" && !parent.computed) {
      const { property } = parent;
      if (property.type === "Identifier" && !this.mentioned.has(property.name)) {
        this.mentioned.set(
          property.name,
          memberSource(property.name, "field", null, 0, this.#source),
        );
      }
    } else if (parent?.type !== "ReturnStatement") {
      this.escapes = true;
    }
  }

  #assigned(node: Extract<AnyNode, { type: "AssignmentExpression" }>): void {
    const { left, right } = node;
    if (left.type !== "MemberExpression" || left.object.type !== "ThisExpression") return;
    if (left.computed || left.property.type !== "Identifier") return;
    const { name } = left.property;
    // The first assignment says most: it is the one with the comment, in the constructor.
    if (this.#assignments.has(name)) return;
    this.#assignments.add(name);
    this.mentioned.set(name, memberSource(name, "field", right, node.start, this.#source));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** `Object.prototype`, also that of another realm. */
export function isRootPrototype(prototype: object): boolean {
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "propertyIsEnumerable")
  );
}
