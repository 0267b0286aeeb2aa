import { asError } from "../../values/exceptions.ts";
import type { Dialect, Reach } from "./nodes.ts";

const MAX_REASON_CHARS = 400;

/** What was known, and now an answer. */
export function answering(known: Reach | undefined, now: number): Reach {
  return known?.name === "answers" ? known : { name: "answers", since: now };
}

/** What was known, and now none. */
export function silent(known: Reach | undefined, thrown: unknown, now: number): Reach {
  const reason = asError(thrown).message.slice(0, MAX_REASON_CHARS);
  if (known?.name === "silent") return { ...known, reason };
  return { name: "silent", since: now, answered: known?.name === "answers", reason };
}

/** What a channel calls its peer, where that is what it speaks. */
export function peerDialect(peer: string): Dialect | null {
  return peer === "Bunsen" || peer === "Pyro5" || peer === "Pyro4" ? peer : null;
}
