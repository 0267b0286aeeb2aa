/** Fewer numbers for the pixels there are. */

/** A line through points. */
export interface Line {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * A line that looks the same at some width: of each stretch the least and the greatest in their order, so that no
 * peak is lost. Gaps (NaN) stay gaps where a whole stretch is one.
 * @param most - Points at most; at least 2.
 */
export function sampledLine(values: ArrayLike<number>, most: number): Line {
  const { length } = values;
  if (length <= most) {
    return { x: Float64Array.from({ length }, (_, i) => i), y: Float64Array.from(values) };
  }
  const stretches = Math.max(1, Math.floor(most / 2));
  const x = new Float64Array(2 * stretches);
  const y = new Float64Array(2 * stretches);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * length) / stretches);
    const to = Math.floor(((stretch + 1) * length) / stretches);
    let least = from;
    let greatest = from;
    for (let i = from + 1; i < to; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      if (!(value >= (values[least] as number))) least = i;
      if (!(value <= (values[greatest] as number))) greatest = i;
    }
    const [first, second] = least < greatest ? [least, greatest] : [greatest, least];
    x[2 * stretch] = first;
    y[2 * stretch] = values[first] as number;
    x[2 * stretch + 1] = second;
    y[2 * stretch + 1] = values[second] as number;
  }
  return { x, y };
}

/** A picture of numbers, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

/** What stands for the numbers that share a pixel: their mean, or the greatest, so that a thin line stays. */
export type Pooling = "mean" | "max";

/** A picture of at most `most` pixels in each direction. */
export function sampledPicture(
  { width, height, values }: Picture,
  most: number,
  pooling: Pooling,
): Picture {
  const columns = Math.min(width, most);
  const rows = Math.min(height, most);
  if (columns === width && rows === height) return { width, height, values };
  const made = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    const bottom = Math.floor(((row + 1) * height) / rows);
    for (let column = 0; column < columns; column++) {
      const left = Math.floor((column * width) / columns);
      const right = Math.floor(((column + 1) * width) / columns);
      made[row * columns + column] = pooled(values, { width, left, right, top, bottom }, pooling);
    }
  }
  return { width: columns, height: rows, values: made };
}

interface Block {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of the numbers that are there; NaN where none is. */
function pooled(values: ArrayLike<number>, block: Block, pooling: Pooling): number {
  let sum = 0;
  let count = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = block.top; row < block.bottom; row++) {
    for (let column = block.left; column < block.right; column++) {
      const value = values[row * block.width + column] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
      if (value > max) max = value;
    }
  }
  if (count === 0) return Number.NaN;
  return pooling === "mean" ? sum / count : max;
}
