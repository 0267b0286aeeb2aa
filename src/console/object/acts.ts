import { NdArray } from "../../values/ndarray.ts";
import type { History, Outcome } from "../history.ts";
import type { Act } from "../snippets/act.ts";
import { type AnyRemote, Run, type RunState } from "./run.ts";
import { lineOf } from "./texts.ts";

/** What is done with one object: a run for each member, all of them noted in its history. */
export class Acts {
  readonly history: History;
  readonly #runs = new Map<string, Run>();
  /** By member, what it gave last, where that makes a difference to other languages. */
  readonly #gave = new Map<string, Partial<Pick<Act, "gives" | "kind">>>();

  constructor(history: History) {
    this.history = history;
  }

  /** The run of a member, which shows how its last act went. */
  runOf(member: string): Run {
    let run = this.#runs.get(member);
    if (run === undefined) {
      run = new Run();
      this.#runs.set(member, run);
    }
    return run;
  }

  /** An act with what is known of its result. Python does not tell what streams until it does. */
  known(act: Act): Act {
    return act.kind === "set" ? act : { ...act, ...this.#gave.get(act.member) };
  }

  /** Does it, and notes it. */
  async start(proxy: AnyRemote, act: Act, timeoutMs = 0): Promise<RunState> {
    const noted = this.history.begin(act);
    const ended = await this.runOf(act.member).start(proxy, act, timeoutMs);
    if ("items" in ended) {
      this.#gave.set(act.member, { kind: "stream", gives: givenBy(ended.items.last.at(-1)) });
    } else if (ended.name === "done" && act.kind !== "set") {
      this.#gave.set(act.member, { gives: givenBy(ended.value) });
    }
    noted(outcomeOf(ended));
    return ended;
  }

  /** Gives up all that is under way: nobody looks any more. */
  stop(): void {
    for (const run of this.#runs.values()) run.stop();
  }
}

/** What makes a difference to other languages. */
export function givenBy(value: unknown): Act["gives"] {
  if (value instanceof Uint8Array) return "bytes";
  return value instanceof NdArray ? "array" : undefined;
}

function outcomeOf(state: RunState): Outcome {
  switch (state.name) {
    case "done":
      return { name: "value", summary: lineOf(state.value), ms: state.ms };
    case "ended":
      return { name: "value", summary: countText(state.items.count), ms: state.ms };
    case "failed":
      return { name: "error", summary: headOf(state.error), ms: state.ms };
    case "stopped": {
      const summary = state.items ? `stopped after ${countText(state.items.count)}` : "stopped";
      return { name: "stopped", summary, ms: state.ms };
    }
    default:
      return { name: "running" };
  }
}

export function countText(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}

/** The first line of what went wrong. */
export function headOf(error: unknown): string {
  const [head = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  return head;
}
