import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Table } from "../results/table.ts";
import { LongText, Scrolling } from "./scrolling.tsx";
import { lineOf, longText } from "./texts.ts";

const FIRST_ROWS = 50;
const MORE_ROWS = 1_000;

export interface TableProps {
  readonly table: Table;
  readonly name: string;
  /** What the table was made of, to be seen as it is. */
  readonly value?: unknown;
}

/** Rows and columns; what else is in a cell is shown on one line. */
export function TableValue({ table, name, value }: TableProps): JSX.Element {
  const [rows, setRows] = useState(FIRST_ROWS);
  const { columns } = table;
  return (
    <div class="value">
      <Scrolling label={`table of ${name}`}>
        <table>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <th key={i} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.slice(0, rows).map((row, i) => (
              <tr key={i}>
                {columns.map((_, column) => (
                  <Cell key={column} value={row[column]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
      {table.rows.length > rows && (
        <p>
          {rows} of {table.rows.length} rows{" "}
          <button type="button" class="quiet" onClick={() => setRows(rows + MORE_ROWS)}>
            more
          </button>
        </p>
      )}
      {value !== undefined && (
        <details>
          <summary>as it came</summary>
          <LongText text={longText(value)} label={`${name} as it came`} />
        </details>
      )}
    </div>
  );
}

function Cell({ value }: { readonly value: unknown }): JSX.Element {
  if (value === undefined) return <td />;
  const isNumber = typeof value === "number" || typeof value === "bigint";
  const text = typeof value === "string" ? value : lineOf(value);
  return <td class={isNumber ? "number" : undefined}>{text}</td>;
}
