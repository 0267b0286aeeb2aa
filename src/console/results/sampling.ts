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
