import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useObservable } from "../observing.ts";
import { type Act, snippetsOf } from "../snippets/index.ts";
import { Choice } from "./choice.tsx";
import { useObject } from "./context.ts";
import { LongText } from "./scrolling.tsx";

/** The same act as code, to copy. */
export function Snippets({
  act,
  what,
}: {
  /** Undefined while it is not known, since a form has errors. */
  readonly act: Act | undefined;
  readonly what: string;
}): JSX.Element {
  const { target, acts, language } = useObject();
  const chosen = useObservable(language);
  const [copied, setCopied] = useState("");
  const all = act && snippetsOf(acts.known(act), target);
  const shown = all?.find(({ label }) => label === chosen) ?? all?.[0];
  if (!all || !shown) {
    return <p class="muted">Fill in the fields, and the same call is here as code.</p>;
  }
  const { snippet } = shown;
  const text = "text" in snippet ? snippet.text : undefined;
  return (
    <div class="snippets">
      <div class="snippets-head">
        <Choice
          label={`language of ${what} as code`}
          options={all.map(({ label }) => label)}
          chosen={shown.label}
          nameOf={(label) => label}
          choose={(label) => {
            language.set(label);
            setCopied("");
          }}
        />
        {text !== undefined && (
          <button
            type="button"
            class="copy"
            aria-label={`copy ${what} as ${shown.label}`}
            onClick={async () => setCopied(await copy(text))}
          >
            Copy
          </button>
        )}
        <span role="status">{copied}</span>
      </div>
      {text === undefined ? (
        <p class="muted">{"reason" in snippet && snippet.reason}</p>
      ) : (
        <LongText text={text} label={`${what} as ${shown.label}`} />
      )}
    </div>
  );
}

/** Puts a text on the clipboard; says how that went. */
async function copy(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    return copyBySelection(text) ? "copied" : "select the text and copy it";
  }
}

/** Pages of plain http:// have no clipboard, but for what is selected. */
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
