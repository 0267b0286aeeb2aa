import type { LabNode } from "../../gateway/lab/nodes.ts";
import type { LabTree } from "../lab/tree.ts";
import { useGatewayState } from "../session.ts";
import { dateTime } from "./times.ts";

interface ReachProps {
  readonly node: LabNode;
  readonly lab: LabTree;
}

/** Whether something answers, and since when. Without the gateway nobody knows, and it does not look as if somebody did. */
export function ReachWords({ node, lab }: ReachProps) {
  const link = useGatewayState();
  const { reach } = node;
  const now = Date.now();
  const at = (time: number) => dateTime(time + lab.clockAheadMs, now);
  if (link.name === "lost") {
    return <Reach name="unknown" text={`not known since ${dateTime(link.since, now)}`} />;
  }
  if (reach.name === "unknown") return <Reach name="unknown" text="not asked yet" />;
  if (reach.name === "answers") {
    const started = node.sinceKind === "started" ? `, started ${at(node.since)}` : "";
    return <Reach name="answers" text={`answers since ${at(reach.since)}${started}`} />;
  }
  const since = reach.answered ? `no answer since ${at(reach.since)}` : "never answered";
  const above = lab.nodes.get(node.parent ?? "")?.reach;
  // Said once, of what all of them are in.
  const isSaid = above?.name === "silent" && above.reason === reach.reason;
  return <Reach name="silent" text={since} {...(!isSaid && { reason: reach.reason })} />;
}

interface ReachTextProps {
  readonly name: "unknown" | "answers" | "silent";
  readonly text: string;
  readonly reason?: string;
}

function Reach({ name, text, reason }: ReachTextProps) {
  return (
    <>
      <span class={`reach ${name}`}>
        <span class="dot" aria-hidden="true" />
        {text}
      </span>
      {reason !== undefined && <span class="reason">{reason}</span>}
    </>
  );
}
