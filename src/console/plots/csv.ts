import type { Series, Span } from "./series.ts";

/** One column. */
export interface Column {
  /** Its heading, with the unit. */
  readonly name: string;
  readonly series: Series;
}

/** Rows that are made into one piece of text. */
const ROWS_A_PIECE = 500;

/**
 * Samples as CSV (RFC 4180, with CRLF): a row for each time at which any series has a sample, in ISO 8601 with
 * milliseconds, UTC; a column for each series, empty where it has none at that time. Gaps have no row: where nothing was
 * known is where there are no times. In pieces, of which a `Blob` is made without one long text.
 */
export function* csvPieces(columns: readonly Column[], { from, to }: Span): Generator<string> {
  yield `${["time", ...columns.map(({ name }) => textCell(name))].join(",")}\r\n`;
  const next = columns.map(({ series }) => afterGaps(series, series.firstFrom(from)));
  let piece: string[] = [];
  for (;;) {
    let time = Number.POSITIVE_INFINITY;
    columns.forEach(({ series }, k) => {
      const i = next[k] as number;
      if (i < series.length) time = Math.min(time, series.timeAt(i));
    });
    if (!(time <= to) || time === Number.POSITIVE_INFINITY) break;
    const cells = columns.map(({ series }, k) => {
      const i = next[k] as number;
      if (i >= series.length || series.timeAt(i) !== time) return "";
      next[k] = afterGaps(series, i + 1);
      return String(series.valueAt(i));
    });
    piece.push(`${new Date(time).toISOString()},${cells.join(",")}\r\n`);
    if (piece.length < ROWS_A_PIECE) continue;
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
