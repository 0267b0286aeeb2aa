import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { saveCsv } from "../plots/save.ts";
import { magnitudes, type NumericArray } from "../results/numbers.ts";
import type { ArrayView } from "../results/rendering.ts";
import type { Table } from "../results/table.ts";
import { Chart } from "./chart.tsx";
import { Choice } from "./choice.tsx";
import { Picture } from "./picture.tsx";
import { TableValue } from "./table.tsx";

export interface ArrayProps {
  readonly array: NumericArray;
  /** What is possible; the first is shown at first. */
  readonly views: readonly ArrayView[];
  readonly name: string;
}

const NAMES: Readonly<Record<ArrayView, string>> = {
  line: "Line",
  image: "Image",
  waterfall: "Waterfall",
  numbers: "Numbers",
};

/** Numbers along axes: drawn as suits their shape, with a choice of how. */
export function ArrayValue({ array, views, name }: ArrayProps): JSX.Element {
  const [chosen, choose] = useState<ArrayView>();
  const [plane, setPlane] = useState(0);
  // What came before may have had another shape.
  const view = chosen !== undefined && views.includes(chosen) ? chosen : (views[0] ?? "numbers");
  const { shape, dtype, unit } = array;
  const planes = shape.slice(0, -2).reduce((product, length) => product * length, 1);
  const at = Math.min(plane, planes - 1);
  const shown = useMemo(() => planeOf(array, at), [array, at]);
  return (
    <div class="value array">
      <div class="array-head">
        <span>
          {shape.join(" × ")} {dtype ?? "numbers"}
          {unit !== undefined && ` in ${unit}`}
        </span>
        <Choice
          label={`how ${name} is shown`}
          options={views}
          chosen={view}
          nameOf={(one) => NAMES[one]}
          choose={choose}
        />
        <button type="button" class="quiet" onClick={() => saveCsv([csvOf(shown)], name)}>
          Save as CSV
        </button>
      </div>
      {planes > 1 && (
        <label class="plane">
          Plane {at} of 0 to {planes - 1}{" "}
          <input
            type="range"
            min={0}
            max={planes - 1}
            value={at}
            onInput={(event) => setPlane(event.currentTarget.valueAsNumber)}
          />
        </label>
      )}
      <Drawn array={shown} view={view} name={name} />
    </div>
  );
}

interface DrawnProps {
  readonly array: NumericArray;
  readonly view: ArrayView;
  readonly name: string;
}

function Drawn({ array, view, name }: DrawnProps): JSX.Element {
  const columns = array.shape.at(-1) ?? 1;
  const rows = array.shape.length < 2 ? 1 : (array.shape.at(-2) ?? 1);
  // An image has square pixels; rows of a waterfall are as high as there is room.
  const drawn = useMemo(() => {
    if (view === "line") return { view, lines: linesOf(array, rows, columns) };
    if (view === "numbers") return { view, table: tableOf(array, rows, columns) };
    return { view, table: { values: magnitudes(array), rows, columns } };
  }, [array, view, rows, columns]);
  const { unit } = array;
  switch (drawn.view) {
    case "line":
      return <Chart lines={drawn.lines} name={name} unit={unit} />;
    case "numbers":
      return <TableValue table={drawn.table} name={name} />;
    default:
      return (
        <Picture table={drawn.table} square={drawn.view === "image"} name={name} unit={unit} />
      );
  }
}

/** The last two axes, at one place along those before. */
function planeOf(array: NumericArray, plane: number): NumericArray {
  if (array.shape.length <= 2) return array;
  const shape = array.shape.slice(-2);
  const size = (shape[0] as number) * (shape[1] as number);
  const part = (values: ArrayLike<number>) =>
    Float64Array.from({ length: size }, (_, i) => values[plane * size + i] as number);
  const { exact, imaginary } = array;
  return {
    ...array,
    shape,
    values: part(array.values),
    ...(exact && { exact: Array.from({ length: size }, (_, i) => exact[plane * size + i] ?? 0n) }),
    ...(imaginary && { imaginary: part(imaginary) }),
  };
}

function linesOf(array: NumericArray, rows: number, columns: number) {
  const { imaginary, values } = array;
  const row = (of: ArrayLike<number>, at: number) =>
    Float64Array.from({ length: columns }, (_, i) => of[at * columns + i] as number);
  return Array.from({ length: rows }, (_, at) => {
    const label = rows === 1 ? "" : `row ${at}`;
    if (!imaginary) return [{ label: label || "value", values: row(values, at) }];
    return [
      { label: `${label} real`.trim(), values: row(values, at) },
      { label: `${label} imaginary`.trim(), values: row(imaginary, at) },
    ];
  }).flat();
}

function cellOf({ values, exact, imaginary }: NumericArray, at: number): unknown {
  if (!imaginary) return exact?.[at] ?? values[at];
  const im = imaginary[at] as number;
  return `${values[at]}${im < 0 ? "" : "+"}${im}j`;
}

/** A column of values with their places, or the rows as they are. */
function tableOf(array: NumericArray, rows: number, columns: number): Table {
  if (array.shape.length < 2) {
    const cells = Array.from({ length: columns }, (_, i) => [i, cellOf(array, i)]);
    return { columns: ["", array.unit ?? "value"], rows: cells };
  }
  const shown = Math.min(columns, MOST_COLUMNS);
  const names = Array.from({ length: shown }, (_, i) => `${i}`);
  return {
    columns: ["", ...names, ...(shown < columns ? ["…"] : [])],
    rows: Array.from({ length: rows }, (_, row) => [
      row,
      ...names.map((_, i) => cellOf(array, row * columns + i)),
    ]),
  };
}

/** More are in the file to save. */
const MOST_COLUMNS = 32;

function csvOf(array: NumericArray): string {
  const columns = array.shape.length < 2 ? 1 : (array.shape.at(-1) ?? 1);
  const lines: string[] = [];
  for (let at = 0; at < array.values.length; at += columns) {
    lines.push(Array.from({ length: columns }, (_, i) => `${cellOf(array, at + i)}`).join(","));
  }
  return `${lines.join("\n")}\n`;
}
