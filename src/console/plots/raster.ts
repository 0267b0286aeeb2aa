import { pixelOf } from "./colours.ts";

/** A picture of values: a pixel each, as an `ImageData` takes it. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** RGBA, row by row from the top. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** What the ends of the colours stand for. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A table of numbers, row by row. */
export interface Table {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/** Pictures with more pixels on a side are thinned out: no screen has them. */
const MAX_SIDE = 1024;

/** Least and greatest value, NaN and infinities aside; 0 to 1 where there is none. */
export function rangeOf(values: ArrayLike<number>): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : { low: 0, high: 1 };
}

/**
 * Paints a table, the first row at the top. Where several values share a pixel it shows the greatest: a line of a
 * spectrum that is one value wide is seen at any size.
 * @param maxSide - Pixels of width and height that it has at most.
 */
export function rasterOf(table: Table, { low, high }: Range, maxSide: number = MAX_SIDE): Raster {
  const { values, rows, columns } = table;
  const width = Math.min(columns, maxSide);
  const height = Math.min(rows, maxSide);
  const greatest = new Float64Array(width * height).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    const y = Math.floor((row * height) / rows);
    for (let column = 0; column < columns; column++) {
      const at = y * width + Math.floor((column * width) / columns);
      const value = values[row * columns + column] as number;
      if (!(value <= (greatest[at] as number)) && !Number.isNaN(value)) greatest[at] = value;
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) pixels[i] = pixelOf(greatest[i] as number, low, high);
  return { width, height, pixels: new Uint8ClampedArray(pixels.buffer) };
}
