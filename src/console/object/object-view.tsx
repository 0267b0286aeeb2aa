import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Description, MemberDescription } from "../../objects/description.ts";
import { Attribute } from "./attribute.tsx";
import { HistoryList } from "./history.tsx";
import { Method } from "./method.tsx";

/** How often attributes are read, in milliseconds. */
const PERIODS: readonly (readonly [ms: number, label: string])[] = [
  [1_000, "every second"],
  [5_000, "every 5 s"],
  [60_000, "every minute"],
];

/** What an object offers, and what was done with it. */
export function ObjectView({ description }: { readonly description: Description }): JSX.Element {
  const members = [...description.members.values()];
  const attributes = members.filter(({ kind }) => kind === "attribute");
  const methods = members.filter(({ kind }) => kind === "method");
  return (
    <>
      {description.doc !== undefined && <p class="doc">{description.doc}</p>}
      {members.length === 0 && <p class="muted">This object does not tell what it offers.</p>}
      {attributes.length > 0 && <Attributes attributes={attributes} />}
      {methods.length > 0 && (
        <section aria-labelledby="methods">
          <h2 id="methods">Methods</h2>
          {methods.map((member) => (
            <Method key={member.name} member={member} />
          ))}
        </section>
      )}
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        <HistoryList />
      </section>
    </>
  );
}

function Attributes({
  attributes,
}: {
  readonly attributes: readonly MemberDescription[];
}): JSX.Element {
  const [periodMs, setPeriodMs] = useState(1_000);
  return (
    <section aria-labelledby="attributes">
      <h2 id="attributes">Attributes</h2>
      <p>
        <label>
          read{" "}
          <select
            value={periodMs}
            onChange={(event) => setPeriodMs(Number(event.currentTarget.value))}
          >
            {PERIODS.map(([ms, label]) => (
              <option key={ms} value={ms}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </p>
      {attributes.map((member) => (
        <Attribute key={member.name} member={member} periodMs={periodMs} />
      ))}
    </section>
  );
}
