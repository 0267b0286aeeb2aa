const ROWS = "[data-row]:not(:disabled)";

/** To the first row of the tree on this page; false where there is none. */
export function enterTree(): boolean {
  const first = document.querySelector<HTMLElement>(`.tree ${ROWS}`);
  first?.focus();
  return first !== null;
}

/** What the arrow keys do in a tree of nested lists: rows are what has `data-row`. */
export function moveInTree(event: KeyboardEvent & { readonly currentTarget: Element }): void {
  const { key, currentTarget, target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  if (row === null) return;
  const rows = [...currentTarget.querySelectorAll<HTMLElement>(ROWS)];
  const to = nextRow(key, row, rows);
  if (to === undefined) return;
  event.preventDefault();
  to.focus();
}

function nextRow(
  key: string,
  row: HTMLElement,
  rows: readonly HTMLElement[],
): HTMLElement | undefined {
  const at = rows.indexOf(row);
  switch (key) {
    case "ArrowDown":
      return rows[at + 1];
    case "ArrowUp":
      return rows[at - 1];
    case "Home":
      return rows[0];
    case "End":
      return rows.at(-1);
    case "ArrowRight":
      if (row.getAttribute("aria-expanded") === "true") return rows[at + 1];
      if (row.getAttribute("aria-expanded") === "false") row.click();
      return row;
    case "ArrowLeft":
      if (row.getAttribute("aria-expanded") === "true") {
        row.click();
        return row;
      }
      return above(row) ?? row;
    default:
      return undefined;
  }
}

/** The row of what a row belongs to. */
function above(row: HTMLElement): HTMLElement | undefined {
  const parent = row.closest(".below")?.parentElement;
  return parent?.querySelector<HTMLElement>(ROWS) ?? undefined;
}
