import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { LabNode } from "../../gateway/lab/nodes.ts";
import { Observable } from "../../objects/observable.ts";
import type { LabTree } from "../lab/tree.ts";
import { ModelPanel } from "../models/panel.tsx";
import { Acts } from "../object/acts.ts";
import { type ObjectContext, ObjectProvider } from "../object/context.ts";
import { cardId } from "../object/method.tsx";
import { ObjectView } from "../object/object-view.tsx";
import type { AnyRemote } from "../object/run.ts";
import { Clock } from "../object/times.tsx";
import { useObservable } from "../observing.ts";
import { ReachWords } from "../parts/reach.tsx";
import { useObject, useSession } from "../session.ts";
import type { Target } from "../snippets/act.ts";
import { originOf } from "../snippets/origin.ts";
import "../object/page.css";

/** One object: what it offers, and all that can be done with it. */
export function ObjectPage({ object }: { readonly object: string }): JSX.Element {
  const state = useObject(object);
  const { gateway, histories, live } = useSession();
  const lab = useObservable(gateway.lab);
  const node =
    lab && [...lab.nodes.values()].find((one) => one.name === object && one.kind === "object");
  const acts = useMemo(() => new Acts(histories.of(object)), [histories, object]);
  useEffect(() => () => acts.stop(), [acts]);
  const known = state.name === "connecting" ? undefined : state;
  const context =
    known?.proxy &&
    ({
      proxy: known.proxy as unknown as AnyRemote,
      target: targetOf(object, node, gateway.hasKey),
      tellsDefaults: node?.dialect !== "PyProximity",
      acts,
      live,
      isThere: state.name === "connected",
      language: LANGUAGE,
      show,
    } satisfies ObjectContext);
  return (
    <div class={state.name === "lost" ? "object-page lost" : "object-page"}>
      <div class="object-head">
        <h1>{object}</h1>
        {known?.description?.className !== undefined && <code>{known.description.className}</code>}
        {lab && node && <Whereabouts node={node} lab={lab} />}
      </div>
      {state.name === "connecting" && <p>Connecting …</p>}
      {state.name === "lost" && (
        <p role="alert">
          Not there since <Clock time={state.since} />: {state.reason}
        </p>
      )}
      {context && known?.description && (
        <ObjectProvider value={context}>
          <ModelPanel description={known.description} />
          <ObjectView description={known.description} />
        </ObjectProvider>
      )}
    </div>
  );
}

/** The language that somebody copies stays chosen, from object to object. */
const LANGUAGE = new Observable("Python");

function Whereabouts({
  node,
  lab,
}: {
  readonly node: LabNode;
  readonly lab: LabTree;
}): JSX.Element {
  return (
    <>
      <p class="muted">
        {[node.dialect, node.address].filter((part) => part !== null).join(" at ")}
      </p>
      <ReachWords node={node} lab={lab} />
    </>
  );
}

/** Opens the card of a member, and leads to it. */
function show(member: string): void {
  const card = document.getElementById(cardId(member));
  if (card instanceof HTMLDetailsElement) card.open = true;
  card?.scrollIntoView({ block: "nearest" });
}

function targetOf(object: string, node: LabNode | undefined, asksForKey: boolean): Target {
  const gateway = new URL("./", location.href).href.replace(/\/$/, "");
  return { gateway, object, asksForKey, origin: node && originOf(node, location.hostname) };
}
