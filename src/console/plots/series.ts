/** An hour at ten a second; 16 bytes each. */
const CAPACITY = 36_000;

/**
 * The newest samples of one source, in memory that does not grow. Where nothing was known there is a gap: a sample
 * whose value is NaN.
 */
export class Series {
  readonly capacity: number;
  /** Each value holds until the next: of a source that tells what changes, when it does. */
  readonly holds: boolean;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  /** Of the oldest. */
  #start = 0;
  #length = 0;

  /** @param capacity - Samples that it holds, gaps included. */
  constructor(capacity: number = CAPACITY, holds: boolean = false) {
    this.capacity = capacity;
    this.holds = holds;
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Adds the newest; the oldest makes room. A clock that was set back stands still until it has caught up. */
  push(time: number, value: number): void {
    const last = this.#length > 0 ? this.timeAt(this.#length - 1) : time;
    const at = this.#index(this.#length);
    this.#times[at] = Math.max(time, last);
    this.#values[at] = value;
    if (this.#length < this.capacity) this.#length += 1;
    else this.#start = this.#index(1);
  }

  /** From here until the next sample nothing is known. */
  pushGap(time: number): void {
    if (this.#length > 0 && !Number.isNaN(this.valueAt(this.#length - 1))) {
      this.push(time, Number.NaN);
    }
  }

  /** Milliseconds since 1970 of a sample; 0 is the oldest. */
  timeAt(i: number): number {
    return this.#times[this.#index(i)] as number;
  }

  /** Its value; NaN is a gap. */
  valueAt(i: number): number {
    return this.#values[this.#index(i)] as number;
  }

  /** The first sample that is not before `time`; `length` where there is none. */
  firstFrom(time: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #index(i: number): number {
    const at = this.#start + i;
    return at < this.capacity ? at : at - this.capacity;
  }
}

/** The newest value, before the gap that may be there now; NaN where there is none. */
export function lastOf(series: Series): number {
  const i = series.length - 1;
  if (i < 0) return Number.NaN;
  const last = series.valueAt(i);
  return Number.isNaN(last) && i > 0 ? series.valueAt(i - 1) : last;
}

/** Least and greatest value of what a plot shows of a series; NaN where it shows nothing. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}

export function extentOf(series: Series, { from, to }: Span): Extent {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = series.firstFrom(from); i < series.length && series.timeAt(i) <= to; i++) {
    const value = series.valueAt(i);
    // No comparison with NaN is true.
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : { min: Number.NaN, max: Number.NaN };
}

/** All that there is. */
export const EVERYTHING: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** From when to when, in milliseconds since 1970, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
