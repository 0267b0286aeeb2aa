import { useMemo } from "preact/hooks";
import type { LabTree } from "../lab/tree.ts";
import { countsOf, viewOf, wordsOf } from "../lab/view.ts";
import { useObservable } from "../observing.ts";
import { EmptyLab } from "../parts/empty-lab.tsx";
import { Tree } from "../parts/tree.tsx";
import { hrefOf } from "../router.ts";
import { useGatewayState, useSession } from "../session.ts";

/** All that there is, as a tree; with a query, what it finds. */
export function HomePage({ query }: { readonly query: string }) {
  const lab = useObservable(useSession().gateway.lab);
  const { name } = useGatewayState();
  return (
    <>
      <h1>Lab</h1>
      {lab && <Lab lab={lab} query={query} />}
      {!lab && name === "connecting" && <p class="quiet">Asking the gateway what there is …</p>}
    </>
  );
}

function Lab({ lab, query }: { readonly lab: LabTree; readonly query: string }) {
  const view = useMemo(() => viewOf(lab, query), [lab, query]);
  const { objects, silent } = useMemo(() => countsOf(lab), [lab]);
  const words = wordsOf(query);
  return (
    <>
      <p class="summary" role="status">
        {words.length > 0 ? `${view.objects} of ${counted(objects)}` : counted(objects)}
        {silent > 0 && (
          <>
            {" · "}
            <a href={hrefOf({ name: "home", query: "silent" })}>
              {silent === 1 ? "1 does not answer" : `${silent} do not answer`}
            </a>
          </>
        )}
      </p>
      {objects === 0 && <EmptyLab lab={lab} />}
      {words.length > 0 && view.top.length === 0 && (
        <p>
          Nothing here has all of{" "}
          {words.map((word, at) => (
            <>
              {at > 0 && ", "}
              <mark>{word}</mark>
            </>
          ))}
          . Names, addresses, dialects and tags are searched.{" "}
          <a href={hrefOf({ name: "home", query: "" })}>Show everything</a>
        </p>
      )}
      <Tree view={view} words={words} lab={lab} />
    </>
  );
}

function counted(objects: number): string {
  return objects === 1 ? "1 object" : `${objects} objects`;
}
