import type { Series, Span } from "./series.ts";

/** What is drawn at one time: a value, `null` for a gap (the line ends), `undefined` for no sample (the line goes on). */
export type Drawn = number | null | undefined;

/** What a canvas can show of series: a common axis of times, and beside it what is drawn of each series. */
export interface Grid {
  /** Seconds since 1970. */
  readonly times: number[];
  readonly values: readonly Drawn[][];
}

/** Of a column of pixels: a gap at its beginning, two values, a gap at its end. */
const SLOTS = 4;

/**
 * Thins series out for a canvas: of the samples in one column of pixels the least and the greatest stay, in their order,
 * so that a peak of one sample is seen at any zoom. Lines go to the edges, where there are samples beyond them. A gap
 * within one column cannot be seen.
 * @param now - Milliseconds since 1970: until then the newest of what holds is drawn.
 * @param into - The grid of the last time, whose memory is used again. It must be of as many series.
 */
export function gridOf(
  all: readonly Series[],
  span: Span,
  columns: number,
  now: number,
  into: Grid = { times: [], values: all.map(() => []) },
): Grid {
  const { from, to } = span;
  const slots = SLOTS * columns + 2;
  const width = (to - from) / columns;
  into.times.length = slots;
  into.times[0] = from / 1000;
  for (let slot = 0; slot < SLOTS * columns; slot++) {
    into.times[1 + slot] = (from + ((slot + 0.5) / SLOTS) * width) / 1000;
  }
  into.times[slots - 1] = to / 1000;
  all.forEach((series, k) => {
    const drawn = into.values[k] as Drawn[];
    drawn.length = slots;
    drawn.fill(undefined);
    drawn[0] = atEdge(series, series.firstFrom(from), from);
    const end = thin(series, span, columns, drawn);
    if (end < series.length) drawn[slots - 1] = atEdge(series, end, to);
    else if (series.holds) hold(series, span, now, drawn);
  });
  return into;
}

/** What a line has at a time between sample `i` and the one before it. */
function atEdge(series: Series, i: number, time: number): Drawn {
  if (i === 0 || i >= series.length) return undefined;
  const [t0, t1] = [series.timeAt(i - 1), series.timeAt(i)];
  const [v0, v1] = [series.valueAt(i - 1), series.valueAt(i)];
  if (Number.isNaN(v0)) return null;
  if (Number.isNaN(v1) || series.holds) return v0;
  return t1 > t0 ? v0 + ((v1 - v0) * (time - t0)) / (t1 - t0) : v1;
}

/** Draws the newest value until now. */
function hold(series: Series, { from, to }: Span, now: number, drawn: Drawn[]): void {
  const last = series.length > 0 ? series.valueAt(series.length - 1) : Number.NaN;
  if (Number.isNaN(last) || now < from) return;
  const slots = drawn.length - 2;
  const slot = Math.floor(((now - from) / (to - from)) * slots);
  drawn[1 + Math.min(slot, slots)] = last;
  if (now < to) return;
  // It held before what is shown, too.
  if (series.timeAt(series.length - 1) < from) drawn[0] = last;
}

/** @returns the first sample after the span. */
function thin(series: Series, { from, to }: Span, columns: number, drawn: Drawn[]): number {
  const perMs = columns / (to - from);
  const end = series.firstFrom(to);
  const column = new Column();
  for (let i = series.firstFrom(from); i < end; i++) {
    const position = (series.timeAt(i) - from) * perMs;
    if (Math.floor(position) !== column.number) {
      column.draw(drawn);
      column.begin(Math.floor(position));
    }
    column.add(series.valueAt(i), position);
  }
  column.draw(drawn);
  return end;
}

/** What one column of pixels has of one series. */
class Column {
  number = -1;
  #count = 0;
  #least = 0;
  #greatest = 0;
  #leastIsLater = false;
  #isLate = false;
  #beginsWithGap = false;
  #endsWithGap = false;

  begin(number: number): void {
    this.number = number;
    this.#count = 0;
    this.#beginsWithGap = false;
    this.#endsWithGap = false;
  }

  add(value: number, position: number): void {
    this.#endsWithGap = Number.isNaN(value);
    if (this.#endsWithGap) {
      this.#beginsWithGap ||= this.#count === 0;
      return;
    }
    if (this.#count === 0 || value < this.#least) {
      this.#least = value;
      this.#leastIsLater = true;
    }
    if (this.#count === 0 || value > this.#greatest) {
      this.#greatest = value;
      this.#leastIsLater = false;
    }
    this.#isLate = position - this.number >= 0.5;
    this.#count += 1;
  }

  draw(drawn: Drawn[]): void {
    if (this.number < 0) return;
    const slot = 1 + SLOTS * this.number;
    if (this.#beginsWithGap) drawn[slot] = null;
    if (this.#count === 1) drawn[slot + (this.#isLate ? 2 : 1)] = this.#least;
    else if (this.#count > 1) {
      drawn[slot + 1] = this.#leastIsLater ? this.#greatest : this.#least;
      drawn[slot + 2] = this.#leastIsLater ? this.#least : this.#greatest;
    }
    if (this.#endsWithGap) drawn[slot + 3] = null;
  }
}
