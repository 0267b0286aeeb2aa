import { Observable } from "../../objects/observable.ts";
import type { Following } from "../live/live-object.ts";
import type { Source } from "../live/source.ts";
import { type Layout, readLayout } from "./layout.ts";
import { type Recording, Recordings } from "./recording.ts";

const NAME = "bunsen.plots";

/** A place that keeps a text: `localStorage`. */
export type Store = Pick<Storage, "getItem" | "setItem">;

/**
 * The plots of a page: what they show, and what was recorded for them. They record from the moment that they are begun,
 * on whichever page one is, until they are removed.
 */
export class Plots {
  readonly layout: Observable<Layout>;
  readonly #recordings: Recordings;
  readonly #store: Store;

  constructor(follow: (source: Source) => Following, store: Store) {
    this.#recordings = new Recordings(follow);
    this.#store = store;
    this.layout = new Observable(readLayout(store.getItem(NAME)));
  }

  /** Begins to record what was shown when the page was last open: before, it costs the objects nothing. */
  begin(): void {
    this.#record(this.layout.value);
  }

  change(by: (layout: Layout) => Layout): void {
    const layout = by(this.layout.value);
    if (layout === this.layout.value) return;
    this.#store.setItem(NAME, JSON.stringify(layout));
    this.#record(layout);
    this.layout.set(layout);
  }

  recordingOf(source: Source): Recording | undefined {
    return this.#recordings.of(source);
  }

  #record(layout: Layout): void {
    this.#recordings.set(layout.flatMap(({ sources }) => sources));
  }
}
