import { NamingError } from "../errors.ts";

/** What bounds the memory and the time that a peer can make a name server spend. */
export interface NameLimits {
  /** Registrations; 1,000,000 by default. */
  readonly maxNames?: number;
  /** Characters of a name, of a URI and of a tag; 1,024 by default. A regular expression runs over whole names. */
  readonly maxTextLength?: number;
  /** Tags of one name; 1,000 by default. */
  readonly maxTags?: number;
  /** Working time of one regular expression over all names, in milliseconds; 2,000 by default. */
  readonly regexMs?: number;
}

/** The defaults, with their reasons in `docs/names.md`. */
export const DEFAULT_NAME_LIMITS = {
  maxNames: 1_000_000,
  maxTextLength: 1024,
  maxTags: 1000,
  regexMs: 2000,
  maxWatchers: 1000,
} as const;

/** @throws {@link NamingError} `ERR_NAME_LIMIT` when a registration is larger than the limits allow. */
export function judgeRegistration(
  name: string,
  uri: string,
  tags: ReadonlySet<string>,
  limits: NameLimits,
): void {
  const {
    maxTextLength = DEFAULT_NAME_LIMITS.maxTextLength,
    maxTags = DEFAULT_NAME_LIMITS.maxTags,
  } = limits;
  if (tags.size > maxTags) {
    throw new NamingError("ERR_NAME_LIMIT", `${tags.size} tags, over maxTags (${maxTags})`);
  }
  for (const text of [name, uri, ...tags]) {
    if (text.length <= maxTextLength) continue;
    const what = `a name, URI or tag of ${text.length} characters, over maxTextLength`;
    throw new NamingError("ERR_NAME_LIMIT", `${what} (${maxTextLength})`);
  }
}

/** @throws {@link NamingError} `ERR_NAME_LIMIT` when there is no room for one more name. */
export function judgeCount(count: number, limits: NameLimits): void {
  const { maxNames = DEFAULT_NAME_LIMITS.maxNames } = limits;
  if (count < maxNames) return;
  const what = `${count} names are registered, the most allowed (maxNames: ${maxNames})`;
  throw new NamingError("ERR_NAME_LIMIT", what, { retry: "later" });
}
