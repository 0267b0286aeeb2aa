import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

/** Code to copy, folded until somebody asks for it: it is made only then. */
export function AsCode({ children }: { readonly children: () => ComponentChildren }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="as-code" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As code</summary>
      {isOpen && children()}
    </details>
  );
}
