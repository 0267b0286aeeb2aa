/** Leads to the first field of a form that is wrong, once its error is there to be read. */
export function focusProblem(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => {
    form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  });
}
