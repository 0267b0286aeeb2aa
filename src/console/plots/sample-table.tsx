import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { rowsOf } from "./csv.ts";
import { shortNumber } from "./numbers.ts";
import { type Recording, seriesIn } from "./recording.ts";
import type { Span } from "./series.ts";

/** Rows of the table, of the newest that is shown. */
const TABLE_ROWS = 50;

export interface SampleTableProps {
  readonly recordings: readonly Recording[];
  readonly span: Span;
}

/** The newest samples that are shown, as a table; they are looked for while it is open. */
export function SampleTable({ recordings, span }: SampleTableProps): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  const numbers = recordings.filter(({ recorded }) => recorded.name === "numbers");
  if (numbers.length === 0) return null;
  const rows = isOpen ? [...rowsOf(seriesIn(numbers), span)].slice(-TABLE_ROWS).reverse() : [];
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Values as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section class="scrolling samples" tabIndex={0} aria-label="Values as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Time (UTC)</th>
              {numbers.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ time, values }) => (
              <tr key={time}>
                <th scope="row">{new Date(time).toISOString().slice(0, -1).replace("T", " ")}</th>
                {values.map((value, k) => (
                  <td key={numbers[k]?.name}>{value === undefined ? "" : shortNumber(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
