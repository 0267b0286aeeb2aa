import type { LabNode } from "../../gateway/lab/nodes.ts";
import type { LabTree } from "../lab/tree.ts";
import { useObservable } from "../observing.ts";
import { hrefOf } from "../router.ts";
import { useSession } from "../session.ts";

/** The tree of the lab. */
export function HomePage({ query: _ }: { readonly query: string }) {
  const lab = useObservable(useSession().gateway.lab);
  return (
    <>
      <h1>Lab</h1>
      {lab === undefined ? <p>Connecting …</p> : <Branch lab={lab} parent={null} />}
    </>
  );
}

function Branch({ lab, parent }: { readonly lab: LabTree; readonly parent: string | null }) {
  const nodes = lab.children.get(parent);
  if (nodes === undefined) return null;
  return (
    <ul>
      {nodes.map((node) => (
        <li key={node.id}>
          <Name node={node} />
          <Branch lab={lab} parent={node.id} />
        </li>
      ))}
    </ul>
  );
}

function Name({ node }: { readonly node: LabNode }) {
  if (node.kind !== "object") return <span>{node.name}</span>;
  return <a href={hrefOf({ name: "object", object: node.name })}>{node.name}</a>;
}
