import { type ArrayData, arrayError, type DType, type Layout, layoutNamed } from "./dtypes.ts";
import { writeElement } from "./elements.ts";
import { Complex } from "./types.ts";

/** An element, or arrays of them, nested one level an axis. */
export type Nested<T> = T | readonly Nested<T>[];

export interface FromNested {
  readonly data: ArrayData;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/**
 * Puts nested values into one typed array.
 * @param layout - Undefined: what suits the values.
 * @throws BunsenError `ERR_NDARRAY` with the place of the first value that does not fit: `[1][2]: expected a number`.
 */
export function dataFromNested(
  nested: Nested<unknown>,
  layout: Layout | undefined,
  order: "C" | "F",
): FromNested {
  const shape = shapeOf(nested);
  const leaves: unknown[] = [];
  flatten(nested, shape, 0, leaves, "");
  const chosen = layout ?? (layoutNamed(dtypeFor(leaves)) as Layout);
  const data = new chosen.data(leaves.length * chosen.perElement);
  leaves.forEach((leaf, i) => {
    const position = order === "C" ? i : positionInF(i, shape);
    const problem = writeElement(chosen, data, position, leaf);
    if (problem !== undefined) throw arrayError(`${placeOf(i, shape)}${problem}`);
  });
  return { data, shape, dtype: chosen.dtype };
}

/** What the first of each level says; the others must agree. */
function shapeOf(nested: Nested<unknown>): number[] {
  const shape: number[] = [];
  for (let at: unknown = nested; Array.isArray(at); at = at[0]) shape.push(at.length);
  return shape;
}

function flatten(
  nested: unknown,
  shape: readonly number[],
  axis: number,
  leaves: unknown[],
  place: string,
): void {
  const isList = Array.isArray(nested);
  if (axis === shape.length) {
    if (isList) throw arrayError(`${place}: expected an element, as the first is, got an array`);
    leaves.push(nested);
    return;
  }
  const wanted = shape[axis] as number;
  if (!isList) throw arrayError(`${place}: expected an array of ${wanted}, as the first is`);
  if (nested.length !== wanted) {
    throw arrayError(
      `${place}: expected an array of ${wanted}, as the first is, got ${nested.length}`,
    );
  }
  nested.forEach((child, i) => {
    flatten(child, shape, axis + 1, leaves, `${place}[${i}]`);
  });
}

/** The dtype that holds all of them without loss. */
function dtypeFor(leaves: readonly unknown[]): string {
  const kinds = new Set(leaves.map(kindOf));
  if (kinds.size === 0) return "float64";
  if (kinds.size === 1) {
    const [kind] = kinds;
    if (kind === "text") return `U${longest(leaves.map((text) => [...(text as string)].length))}`;
    if (kind === "bytes") return `S${longest(leaves.map((bytes) => (bytes as Uint8Array).length))}`;
    if (kind !== undefined) return kind;
  }
  if (kinds.size === 2 && kinds.has("float64") && kinds.has("complex128")) return "complex128";
  if (kinds.has(undefined)) {
    const odd = leaves.find((leaf) => kindOf(leaf) === undefined);
    throw arrayError(`${odd === null ? "null" : typeof odd} is no element of an array`);
  }
  throw arrayError(
    `the elements are of several kinds (${[...kinds].join(", ")}); say which dtype they are to be`,
  );
}

function kindOf(leaf: unknown): string | undefined {
  switch (typeof leaf) {
    case "number":
      return "float64";
    case "bigint":
      return "int64";
    case "boolean":
      return "bool";
    case "string":
      return "text";
    default:
      if (leaf instanceof Complex) return "complex128";
      return leaf instanceof Uint8Array ? "bytes" : undefined;
  }
}

function longest(lengths: readonly number[]): number {
  return lengths.reduce((most, length) => Math.max(most, length), 1);
}

/** Indices of the element that is the `i`th where the last index varies fastest. */
function indicesOf(i: number, shape: readonly number[]): number[] {
  const indices = shape.map(() => 0);
  for (let axis = shape.length - 1, left = i; axis >= 0; axis--) {
    const length = shape[axis] as number;
    indices[axis] = left % length;
    left = Math.floor(left / length);
  }
  return indices;
}

function positionInF(i: number, shape: readonly number[]): number {
  let position = 0;
  let stride = 1;
  indicesOf(i, shape).forEach((index, axis) => {
    position += index * stride;
    stride *= shape[axis] as number;
  });
  return position;
}

function placeOf(i: number, shape: readonly number[]): string {
  const place = indicesOf(i, shape).map((index) => `[${index}]`);
  return place.length === 0 ? "" : `${place.join("")}: `;
}
