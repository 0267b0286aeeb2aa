/** A line of a spectrum at one moment. */
export interface Line {
  /** What makes it. */
  readonly source: string;
  /** MHz. */
  readonly frequency: number;
  /** Half its width at 61 % of its height, in MHz. */
  readonly width: number;
  /** Kelvin. */
  readonly level: number;
}

/** What the demo lab's antenna sees, at a moment in seconds. It has always been there, and always will be. */
export function linesAt(seconds: number): readonly Line[] {
  const turn = (period: number) => Math.sin((2 * Math.PI * seconds) / period);
  // A satellite comes by every 90 s: first it comes nearer, then it goes away.
  const overhead = (((seconds % 90) + 90) % 90) - 45;
  return [
    {
      source: "hydrogen, a near arm of the galaxy",
      frequency: 1420.41 + 0.03 * turn(400),
      width: 0.09,
      level: 60,
    },
    {
      source: "hydrogen, a far arm of the galaxy",
      frequency: 1420.95 + 0.12 * turn(240),
      width: 0.2,
      level: 25 + 5 * turn(120),
    },
    {
      source: "a satellite",
      frequency: 1422.6 - 1.4 * Math.tanh(overhead / 14),
      width: 0.02,
      level: 110 * Math.exp(-((overhead / 22) ** 2)),
    },
    {
      source: "a beacon",
      frequency: 1417.8 + 0.5 * turn(70),
      width: 0.025,
      level: 45 * (0.5 + 0.5 * turn(17)) ** 2,
    },
  ];
}

/** What the receiver makes of nothing, in kelvin, at a place of its band from -1 to 1: it hears less at the edges. */
export function receiverAt(place: number): number {
  return 30 * (1 - 0.5 * place ** 12 + 0.01 * Math.cos(9 * place));
}
