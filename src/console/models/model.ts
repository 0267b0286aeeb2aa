import type { Description } from "../../objects/description.ts";

/** What is asked of a model about itself, and what each question may be. */
export const QUESTIONS = ["listViewers", "listWatchers", "listControllers"] as const;

/** What an object offers of what makes a live model; undefined for an object that is none. */
export interface ModelMembers {
  /** Questions that it answers. */
  readonly questions: readonly (typeof QUESTIONS)[number][];
  readonly hasHistory: boolean;
  readonly hasControllers: boolean;
  /** Its values can be set by name. */
  readonly isChangeable: boolean;
  /** It ticks by itself while it plays. */
  readonly isTicker: boolean;
}

/** A model is what streams its state with its version, and has one. */
export function modelIn({ members }: Description): ModelMembers | undefined {
  const isMethod = (name: string) => members.get(name)?.kind === "method";
  if (!isMethod("watch") || members.get("version")?.kind !== "attribute") return undefined;
  return {
    questions: QUESTIONS.filter(isMethod),
    hasHistory: isMethod("history"),
    hasControllers: isMethod("addController") && isMethod("removeController"),
    isChangeable: isMethod("doModify"),
    isTicker: ["play", "pause", "tick", "setPeriod"].every(isMethod),
  };
}

/** Asks a model for a change; what went wrong, for people, where something did. */
export type Change = (member: string, ...args: readonly unknown[]) => Promise<string | undefined>;

/** The keys of a state and their values; none for one that is no record. */
export function fieldsOf(state: unknown): [key: string, value: unknown][] {
  if (typeof state !== "object" || state === null || Array.isArray(state)) return [];
  const entries = state instanceof Map ? [...state] : Object.entries(state);
  return entries.map(([key, value]) => [String(key), value]);
}

/** One line of what was done to a model, as `history` tells it. */
export interface HistoryLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly what: string;
  readonly version: number;
  readonly operation: string;
  readonly args: unknown;
  readonly who: WhoLine;
  /** What came of it: the result, the error, or the reason of the refusal. */
  readonly outcome: unknown;
}

/** Who did something, or watches. */
export interface WhoLine {
  readonly identity: string;
  /** Whether the connection proves it. */
  readonly proved: boolean;
  readonly role: string | undefined;
  readonly address: string;
  /** ISO 8601, UTC; undefined where it is not told. */
  readonly since: string | undefined;
  /** The newest version that it has; undefined where it is not told. */
  readonly version: number | undefined;
  /** Refreshes of it that failed in a row. */
  readonly failures: number;
}

const WORDS: Readonly<Record<string, string>> = {
  changed: "changed",
  "change-failed": "failed",
  refused: "refused",
};

/** Reads what a model answered to `history`, newest first; what is no record is left out. */
export function historyIn(answer: unknown): HistoryLine[] {
  return recordsIn(answer)
    .map((record) => ({
      at: textIn(record["at"]),
      what: WORDS[textIn(record["event"])] ?? textIn(record["event"]),
      version: Number(record["version"] ?? 0),
      operation: textIn(record["operation"]),
      args: record["args"],
      who: whoIn(record["who"]),
      outcome: record["error"] ?? record["reason"] ?? record["result"],
    }))
    .reverse();
}

/** Reads what a model answered to one of the questions who is there. */
export function peopleIn(answer: unknown): WhoLine[] {
  return recordsIn(answer).map(whoIn);
}

function whoIn(value: unknown): WhoLine {
  const record = Object(value) as Record<string, unknown>;
  const version = record["version"];
  const since = textIn(record["since"]);
  return {
    // A viewer is known by its URI.
    identity: textIn(record["identity"]) || textIn(record["viewer"]),
    proved: record["proved"] === true,
    role: textIn(record["role"]) || undefined,
    address: textIn(record["address"]),
    since: since === "" ? undefined : since,
    version: typeof version === "number" ? version : undefined,
    failures: Number(record["failures"] ?? 0),
  };
}

function recordsIn(answer: unknown): Record<string, unknown>[] {
  if (!Array.isArray(answer)) return [];
  return answer.filter((item) => typeof item === "object" && item !== null);
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}
