import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { nameOf, type Source } from "../live/source.ts";
import { useObservable } from "../observing.ts";
import { hrefOf } from "../router.ts";
import { useSession } from "../session.ts";
import { added, isShown } from "./layout.ts";
import "./parts.css";

/**
 * Adds a source to the newest plot, or to a first one. What is on a plot already leads there. It stands beside whatever
 * can be drawn: attributes, streams, fields of models.
 */
export function AddToPlot({ source }: { readonly source: Source }): JSX.Element {
  const { plots } = useSession();
  const layout = useObservable(plots.layout);
  const name = nameOf(source);
  const shown = isShown(layout, source);
  const link = useRef<HTMLAnchorElement>(null);
  const pressed = useRef(false);
  useEffect(() => {
    // The button is gone, and the link in its place has what the button had.
    if (shown && pressed.current) link.current?.focus();
    pressed.current = false;
  }, [shown]);
  if (shown) {
    return (
      <a
        ref={link}
        class="plotted"
        href={hrefOf({ name: "plots" })}
        aria-label={`${name} is on a plot`}
      >
        on a plot
      </a>
    );
  }
  return (
    <button
      type="button"
      class="add-to-plot"
      aria-label={`Add ${name} to a plot`}
      onClick={() => {
        pressed.current = true;
        plots.change((now) => added(now, source, now.at(-1)?.id));
      }}
    >
      + plot
    </button>
  );
}
