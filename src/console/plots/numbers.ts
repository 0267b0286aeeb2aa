/** A number for a label: six digits at most, and no more characters than it needs. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) {
    return value.toExponential(4).replace(/\.?0+e\+?/, "e");
  }
  return String(Number(value.toPrecision(6)));
}
