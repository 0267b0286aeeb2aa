import { numberIn, rowIn } from "../live/source.ts";

/** What is kept of the items of a stream, however long it goes. */
const MOST_ITEMS = 100;
const MOST_NUMBERS = 2_000;
const MOST_ROWS = 200;

/** The items of a stream so far, as they are shown. */
export interface ItemsView {
  readonly count: number;
  /** The last of them, oldest first. */
  readonly last: readonly unknown[];
  /** Where all were numbers: the last of those, oldest first. */
  readonly numbers: readonly number[] | undefined;
  /** Where all were rows of one length: the last of those, oldest first. */
  readonly rows: readonly ArrayLike<number>[] | undefined;
}

/** Collects the items of a stream. */
export class Items {
  #count = 0;
  readonly #last: unknown[] = [];
  #numbers: number[] | undefined = [];
  #rows: ArrayLike<number>[] | undefined = [];

  add(item: unknown): void {
    this.#count += 1;
    keep(this.#last, item, MOST_ITEMS);
    this.#numbers = extended(this.#numbers, numberIn(item), MOST_NUMBERS);
    const row = rowIn(item);
    const fits = row !== undefined && (this.#rows?.[0]?.length ?? row.length) === row.length;
    this.#rows = extended(this.#rows, fits ? row : undefined, MOST_ROWS);
  }

  view(): ItemsView {
    return {
      count: this.#count,
      last: [...this.#last],
      numbers: this.#numbers && [...this.#numbers],
      rows: this.#rows && [...this.#rows],
    };
  }
}

/** Undefined from the first item on that is none of the kind. */
function extended<T>(kept: T[] | undefined, item: T | undefined, most: number): T[] | undefined {
  if (kept === undefined || item === undefined) return undefined;
  keep(kept, item, most);
  return kept;
}

function keep<T>(kept: T[], item: T, most: number): void {
  kept.push(item);
  // Not at each item: to shift a long array takes as long as to copy it.
  if (kept.length >= 2 * most) kept.splice(0, kept.length - most);
}
