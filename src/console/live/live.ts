/** One value, and when it was true. */
export interface Sample {
  /** Milliseconds since 1970, on this machine's clock: when the value arrived. */
  readonly time: number;
  readonly value: unknown;
}

/** Whether a value may be believed now. */
export type Freshness =
  /** For the first value, or for the next of a stream that began anew: the one of before may not hold. */
  | { readonly name: "waiting" }
  | { readonly name: "live" }
  | {
      readonly name: "stale";
      /** Milliseconds since 1970: since when nothing is known. */
      readonly since: number;
      /** For people: `the connection was lost`, `no answer`, what the object raised. */
      readonly reason: string;
    };

/** A value that is followed: the newest sample, and whether it still holds. */
export interface Live {
  /** Undefined before the first. A new object with each sample, the same one while only the freshness changes. */
  readonly sample: Sample | undefined;
  readonly freshness: Freshness;
}

/** Whether what is known is not to be believed: it is stale, or of before a stream began anew. */
export function isDoubtful({ sample, freshness }: Live): boolean {
  return freshness.name === "stale" || (freshness.name === "waiting" && sample !== undefined);
}

export const WAITING: Live = { sample: undefined, freshness: { name: "waiting" } };

/** The same value with a new sample, which is fresh. */
export function fresh(value: unknown): Live {
  return { sample: { time: Date.now(), value }, freshness: { name: "live" } };
}

/** The same value, not to be believed any more. One that was stale already keeps its since: it became no fresher. */
export function stale(live: Live, reason: string, since: number = Date.now()): Live {
  const { sample, freshness } = live;
  if (freshness.name !== "stale") return { sample, freshness: { name: "stale", since, reason } };
  if (freshness.reason === reason) return live;
  return { sample, freshness: { ...freshness, reason } };
}
