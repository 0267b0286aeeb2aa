/** Numbers that look random, and are the same for the same seed: a measurement that can be repeated. */
export class Random {
  #state: number;
  #spare: number | undefined;

  /** @param seed - Integers, of which all count: `new Random(seed, sweep)` is another sequence for each sweep. */
  constructor(...seed: readonly number[]) {
    this.#state = 0;
    for (const part of seed) this.#state = Math.imul(this.#next() ^ part, 0x9e37_79b1);
  }

  /** From 0 up to, and not with, 1. */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /** Around 0, with a standard deviation of 1: as noise is. */
  normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    // The transform of Box and Muller makes two of two.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** 32 bits: the generator known as mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (bits ^ (bits >>> 14)) >>> 0;
  }
}
