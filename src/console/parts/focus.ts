/** Moves the focus to the content of the page: from what is about to go, which would take it along. */
export function focusMain(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}
