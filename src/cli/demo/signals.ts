/** What the generator of the demo lab's oscilloscope can make; `"loaded"` is what a caller sent. */
export const SIGNALS = ["sine", "square", "triangle", "sawtooth", "pulse", "loaded"] as const;
export type Signal = (typeof SIGNALS)[number];

/** One period is held as so many values. */
const PERIOD_POINTS = 2048;

const SHAPES: Readonly<Record<Exclude<Signal, "loaded">, (phase: number) => number>> = {
  sine: (phase) => Math.sin(2 * Math.PI * phase),
  square: (phase) => (phase < 0.5 ? 1 : -1),
  triangle: (phase) => 1 - 4 * Math.abs(((phase + 0.25) % 1) - 0.5),
  sawtooth: (phase) => 2 * ((phase + 0.5) % 1) - 1,
  pulse: (phase) => (phase < 0.1 ? 1 : 0),
};

/** One period, -1 to 1. */
export function periodOf(signal: Exclude<Signal, "loaded">): Float64Array {
  const shape = SHAPES[signal];
  return Float64Array.from({ length: PERIOD_POINTS }, (_, i) => shape(i / PERIOD_POINTS));
}

/** One period of what a caller sent as signed bytes. */
export function periodOfBytes(bytes: Uint8Array): Float64Array {
  const steps = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from(steps, (step) => Math.max(step / 127, -1));
}

/**
 * What comes out of a resistor and a capacitor behind which the signal has been for ever.
 * @param product - R times C in seconds, over the seconds of a period.
 */
export function lowPassed(period: Float64Array, product: number): Float64Array {
  const keep = Math.exp(-1 / (period.length * product));
  const output = new Float64Array(period.length);
  const run = (before: number): number => {
    let level = before;
    for (const [i, input] of period.entries()) {
      level = keep * level + (1 - keep) * input;
      output[i] = level;
    }
    return level;
  };
  // Begun at 0 a period ends where one that repeats ends, less what is left of the beginning.
  run(run(0) / (1 - keep ** period.length));
  return output;
}

/** The value at a phase, of which 1 is a period. */
export function at(period: Float64Array, phase: number): number {
  return period[Math.floor((phase - Math.floor(phase)) * period.length)] ?? 0;
}
