import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MemberDescription } from "../../objects/description.ts";
import { drawableIn, type Source, valueIn } from "../live/source.ts";
import { useLive } from "../live/use-live.ts";
import { useObservable } from "../observing.ts";
import { useObject, useSession } from "../session.ts";
import { AddToPlot } from "./add-to-plot.tsx";

/** Looks for something to draw: an object of the lab, and what of it can be followed. */
export function AddSource(): JSX.Element {
  const lab = useObservable(useSession().gateway.lab);
  const [object, setObject] = useState("");
  const names = new Set<string>();
  for (const nodes of lab?.children.values() ?? []) {
    for (const node of nodes) if (node.kind === "object") names.add(node.name);
  }
  return (
    <section class="add-source" aria-labelledby="add-source">
      <h2 id="add-source">Add to a plot</h2>
      <label>
        Object{" "}
        <select value={object} onChange={(event) => setObject(event.currentTarget.value)}>
          <option value="">choose …</option>
          {[...names].sort().map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {object !== "" && <Sources key={object} object={object} />}
    </section>
  );
}

function Sources({ object }: { readonly object: string }): JSX.Element {
  const state = useObject(object);
  if (state.name === "connecting") return <p>Connecting …</p>;
  if (state.name === "lost") return <p role="alert">{state.reason}</p>;
  const members = [...state.description.members.values()];
  const isModel = members.some(({ name }) => name === "watch");
  const sources = members.flatMap((member) => sourceOf(object, member) ?? []);
  return (
    <ul>
      {isModel && <Fields source={{ object, kind: "model" }} />}
      {sources.map((source) => (
        <Fields key={JSON.stringify(source)} source={source} />
      ))}
    </ul>
  );
}

/** What of a member can be followed without being told more: attributes, and streams that need no arguments. */
function sourceOf(object: string, member: MemberDescription): Source | undefined {
  const { name, kind, stream, parameters = [] } = member;
  if (kind === "attribute") return { object, kind, member: name };
  const needs = parameters.some(({ optional, rest }) => !optional && !rest);
  return stream && !needs ? { object, kind: "stream", member: name } : undefined;
}

/** What of a source can be drawn, as its value shows: itself, or its fields. */
function Fields({ source }: { readonly source: Source }): JSX.Element {
  const { sample } = useLive(source);
  const paths = sample === undefined ? [] : drawableIn(valueIn(source, sample.value));
  return (
    <>
      {paths.map((path) => {
        const field: Source = path.length === 0 ? source : { ...source, path };
        return (
          <li key={path.join(".")}>
            <code>{[...("member" in source ? [source.member] : []), ...path].join(".")}</code>{" "}
            <AddToPlot source={field} />
          </li>
        );
      })}
    </>
  );
}
