import type { LabEvent, LabNode } from "../../gateway/lab/nodes.ts";

/** The lab as the gateway told it last. A new object with each change. */
export interface LabTree {
  readonly nodes: ReadonlyMap<string, LabNode>;
  /** What is below what, each in the order of names; the top is below null. */
  readonly children: ReadonlyMap<string | null, readonly LabNode[]>;
  /** The gateway's expose pattern; empty for every name, null for its own objects alone. */
  readonly expose: string | null;
  /** Milliseconds that this machine's clock is ahead of the gateway's. */
  readonly clockAheadMs: number;
}

const EMPTY: LabTree = { nodes: new Map(), children: new Map(), expose: null, clockAheadMs: 0 };

/** The tree after an event. A pulse changes nothing, and gives the same tree. */
export function withEvent(tree: LabTree | undefined, event: LabEvent, now: number): LabTree {
  const clockAheadMs = now - event.now;
  if (event.kind === "snapshot") {
    const { expose } = event;
    return treeOf(new Map(event.nodes.map((node) => [node.id, node])), expose, clockAheadMs);
  }
  const before = tree ?? EMPTY;
  if (event.kind === "pulse") return before;
  const nodes = new Map(before.nodes);
  for (const id of event.gone) nodes.delete(id);
  for (const node of event.put) nodes.set(node.id, node);
  return treeOf(nodes, before.expose, clockAheadMs);
}

function treeOf(
  nodes: ReadonlyMap<string, LabNode>,
  expose: string | null,
  clockAheadMs: number,
): LabTree {
  const children = new Map<string | null, LabNode[]>();
  for (const node of nodes.values()) {
    const siblings = children.get(node.parent);
    if (siblings) siblings.push(node);
    else children.set(node.parent, [node]);
  }
  for (const siblings of children.values()) siblings.sort(inOrder);
  return { nodes, children, expose, clockAheadMs };
}

const RANK: Readonly<Record<LabNode["kind"], number>> = {
  gateway: 0,
  nameserver: 1,
  manager: 2,
  daemon: 3,
  object: 4,
};

/** As people sort: `laser2` before `laser10`. */
const { compare } = new Intl.Collator("en", { numeric: true });

function inOrder(a: LabNode, b: LabNode): number {
  return RANK[a.kind] - RANK[b.kind] || compare(a.name, b.name);
}
