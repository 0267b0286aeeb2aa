import type { Series, Span } from "./series.ts";
import type { Waterfall } from "./waterfall.ts";

/** One column. */
export interface Column {
  /** Its heading, with the unit. */
  readonly name: string;
  readonly series: Series;
}

/** What all series have at one time; undefined where one has nothing. */
export interface Row {
  readonly time: number;
  readonly values: readonly (number | undefined)[];
}

/** A row for each time at which any series has a sample, ascending. Gaps have no row: where nothing was known are no times. */
export function* rowsOf(all: readonly Series[], { from, to }: Span): Generator<Row> {
  const next = all.map((series) => afterGaps(series, series.firstFrom(from)));
  for (;;) {
    let time = Number.POSITIVE_INFINITY;
    all.forEach((series, k) => {
      const i = next[k] as number;
      if (i < series.length) time = Math.min(time, series.timeAt(i));
    });
    if (!(time <= to) || time === Number.POSITIVE_INFINITY) return;
    const values = all.map((series, k) => {
      const i = next[k] as number;
      if (i >= series.length || series.timeAt(i) !== time) return undefined;
      next[k] = afterGaps(series, i + 1);
      return series.valueAt(i);
    });
    yield { time, values };
  }
}

/**
 * Samples as CSV (RFC 4180, with CRLF): a row for each time, in ISO 8601 with milliseconds, UTC; a column for each series,
 * empty where it has no sample at that time. In pieces, of which a `Blob` is made without one long text.
 */
export function csvPieces(columns: readonly Column[], span: Span): Generator<string> {
  const series = columns.map((column) => column.series);
  const names = ["time", ...columns.map(({ name }) => name)];
  return pieces(names, rowsOf(series, span));
}

/** Rows of a waterfall as CSV, the oldest first: a column for each value, named by its index. Gaps have no row. */
export function waterfallCsv(waterfall: Waterfall): Generator<string> {
  const names = ["time", ...Array.from({ length: waterfall.columns }, (_, i) => String(i))];
  return pieces(names, waterfallRows(waterfall));
}

function* waterfallRows(waterfall: Waterfall): Generator<Row> {
  const { values, columns } = waterfall.table();
  for (let age = waterfall.length - 1; age >= 0; age--) {
    const row = Array.from(values.subarray(age * columns, (age + 1) * columns));
    if (!row.every(Number.isNaN)) yield { time: waterfall.timeAt(age), values: row };
  }
}

/** Cells that are made into one piece of text. */
const CELLS_A_PIECE = 1_000;

function* pieces(names: readonly string[], rows: Iterable<Row>): Generator<string> {
  yield `${names.map(textCell).join(",")}\r\n`;
  let piece: string[] = [];
  for (const { time, values } of rows) {
    const cells = values.map((value) => value ?? "").join(",");
    piece.push(`${new Date(time).toISOString()},${cells}\r\n`);
    if (piece.length * names.length < CELLS_A_PIECE) continue;
    yield piece.join("");
    piece = [];
  }
  if (piece.length > 0) yield piece.join("");
}

function afterGaps(series: Series, i: number): number {
  let at = i;
  while (at < series.length && Number.isNaN(series.valueAt(at))) at += 1;
  return at;
}

/** Names come from elsewhere: one that a spreadsheet would take for a formula is made a text. */
function textCell(name: string): string {
  const text = /^[=+\-@\t\r]/.test(name) ? `'${name}` : name;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
