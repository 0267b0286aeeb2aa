import type { Source } from "../live/source.ts";

/** Plots, and what each shows, in their order. It is kept for the next time that the page is opened. */
export type Layout = readonly PlotLayout[];

export interface PlotLayout {
  /** Its own, as long as it is there. */
  readonly id: number;
  readonly sources: readonly Source[];
}

/** More lines than that are no picture. */
export const MAX_SOURCES = 12;

/** Adds a source to a plot, or to a new one where that is undefined, or full. One that is on it already stays. */
export function added(layout: Layout, source: Source, id?: number): Layout {
  const plot = layout.find((one) => one.id === id);
  if (plot === undefined || (plot.sources.length >= MAX_SOURCES && !has(plot, source))) {
    return [...layout, { id: nextId(layout), sources: [source] }];
  }
  if (has(plot, source)) return layout;
  return replaced(layout, { ...plot, sources: [...plot.sources, source] });
}

/** Takes a source off a plot. A plot of nothing is none. */
export function removed(layout: Layout, source: Source, id: number): Layout {
  const plot = layout.find((one) => one.id === id);
  if (plot === undefined) return layout;
  const sources = plot.sources.filter((one) => !same(one, source));
  return sources.length > 0 ? replaced(layout, { id, sources }) : withoutPlot(layout, id);
}

export function withoutPlot(layout: Layout, id: number): Layout {
  return layout.filter((one) => one.id !== id);
}

/** Moves a source from one plot to another, or to a new one. */
export function moved(layout: Layout, source: Source, from: number, to?: number): Layout {
  return from === to ? layout : added(removed(layout, source, from), source, to);
}

/** Whether any plot shows it. */
export function isShown(layout: Layout, source: Source): boolean {
  return layout.some((plot) => has(plot, source));
}

/** Reads what `JSON.stringify` made of a layout; of anything else what can be understood. */
export function readLayout(text: string | null): Layout {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(stored)) return [];
  const layout: PlotLayout[] = [];
  for (const plot of stored) {
    const given: unknown = Object(plot).sources;
    const sources = Array.isArray(given) ? given.filter(isSource).slice(0, MAX_SOURCES) : [];
    if (sources.length > 0) layout.push({ id: nextId(layout), sources });
  }
  return layout;
}

function isSource(value: unknown): value is Source {
  const { object, kind, member, path, args, periodMs } = Object(value) as Record<string, unknown>;
  if (typeof object !== "string" || object === "") return false;
  if (kind !== "model" && (typeof member !== "string" || member === "")) return false;
  if (path !== undefined && !(Array.isArray(path) && path.every((key) => typeof key === "string")))
    return false;
  if (args !== undefined && !Array.isArray(args)) return false;
  if (periodMs !== undefined && !(typeof periodMs === "number" && periodMs > 0)) return false;
  return kind === "attribute" || kind === "stream" || kind === "model";
}

function replaced(layout: Layout, plot: PlotLayout): Layout {
  return layout.map((one) => (one.id === plot.id ? plot : one));
}

function has(plot: PlotLayout, source: Source): boolean {
  return plot.sources.some((one) => same(one, source));
}

function same(a: Source, b: Source): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function nextId(layout: Layout): number {
  return Math.max(0, ...layout.map(({ id }) => id)) + 1;
}
