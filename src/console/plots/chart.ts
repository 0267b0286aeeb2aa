import uPlot from "uplot";
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

export interface ChartOptions {
  /** How many lines there are. */
  readonly lines: number;
  /** The axis is of seconds since 1970; else of indices. */
  readonly isTime: boolean;
  readonly unit?: string | undefined;
  /** Somebody chose a part of the axis with the mouse. */
  readonly chosen?: ((ends: Ends) => void) | undefined;
}

const HEIGHT = 240;

/**
 * A drawing of lines on a canvas, by uPlot. In a file of its own, so that a page that draws nothing does not load it.
 * Its colours are custom properties of the element that it stands in.
 */
export class Chart {
  readonly #plot: uPlot;
  readonly #place: HTMLElement;
  readonly #resize: ResizeObserver;
  readonly #end = new AbortController();
  #ends: Ends | undefined;

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#place = place;
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

  /** Draws anew. The arrays are read, and not kept: they may be written into afterwards. */
  draw({ x, lines }: ChartData, ends: Ends | undefined): void {
    this.#ends = ends;
    this.#plot.setData([x, ...lines] as unknown as uPlot.AlignedData);
  }

  close(): void {
    this.#end.abort();
    this.#resize.disconnect();
    this.#plot.destroy();
  }

  #optionsOf({ lines, isTime, unit, chosen }: ChartOptions): uPlot.Options {
    const colour = (name: string) => () =>
      getComputedStyle(this.#place).getPropertyValue(name).trim();
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
        points: { show: lines <= COLOURS },
        hover: { skip: [undefined, null] },
      },
      scales: {
        x: {
          time: isTime,
          range: (_, min, max) => (this.#ends ? [this.#ends.from, this.#ends.to] : [min, max]),
        },
      },
      axes: [axis, { ...axis, size: 64, ...(unit && { label: unit, labelSize: 20 }) }],
      series: [
        {},
        ...Array.from({ length: lines }, (_, i): uPlot.Series => {
          const dash = DASHES[i % DASHES.length] as number[];
          return { stroke: colour(`--line-${i % COLOURS}`), width: 1.5, dash, points: POINTS };
        }),
      ],
      hooks: {
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

/** A line of few samples shows where they are; uPlot judges how many fit. */
const POINTS: uPlot.Series.Points = { size: 4 };
