import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { isProxy } from "../../objects/proxy.ts";
import { saveAs } from "../parts/save.ts";
import { hexLines, sizeText } from "../results/hex.ts";
import { renderingOf } from "../results/rendering.ts";
import { hrefOf } from "../router.ts";
import { ArrayValue } from "./array.tsx";
import { nameAtGateway, nameOfObject } from "./names.ts";
import { LongText, Scrolling } from "./scrolling.tsx";
import { TableValue } from "./table.tsx";
import { longText, MOST_CHARACTERS } from "./texts.ts";

export interface ValueProps {
  readonly value: unknown;
  /** What it is the value of: the name of a file to save it as, and of a table. */
  readonly name: string;
}

/** A value, shown as suits its kind. */
export function Value({ value, name }: ValueProps): JSX.Element {
  const shown = useMemo(() => renderingOf(value, isProxy), [value]);
  switch (shown.kind) {
    case "nothing":
      return <p class="muted value">None</p>;
    case "scalar":
      return <p class="value scalar">{longText(shown.value)}</p>;
    case "text":
      return <TextValue text={shown.text} name={name} />;
    case "bytes":
      return <BytesValue bytes={shown.bytes} name={name} />;
    case "array":
      return <ArrayValue array={shown.array} views={shown.views} name={name} />;
    case "table":
      return <TableValue table={shown.table} value={shown.value} name={name} />;
    case "object":
      return <ObjectValue object={shown.object} />;
    case "value":
      return <LongText text={longText(shown.value)} label={name} />;
  }
}

/** What fits into a line or two needs no box that scrolls. */
const SHORT_CHARACTERS = 120;

function TextValue({ text, name }: { readonly text: string; readonly name: string }): JSX.Element {
  if (text === "") return <p class="muted value">empty text</p>;
  if (text.length <= SHORT_CHARACTERS && !text.includes("\n")) {
    return <p class="value short">{text}</p>;
  }
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return (
    <>
      <LongText text={shown} label={name} />
      {shown !== text && (
        <p class="muted">
          the first {MOST_CHARACTERS} of {text.length} characters
        </p>
      )}
    </>
  );
}

function BytesValue({
  bytes,
  name,
}: {
  readonly bytes: Uint8Array;
  readonly name: string;
}): JSX.Element {
  const lines = hexLines(bytes);
  return (
    <div class="value">
      <p>
        {sizeText(bytes.byteLength)}{" "}
        <button type="button" onClick={() => saveAs([bytes as BlobPart], `${name}.bin`)}>
          Save as file
        </button>
      </p>
      {lines.length > 0 && (
        <Scrolling label={`the first bytes of ${name} in hex`}>
          <pre class="hex">
            {lines.join("\n")}
            {bytes.byteLength > 16 * lines.length && "\n…"}
          </pre>
        </Scrolling>
      )}
    </div>
  );
}

/** An object that was handed out: a link to its page, if the gateway leads there. */
function ObjectValue({ object }: { readonly object: object }): JSX.Element {
  const name = nameAtGateway(object);
  if (name === undefined) return <p class="value">{nameOfObject(object)}</p>;
  return (
    <p class="value">
      an object: <a href={hrefOf({ name: "object", object: name })}>{name}</a>
    </p>
  );
}
