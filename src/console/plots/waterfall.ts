import { type Range, type Raster, rangeOf, rasterOf, type Table } from "./raster.ts";

const ROWS = 256;
/** Longer rows are thinned out to it when they come. */
const MAX_COLUMNS = 1024;
/** The range of a row that has none. */
const EMPTY: Range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };

/** The newest rows of a spectrometer, or of another source of rows of numbers, in memory that does not grow. */
export class Waterfall {
  readonly rows: number;
  #columns = 0;
  /** A ring of rows; those that never were are NaN. */
  #values = new Float64Array(0);
  readonly #times: Float64Array;
  readonly #lows: Float64Array;
  readonly #highs: Float64Array;
  #next = 0;
  #length = 0;

  /** @param rows - Rows that it holds. */
  constructor(rows: number = ROWS) {
    this.rows = rows;
    this.#times = new Float64Array(rows);
    this.#lows = new Float64Array(rows);
    this.#highs = new Float64Array(rows);
  }

  get length(): number {
    return this.#length;
  }

  /** Values in a row as it is kept. */
  get columns(): number {
    return this.#columns;
  }

  /** Adds the newest. One of another length is the beginning of another waterfall. */
  push(time: number, row: ArrayLike<number>): void {
    const kept = thinned(row);
    if (kept.length !== this.#columns) this.#clear(kept.length);
    this.#values.set(kept, this.#next * this.#columns);
    this.#times[this.#next] = time;
    const { low, high } = kept.some(Number.isFinite) ? rangeOf(kept) : EMPTY;
    this.#lows[this.#next] = low;
    this.#highs[this.#next] = high;
    this.#next = (this.#next + 1) % this.rows;
    this.#length = Math.min(this.#length + 1, this.rows);
  }

  /** From here until the next row nothing is known: a row of nothing, if the newest is not one already. */
  pushGap(time: number): void {
    if (this.#length === 0 || this.#lows[this.#at(0)] === EMPTY.low) return;
    this.push(time, new Float64Array(this.#columns).fill(Number.NaN));
  }

  /** When a row came; 0 is the newest. */
  timeAt(age: number): number {
    return this.#times[this.#at(age)] as number;
  }

  /** Of all rows that are held. */
  get range(): Range {
    const low = Math.min(...this.#lows.subarray(0, this.#length));
    const high = Math.max(...this.#highs.subarray(0, this.#length));
    return low <= high ? { low, high } : { low: 0, high: 1 };
  }

  /** All rows, the newest first. */
  table(): Table & { readonly values: Float64Array } {
    const values = new Float64Array(this.rows * this.#columns).fill(Number.NaN);
    for (let age = 0; age < this.#length; age++) {
      const from = this.#at(age) * this.#columns;
      values.set(this.#values.subarray(from, from + this.#columns), age * this.#columns);
    }
    return { values, rows: this.rows, columns: this.#columns };
  }

  /** As a picture, the newest row at the top. */
  paint(range: Range = this.range): Raster {
    return rasterOf(this.table(), range);
  }

  /** Where a row is in the ring; 0 is the newest. */
  #at(age: number): number {
    return (this.#next - 1 - age + this.rows) % this.rows;
  }

  #clear(columns: number): void {
    this.#columns = columns;
    this.#values = new Float64Array(this.rows * columns);
    this.#next = 0;
    this.#length = 0;
  }
}

/** The greatest of the values that share a column. */
function thinned(row: ArrayLike<number>): Float64Array {
  if (row.length <= MAX_COLUMNS) return Float64Array.from(row);
  const kept = new Float64Array(MAX_COLUMNS).fill(Number.NaN);
  for (let i = 0; i < row.length; i++) {
    const at = Math.floor((i * MAX_COLUMNS) / row.length);
    const value = row[i] as number;
    if (!(value <= (kept[at] as number)) && !Number.isNaN(value)) kept[at] = value;
  }
  return kept;
}
