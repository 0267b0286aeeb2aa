/** Round numbers within a range, for the labels of an axis: `count` of them, or up to twice as many. */
export function ticks(min: number, max: number, count: number): number[] {
  if (!(max > min)) return [min];
  const raw = (max - min) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([5, 2].find((factor) => factor * power <= raw) ?? 1) * power;
  const made: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) {
    // Not i * step as it is: 3 * 0.1 is 0.30000000000000004.
    made.push(Number((i * step).toPrecision(12)));
  }
  return made;
}
