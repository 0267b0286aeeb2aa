import type { Observable } from "../../objects/observable.ts";
import type { Live } from "../live/live.ts";
import type { Following } from "../live/live-object.ts";
import { nameOf, numberIn, rowIn, type Source, unitOf, valueIn } from "../live/source.ts";
import { Series } from "./series.ts";
import { Waterfall } from "./waterfall.ts";

/** What a source turned out to give. */
export type Recorded =
  /** Nothing came so far. */
  | { readonly name: "nothing" }
  | { readonly name: "numbers"; readonly series: Series }
  /** Rows of numbers: the newest as it came, and those before it. */
  | { readonly name: "rows"; readonly waterfall: Waterfall; readonly row: ArrayLike<number> }
  /** Neither: it cannot be drawn. */
  | { readonly name: "other" };

/** Keeps what one source gives from now on, in memory that does not grow, until it is closed. */
export class Recording {
  readonly source: Source;
  readonly live: Observable<Live>;
  recorded: Recorded = { name: "nothing" };
  unit: string | undefined;
  readonly #following: Following;
  readonly #unsubscribe: () => void;
  #sample: Live["sample"];

  constructor(source: Source, following: Following) {
    this.source = source;
    this.#following = following;
    this.live = following.live;
    this.#unsubscribe = this.live.subscribe((live) => this.#take(live));
    this.#take(this.live.value);
  }

  get name(): string {
    return nameOf(this.source);
  }

  close(): void {
    this.#unsubscribe();
    this.#following.close();
  }

  #take({ sample, freshness }: Live): void {
    if (sample && sample !== this.#sample) {
      this.#sample = sample;
      this.#add(sample.time, valueIn(this.source, sample.value));
    }
    if (freshness.name !== "stale") return;
    const { recorded } = this;
    if (recorded.name === "numbers") recorded.series.pushGap(freshness.since);
    if (recorded.name === "rows") recorded.waterfall.pushGap(freshness.since);
  }

  #add(time: number, value: unknown): void {
    const { recorded } = this;
    this.unit = unitOf(value) ?? this.unit;
    const number = numberIn(value);
    if (number !== undefined) {
      const series = recorded.name === "numbers" ? recorded.series : this.#newSeries();
      series.push(time, number);
      if (recorded.name !== "numbers") this.recorded = { name: "numbers", series };
      return;
    }
    const row = rowIn(value);
    if (row !== undefined) {
      const waterfall = recorded.name === "rows" ? recorded.waterfall : new Waterfall();
      waterfall.push(time, row);
      this.recorded = { name: "rows", waterfall, row };
    } else if (recorded.name === "numbers") {
      // None, or a text for once: there is no value then.
      recorded.series.pushGap(time);
    } else if (recorded.name === "nothing") this.recorded = { name: "other" };
  }

  #newSeries(): Series {
    return new Series(undefined, this.source.kind === "model");
  }
}

/** Recordings of sources, one of each, for all plots that show it. */
export class Recordings {
  readonly #follow: (source: Source) => Following;
  readonly #recordings = new Map<string, Recording>();

  constructor(follow: (source: Source) => Following) {
    this.#follow = follow;
  }

  /** Records these sources, and no others. What was recorded of those that stay is kept. */
  set(sources: readonly Source[]): void {
    const wanted = new Map(sources.map((source) => [JSON.stringify(source), source]));
    for (const [key, recording] of this.#recordings) {
      if (wanted.has(key)) continue;
      recording.close();
      this.#recordings.delete(key);
    }
    for (const [key, source] of wanted) {
      if (this.#recordings.has(key)) continue;
      this.#recordings.set(key, new Recording(source, this.#follow(source)));
    }
  }

  of(source: Source): Recording | undefined {
    return this.#recordings.get(JSON.stringify(source));
  }
}

/** The series of those that give numbers, in their order. */
export function seriesIn(recordings: readonly Recording[]): Series[] {
  return recordings.flatMap(({ recorded }) =>
    recorded.name === "numbers" ? [recorded.series] : [],
  );
}
