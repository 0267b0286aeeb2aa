import type { JSX } from "preact";
import { COLOURS, DASHES } from "./dashes.ts";
import "./parts.css";

/** What a line looks like, beside its name. */
export function Swatch({ line }: { readonly line: number }): JSX.Element {
  return (
    <svg class={`swatch line-${line % COLOURS}`} viewBox="0 0 24 8" aria-hidden="true">
      <path d="M0 4h24" stroke-dasharray={(DASHES[line % DASHES.length] as number[]).join(" ")} />
    </svg>
  );
}
