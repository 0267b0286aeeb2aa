import { useState } from "preact/hooks";
import type { LabNode } from "../../gateway/lab/nodes.ts";
import type { LabTree } from "../lab/tree.ts";
import type { Shown, View } from "../lab/view.ts";
import { useObservable } from "../observing.ts";
import { hrefOf } from "../router.ts";
import { useSession } from "../session.ts";
import { Hidden } from "./hidden.tsx";
import { Marked } from "./marked.tsx";
import { ReachWords } from "./reach.tsx";
import { moveInTree } from "./tree-keys.ts";

/** So many of one list are drawn at first, and so many more each time that somebody asks. */
const PAGE = 100;
const MORE = 400;

interface TreeProps {
  readonly view: View;
  readonly words: readonly string[];
  readonly lab: LabTree;
}

/** Nested lists, whose parts can be folded. The arrow keys lead through them, as in a tree. */
export function Tree({ view, ...rest }: TreeProps) {
  return (
    <section class="tree" aria-label="What there is" onKeyDown={moveInTree}>
      <Branch shown={view.top} {...rest} />
    </section>
  );
}

interface BranchProps {
  readonly shown: readonly Shown[];
  readonly words: readonly string[];
  readonly lab: LabTree;
}

function Branch({ shown, ...rest }: BranchProps) {
  const [most, setMost] = useState(PAGE);
  const left = shown.length - most;
  return (
    <ul>
      {shown.slice(0, most).map((one) => (
        <li key={one.node.id}>
          {one.node.kind === "object" ? (
            <ObjectRow node={one.node} {...rest} />
          ) : (
            <Group shown={one} {...rest} />
          )}
        </li>
      ))}
      {left > 0 && (
        <li>
          <button type="button" class="more" data-row onClick={() => setMost(most + MORE)}>
            {left > MORE ? `Show ${MORE} of ${left} more` : `Show ${left} more`}
          </button>
        </li>
      )}
    </ul>
  );
}

interface GroupProps {
  readonly shown: Shown;
  readonly words: readonly string[];
  readonly lab: LabTree;
}

function Group({ shown, words, lab }: GroupProps) {
  const { node, children, objects } = shown;
  const { folded } = useSession();
  // What a search found is seen, however it was left.
  const isOpen = words.length > 0 || !useObservable(folded.ids).has(node.id);
  const list = `below-${node.id}`;
  return (
    <>
      <div class={`row group ${node.kind}`}>
        <button
          type="button"
          class="fold"
          data-row
          aria-expanded={isOpen}
          aria-controls={list}
          disabled={words.length > 0}
          onClick={() => folded.set(node.id, isOpen)}
        >
          <span class="sign" aria-hidden="true" />
          <Marked text={titleOf(node)} words={words} />
        </button>
        <Facts node={node} words={words} lab={lab} withAddress={node.kind !== "daemon"}>
          <span class="count">{objects === 1 ? "1 object" : `${objects} objects`}</span>
        </Facts>
      </div>
      <div id={list} class="below" hidden={!isOpen}>
        {isOpen && children.length > 0 && <Branch shown={children} words={words} lab={lab} />}
        {isOpen && node.hidden > 0 && <Hidden node={node} lab={lab} />}
      </div>
    </>
  );
}

interface RowProps {
  readonly node: LabNode;
  readonly words: readonly string[];
  readonly lab: LabTree;
}

function ObjectRow({ node, words, lab }: RowProps) {
  // Below a daemon all have its address.
  const withAddress = lab.nodes.get(node.parent ?? "")?.kind !== "daemon";
  return (
    <div class="row object">
      <a class="name" data-row href={hrefOf({ name: "object", object: node.name })}>
        <Marked text={node.name} words={words} />
      </a>
      <Facts node={node} words={words} lab={lab} withAddress={withAddress}>
        {node.metadata.map((tag) => (
          <span key={tag} class="tag">
            <Marked text={tag} words={words} />
          </span>
        ))}
      </Facts>
    </div>
  );
}

interface FactsProps extends RowProps {
  readonly withAddress: boolean;
  readonly children?: preact.ComponentChildren;
}

/** What is known of a node, beside its name. */
function Facts({ node, words, lab, withAddress, children }: FactsProps) {
  // The gateway is where this page came from.
  const address = node.kind === "gateway" ? location.host : node.address;
  return (
    <>
      {node.dialect && <span class={`badge ${node.dialect}`}>{node.dialect}</span>}
      {withAddress && address !== null && (
        <code class="address">
          <Marked text={address} words={words} />
        </code>
      )}
      {children}
      <ReachWords node={node} lab={lab} />
    </>
  );
}

function titleOf({ kind, name }: LabNode): string {
  return kind === "daemon" ? `Daemon ${name}` : name;
}
