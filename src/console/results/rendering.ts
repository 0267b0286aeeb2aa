import { Complex, Float, PlainDate } from "../../values/types.ts";
import { type NumericArray, numericArray } from "./numbers.ts";
import { type Table, tableOf } from "./table.ts";

/** How a result is shown. */
export type Rendering =
  | { readonly kind: "nothing" }
  /** A number, a boolean, a date: one short text. */
  | { readonly kind: "scalar"; readonly value: unknown }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "array"; readonly array: NumericArray; readonly views: readonly ArrayView[] }
  | { readonly kind: "table"; readonly table: Table; readonly value: unknown }
  /** Another object, to be called. */
  | { readonly kind: "object"; readonly object: object }
  /** Anything else, in Python's notation. */
  | { readonly kind: "value"; readonly value: unknown };

/** How numbers along axes are shown; the first that is possible is shown at first. */
export type ArrayView = "line" | "image" | "waterfall" | "numbers";

/** What tells remote objects from values. */
export type IsObject = (value: object) => boolean;

/** How a value is to be shown. */
export function renderingOf(value: unknown, isObject: IsObject): Rendering {
  if (value === null || value === undefined) return { kind: "nothing" };
  if (typeof value === "string") return { kind: "text", text: value };
  if (typeof value === "function") return { kind: "object", object: value };
  if (typeof value !== "object" || isScalar(value)) return { kind: "scalar", value };
  if (isObject(value)) return { kind: "object", object: value };
  if (value instanceof Uint8Array) return { kind: "bytes", bytes: value };
  const array = numericArray(value);
  if (array) return { kind: "array", array, views: viewsOf(array) };
  const table = tableOf(value);
  return table ? { kind: "table", table, value } : { kind: "value", value };
}

function isScalar(value: object): boolean {
  return [Date, PlainDate, Complex, Float].some((kind) => value instanceof kind);
}

/** Fewer numbers are read faster than a plot of them. */
const LEAST_FOR_LINE = 8;
/** So many rows are still lines that can be told apart. */
const MOST_LINES = 8;
/** A picture is not much longer than wide, or wider than long; else its rows are lines over time. */
const MOST_ASPECT = 4;
/** Fewer pixels are no picture. */
const LEAST_FOR_IMAGE = 4;

/** How an array can be shown, by its shape; what suits it best comes first. */
export function viewsOf({ shape, values }: NumericArray): readonly ArrayView[] {
  if (values.length === 0) return ["numbers"];
  const rows = shape.at(-2) ?? 1;
  const columns = shape.at(-1) ?? 1;
  if (shape.length === 1) {
    return columns < LEAST_FOR_LINE ? ["numbers", "line"] : ["line", "numbers"];
  }
  if (rows * columns < 2 * LEAST_FOR_IMAGE) return ["numbers", "image"];
  if (rows <= MOST_LINES && columns >= LEAST_FOR_LINE && columns > MOST_ASPECT * rows) {
    return ["line", "waterfall", "image", "numbers"];
  }
  const aspect = Math.max(rows / columns, columns / rows);
  const isPicture = aspect <= MOST_ASPECT && Math.min(rows, columns) >= LEAST_FOR_IMAGE;
  if (isPicture) return ["image", "waterfall", "numbers"];
  return columns >= LEAST_FOR_LINE
    ? ["waterfall", "image", "numbers"]
    : ["numbers", "image", "waterfall"];
}
