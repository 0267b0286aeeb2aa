/**
 * Viridis, at eleven places from 0 to 1: equal steps look equally far apart, also in grey and to whoever sees few colours.
 * @see Nathaniel Smith and Stéfan van der Walt, mpl colormaps, in the public domain (CC0).
 */
const VIRIDIS = [
  [0x44, 0x01, 0x54],
  [0x48, 0x25, 0x76],
  [0x41, 0x44, 0x87],
  [0x35, 0x60, 0x8d],
  [0x2a, 0x78, 0x8e],
  [0x21, 0x91, 0x8c],
  [0x22, 0xa8, 0x84],
  [0x44, 0xbf, 0x70],
  [0x7a, 0xd1, 0x51],
  [0xbd, 0xdf, 0x26],
  [0xfd, 0xe7, 0x25],
] as const;

/** Nothing is known there: a grey that the map does not have. */
const NOTHING = [0x80, 0x80, 0x80] as const;

/** The colours of `STEPS` steps and of NaN, as the four bytes of a pixel, in this machine's byte order. */
const STEPS = 256;
const PIXELS = pixels();

/** Which of the colours stands for a value between `low` and `high`; what is beyond has the colour of the end. */
function stepOf(value: number, low: number, high: number): number {
  if (Number.isNaN(value)) return STEPS;
  // Everything is the same: the middle.
  const part = high > low ? (value - low) / (high - low) : 0.5;
  return Math.min(Math.max(Math.floor(part * STEPS), 0), STEPS - 1);
}

/** The pixel that stands for a value, for a `Uint32Array` over the bytes of an `ImageData`. */
export function pixelOf(value: number, low: number, high: number): number {
  return PIXELS[stepOf(value, low, high)] as number;
}

/** The same colour for a style sheet; `part` is from 0 to 1. */
export function colourOf(part: number): string {
  const bytes = new Uint8Array(PIXELS.buffer, 4 * stepOf(part, 0, 1), 3);
  return `rgb(${bytes.join(" ")})`;
}

function pixels(): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(STEPS + 1);
  const bytes = new Uint8Array(all.buffer);
  for (let step = 0; step < STEPS; step++) {
    const position = (step / (STEPS - 1)) * (VIRIDIS.length - 1);
    const at = Math.min(Math.floor(position), VIRIDIS.length - 2);
    const [a, b] = [VIRIDIS[at], VIRIDIS[at + 1]] as [Rgb, Rgb];
    const mixed = a.map((part, i) => part + ((b[i] as number) - part) * (position - at));
    bytes.set([...mixed.map(Math.round), 255], 4 * step);
  }
  bytes.set([...NOTHING, 255], 4 * STEPS);
  return all;
}

type Rgb = readonly [number, number, number];
