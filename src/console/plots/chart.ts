import uPlot from "uplot";
import { axisLabels } from "./numbers.ts";
import "uplot/dist/uPlot.min.css";
import { COLOURS, DASHES } from "./dashes.ts";
import type { Drawn } from "./grid.ts";

/** What is drawn: places along the axis, ascending, and what each line has there. */
export interface ChartData {
  readonly x: ArrayLike<number>;
  readonly lines: readonly ArrayLike<Drawn>[];
}

/** A part of the axis, both ends included. */
export interface Ends {
  readonly from: number;
  readonly to: number;
}

/** What is at a place of the axis: the nearest that each line has, or nothing. */
export interface Pointed {
  readonly x: number;
  readonly values: readonly Drawn[];
}

export interface ChartOptions {
  /** Of each line, whether it goes from one value to the next in a step. */
  readonly steps: readonly boolean[];
  /** The axis is of seconds since 1970; else of indices. */
  readonly isTime: boolean;
  readonly unit?: string | undefined;
  /** Somebody chose a part of the axis with the mouse. */
  readonly chosen?: ((ends: Ends) => void) | undefined;
  /** The pointer is over a place; undefined when it has left. */
  readonly pointed?: ((at: Pointed | undefined) => void) | undefined;
}

const HEIGHT = 240;

/** What stands below the first label, and below the first of a day. */
const DAY = "\n{YYYY}-{MM}-{DD}";

/**
 * A drawing of lines on a canvas, by uPlot. In a file of its own, so that a page that draws nothing does not load it.
 * Its colours are custom properties of the element that it stands in.
 */
export class Chart {
  readonly #plot: uPlot;
  readonly #place: HTMLElement;
  /** Wears a colour, so that the browser says what it comes to: of a custom property it gives the text alone. */
  readonly #ink = document.createElement("i");
  readonly #resize: ResizeObserver;
  readonly #end = new AbortController();
  #ends: Ends | undefined;

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#place = place;
    this.#ink.hidden = true;
    place.append(this.#ink);
    this.#plot = new uPlot(this.#optionsOf(options), [[]], place);
    this.#resize = new ResizeObserver(() => {
      if (place.clientWidth > 0) this.#plot.setSize({ width: place.clientWidth, height: HEIGHT });
    });
    this.#resize.observe(place);
    const { signal } = this.#end;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.#plot.redraw(false), { signal });
    // The page's own switch of colours.
    const theme = new MutationObserver(() => this.#plot.redraw(false));
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => theme.disconnect());
  }

  /** Draws anew. The arrays are kept until the next drawing, for which they may be written into. */
  draw({ x, lines }: ChartData, ends: Ends | undefined): void {
    this.#ends = ends;
    this.#plot.setData([x, ...lines] as unknown as uPlot.AlignedData);
  }

  close(): void {
    this.#end.abort();
    this.#resize.disconnect();
    this.#plot.destroy();
    this.#ink.remove();
  }

  #colour(name: string): string {
    this.#ink.style.color = `var(${name})`;
    return getComputedStyle(this.#ink).color;
  }

  #optionsOf({ steps, isTime, unit, chosen, pointed }: ChartOptions): uPlot.Options {
    const colour = (name: string) => () => this.#colour(name);
    const axis: uPlot.Axis = {
      stroke: colour("--quiet"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { stroke: colour("--line"), width: 1 },
    };
    return {
      width: this.#place.clientWidth || 300,
      height: HEIGHT,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        hover: { skip: [undefined, null] },
      },
      scales: {
        x: {
          time: isTime,
          range: (_, min, max) => (this.#ends ? [this.#ends.from, this.#ends.to] : [min, max]),
        },
      },
      axes: [
        { ...axis, ...(isTime && { values: TIMES, space: 70 }) },
        {
          ...axis,
          size: 64,
          values: (_, places, __, ___, step) => axisLabels(places, step),
          ...(unit && { label: unit, labelSize: 20 }),
        },
      ],
      series: [
        {},
        ...steps.map((isStep, i): uPlot.Series => {
          const dash = DASHES[i % DASHES.length] as number[];
          const points = { show: isSparse, size: 4 };
          return {
            stroke: colour(`--line-${i % COLOURS}`),
            width: 1.5,
            dash,
            points,
            ...(isStep && { paths: STEPPED }),
          };
        }),
      ],
      hooks: {
        setCursor: [
          (plot) => {
            const { left = -1, idxs = [] } = plot.cursor;
            if (left < 0) return pointed?.(undefined);
            const values = steps.map((_, line) => plot.data[line + 1]?.[idxs[line + 1] ?? -1]);
            pointed?.({ x: plot.posToVal(left, "x"), values });
          },
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width === 0) return;
            const from = plot.posToVal(left, "x");
            const to = plot.posToVal(left + width, "x");
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            chosen?.({ from, to });
          },
        ],
      },
    };
  }
}

const STEPPED = uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder;

/** Where there are few samples it is seen where they are; one alone would not be seen at all. */
function isSparse({ data }: uPlot, line: number): boolean {
  let count = 0;
  for (const value of data[line] ?? []) if (value != null) count += 1;
  return count <= FEW;
}
const FEW = 60;

/** Hours from 0 to 24, and dates as ISO has them; in each row what stands where a year, a day or a minute begins. */
const TIMES: uPlot.Axis.Values = (
  [
    [86_400, "{YYYY}-{MM}-{DD}", null, null, null],
    [60, "{HH}:{mm}", DAY, DAY, null],
    [1, "{HH}:{mm}:{ss}", DAY, DAY, null],
    [0.001, "{ss}.{fff}", `${DAY} {HH}:{mm}`, `${DAY} {HH}:{mm}`, "\n{HH}:{mm}"],
  ] as const
).map(([step, text, year, day, minute]) => [step, text, year, day, day, null, minute, minute, 1]);
