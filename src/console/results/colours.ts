/** Numbers as colours, equal steps of the one looking like equal steps of the other. */

/**
 * Stops of viridis, from the least to the greatest: it gets lighter evenly, also without colour vision and in print.
 * @see matplotlib, "Choosing Colormaps"
 */
const STOPS: readonly (readonly [r: number, g: number, b: number])[] = [
  [68, 1, 84],
  [72, 24, 106],
  [71, 45, 123],
  [66, 64, 134],
  [59, 82, 139],
  [51, 99, 141],
  [44, 114, 142],
  [38, 130, 142],
  [33, 145, 140],
  [31, 160, 136],
  [40, 174, 128],
  [63, 188, 115],
  [94, 201, 98],
  [132, 212, 75],
  [173, 220, 48],
  [216, 226, 25],
  [253, 231, 37],
];

const STEPS = 256;

/** `STEPS` colours, three bytes each. */
const TABLE: Uint8Array = Uint8Array.from({ length: 3 * STEPS }, (_, i) => {
  const at = (Math.floor(i / 3) / (STEPS - 1)) * (STOPS.length - 1);
  const stop = Math.min(Math.floor(at), STOPS.length - 2);
  const [from, to] = [STOPS[stop]?.[i % 3] ?? 0, STOPS[stop + 1]?.[i % 3] ?? 0];
  return Math.round(from + (to - from) * (at - stop));
});

/**
 * The pixels of numbers, four bytes each, for `ImageData`. What is below the range has the colour of its end; what is no
 * number is transparent.
 */
export function colouredPixels(
  values: ArrayLike<number>,
  { min, max }: { readonly min: number; readonly max: number },
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * values.length);
  const scale = max > min ? (STEPS - 1) / (max - min) : 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const step = Math.max(0, Math.min(STEPS - 1, Math.round((value - min) * scale)));
    pixels[4 * i] = TABLE[3 * step] as number;
    pixels[4 * i + 1] = TABLE[3 * step + 1] as number;
    pixels[4 * i + 2] = TABLE[3 * step + 2] as number;
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

/** Round numbers within a range, for the labels of an axis: about `count` of them. */
export function ticks(min: number, max: number, count: number): number[] {
  if (!(max > min)) return [min];
  const raw = (max - min) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10) * power;
  const made: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) {
    // Not i * step as it is: 3 * 0.1 is 0.30000000000000004.
    made.push(Number((i * step).toPrecision(12)));
  }
  return made;
}
