const MAX_PAGE = 512;

/**
 * Names in order (of UTF-16 code units), for listing by prefix: two levels of arrays, so that adding one of 100,000
 * names moves a few hundred of them and not all.
 */
export class SortedNames {
  /** None is empty, except the only one. */
  readonly #pages: string[][] = [[]];

  /** Does nothing when the name is there already. */
  add(name: string): void {
    const { page, at, index, found } = this.#locate(name);
    if (found) return;
    page.splice(at, 0, name);
    if (page.length > MAX_PAGE) this.#pages.splice(index + 1, 0, page.splice(MAX_PAGE / 2));
  }

  delete(name: string): void {
    const { page, at, index, found } = this.#locate(name);
    if (!found) return;
    page.splice(at, 1);
    if (page.length === 0 && this.#pages.length > 1) this.#pages.splice(index, 1);
  }

  /** Up to `count` names with the prefix, beginning with the first that is not less than `from`. */
  startingWith(prefix: string, from: string, count: number): string[] {
    const names: string[] = [];
    let { at, index } = this.#locate(from);
    for (let page = this.#pages[index]; page; page = this.#pages[++index]) {
      for (; at < page.length; at++) {
        const name = page[at] as string;
        if (names.length === count || !name.startsWith(prefix)) return names;
        names.push(name);
      }
      at = 0;
    }
    return names;
  }

  /** Where the name is, or would be. */
  #locate(name: string): { page: string[]; at: number; index: number; found: boolean } {
    const after = partition(this.#pages, (page) => (page[0] ?? "") <= name);
    const index = Math.max(after - 1, 0);
    const page = this.#pages[index] as string[];
    const at = partition(page, (other) => other < name);
    return { page, at, index, found: page[at] === name };
  }
}

/** The number of leading items for which `holds`; it must hold for no item after one for which it does not. */
function partition<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
