/** Labels of an axis, in digits that tell neighbours apart. */
export function axisLabels(places: readonly number[], step: number): string[] {
  const digits = digitsOf(step);
  const most = Math.max(...places.map(Math.abs));
  // Beyond what can be read at a glance, powers of ten are shorter.
  if (most >= 1e7 || digits > 6) return places.map((place) => shortNumber(place));
  return places.map((place) => place.toFixed(digits));
}

/** How many digits behind the point a step of 1, 2, 2.5 or 5 times a power of ten has. */
function digitsOf(step: number): number {
  for (let digits = 0; digits < 12; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < scaled * 1e-6) return digits;
  }
  return 12;
}

/** A number for a label: six digits at most, and no more characters than it needs. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) {
    return value.toExponential(4).replace(/\.?0+e\+?/, "e");
  }
  return String(Number(value.toPrecision(6)));
}
