import type { ComponentChildren, JSX } from "preact";

/** What may be wider or longer than there is room: it scrolls by itself, and so can be reached by keyboard. */
export function Scrolling({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scrolls" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** Text as it is, line by line. */
export function LongText({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): JSX.Element {
  return (
    <Scrolling label={label}>
      <pre class="value">{text}</pre>
    </Scrolling>
  );
}
