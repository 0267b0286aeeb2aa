import type { LabNode } from "../../gateway/lab/nodes.ts";
import type { LabTree } from "../lab/tree.ts";

interface HiddenProps {
  readonly node: LabNode;
  readonly lab: LabTree;
}

/** That there is more, which this gateway does not let through, and how it would. */
export function Hidden({ node, lab }: HiddenProps) {
  const more = node.hidden === 1 ? "1 more name is" : `${node.hidden} more names are`;
  return (
    <details class="hidden-names">
      <summary data-row>{more} not exposed by this gateway</summary>
      <p>
        It lets through names that match <code>{lab.expose ?? ""}</code>. Whoever runs it widens
        that with <code>bunsen gateway --expose REGEX</code>, or <code>{"{ expose: /…/ }"}</code> in
        a program; <code>--expose ''</code> is every name.
      </p>
    </details>
  );
}
