import { SerializeError } from "../errors.ts";
import { MAX_DEPTH } from "./serializer.ts";

/**
 * Where in a value an encoder failed. Encoders keep no path while they work, since nearly every value succeeds; only
 * after a failure is the value walked again, to find the culprit by identity.
 */

/**
 * The error for a value that has no mapping, with the path to it: `[1].samples[3]: a function cannot be sent`.
 *
 * The path is that of the first place, nearest to the root, that holds `culprit`. Instances are searched through their
 * own properties, which is where the values come from that a converter sends. A culprit that is not found (a converter
 * made it up) is reported without a path.
 *
 * | part of a path | stands for |
 * |---|---|
 * | `.name`, `["not a name"]` | a property, or the value under a text key of a `Map` |
 * | `[3]` | an array element |
 * | `.get(1.5)` | the value under another key of a `Map` |
 * | `.keys()[3]`, `.values()[3]` | a key of a `Map`, a member of a `Set`, counted from 0 |
 *
 * @param root - What the encoder was given.
 * @param culprit - The object or primitive that cannot be sent, as it stands in `root`.
 * @param why - What is wrong with it, such as `a function cannot be sent`.
 * @param options.cause - The error that a class converter threw.
 * @returns A `SerializeError` `ERR_NOT_SERIALIZABLE`, for the caller to throw.
 */
export function notSerializable(
  root: unknown,
  culprit: unknown,
  why: string,
  options: { readonly cause?: unknown } = {},
): SerializeError {
  const path = pathTo(root, culprit);
  return worded("ERR_NOT_SERIALIZABLE", options.cause, (name) => {
    const place = path === undefined ? "" : name(path);
    return place === "" ? why : `${place}: ${why}`;
  });
}

/**
 * The error for a value nested deeper than `MAX_DEPTH`. Says where the circle closes if the value contains itself,
 * which is the usual reason.
 * @returns A `SerializeError` `ERR_TOO_DEEP`, for the caller to throw.
 */
export function tooDeep(root: unknown): SerializeError {
  const circle = findCircle(root);
  return worded("ERR_TOO_DEEP", undefined, (name) =>
    circle
      ? `${name(circle.from)}: circular, leads back to ${name(circle.to) || "the whole value"}`
      : `the value is nested deeper than ${MAX_DEPTH} levels`,
  );
}

/** What to call the place that a path of this file leads to: `[2][0].x` may be `args[0].x` to the user. */
type PlaceName = (path: string) => string;

/**
 * An encoder's error with its places called as `name` says; any other error is returned as it is. For those who encode
 * more than what the user handed them, and know which part of it that was.
 */
export function renamePlaces(error: unknown, name: PlaceName): unknown {
  const wording = error instanceof SerializeError ? wordings.get(error) : undefined;
  if (!(error instanceof SerializeError) || wording === undefined) return error;
  return worded(error.code, error.cause, (outer) => wording((path) => outer(name(path))));
}

type Wording = (name: PlaceName) => string;

/** How the errors made here are worded, so that they can be worded anew. */
const wordings = new WeakMap<SerializeError, Wording>();

function worded(code: string, cause: unknown, wording: Wording): SerializeError {
  const error = new SerializeError(
    code,
    wording((path) => path),
    { cause },
  );
  wordings.set(error, wording);
  return error;
}

interface Node {
  readonly value: object;
  readonly parent: Node | undefined;
  /** How the parent leads here. */
  readonly step: string;
}

/** Breadth first, so that the shortest path is found and deep values need no stack. */
function pathTo(root: unknown, culprit: unknown): string | undefined {
  if (Object.is(root, culprit)) return "";
  if (!isWalkable(root)) return undefined;
  const seen = new Set<object>([root]);
  const queue: Node[] = [{ value: root, parent: undefined, step: "" }];
  for (const node of queue) {
    for (const [step, child] of steps(node.value)) {
      if (Object.is(child, culprit)) return pathOf(node) + step;
      if (!isWalkable(child) || seen.has(child)) continue;
      seen.add(child);
      queue.push({ value: child, parent: node, step });
    }
  }
  return undefined;
}

/** Depth first with a stack of its own: a value that is too deep for an encoder is so for recursion. */
function findCircle(root: unknown): { from: string; to: string } | undefined {
  if (!isWalkable(root)) return undefined;
  const open = new Map<object, Node>();
  const done = new Set<object>();
  const enter = (value: object, parent: Node | undefined, step: string) => {
    const node: Node = { value, parent, step };
    open.set(value, node);
    return { node, rest: steps(value) };
  };
  const stack = [enter(root, undefined, "")];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.rest.next();
    if (next.done) {
      open.delete(top.node.value);
      done.add(top.node.value);
      stack.pop();
      continue;
    }
    const [step, child] = next.value;
    if (!isWalkable(child) || done.has(child)) continue;
    const target = open.get(child);
    if (target) return { from: pathOf(top.node) + step, to: pathOf(target) };
    stack.push(enter(child, top.node, step));
  }
  return undefined;
}

function pathOf(node: Node): string {
  const path: string[] = [];
  for (let at: Node | undefined = node; at; at = at.parent) path.push(at.step);
  return path.reverse().join("");
}

function isWalkable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

/** The members of a value, each with the step of the path that leads to it. */
function* steps(value: object): Generator<[step: string, child: unknown]> {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield [`[${i}]`, value[i]];
  } else if (value instanceof Map) {
    let i = 0;
    for (const [key, child] of value) {
      yield [`.keys()[${i++}]`, key];
      yield [typeof key === "string" ? property(key) : `.get(${keyText(key)})`, child];
    }
  } else if (value instanceof Set) {
    let i = 0;
    for (const child of value) yield [`.values()[${i++}]`, child];
  } else {
    for (const key of Object.keys(value)) {
      const child = Object.getOwnPropertyDescriptor(value, key);
      // A getter is run again: what it returned to the encoder may be the culprit.
      if (child) yield [property(key), child.get ? tryGet(value, key) : child.value];
    }
  }
}

/** A getter that throws must not hide the error that is being written. */
function tryGet(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function property(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}

function keyText(key: unknown): string {
  return typeof key === "object" || typeof key === "symbol" ? "…" : String(key);
}
