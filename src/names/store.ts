/** What a name stands for. */
export interface Registration {
  /** The URI as it was registered: text, not normalised. */
  readonly uri: string;
  readonly metadata: ReadonlySet<string>;
}

export interface NamedRegistration extends Registration {
  readonly name: string;
}

/** Which registrations to find. */
export type NameQuery =
  /** Names that start with `prefix`, exactly and case-sensitively; all names for `""`. Sorted by name. */
  | { readonly by: "prefix"; readonly prefix: string }
  /** Registrations that have all, or any, of at least one tag. In no particular order. */
  | { readonly by: "all-tags" | "any-tag"; readonly tags: ReadonlySet<string> };

/** Every name. */
export const EVERYTHING: NameQuery = { by: "prefix", prefix: "" };

/** Registrations that `find` visits before it hands over what it found. */
export const CHUNK_SIZE = 500;

/**
 * Where a name server keeps its registrations. Every operation is synchronous and complete when it returns:
 * what a persistent store acknowledged outlives a killed process.
 *
 * @throws {@link NamingError} `ERR_NAME_STORE` from any operation of a store whose file fails.
 */
export interface NameStore {
  /** Number of names. */
  count(): number;
  get(name: string): Registration | undefined;
  /** Adds the name, or replaces what it stood for. */
  set(name: string, uri: string, metadata: Iterable<string>): void;
  /** Replaces the metadata; returns false when there is no such name. */
  setMetadata(name: string, metadata: Iterable<string>): boolean;
  /** Removes the name; returns false when there is none. */
  delete(name: string): boolean;
  /** Removes all or, after an error, none of the names; returns those that were there. */
  deleteMany(names: readonly string[]): string[];
  /**
   * Finds in chunks of at most {@link CHUNK_SIZE}, so that 100,000 names need not block the event loop: whoever
   * iterates may wait between two chunks. What changes meanwhile is found or not; nothing else is left out, and a
   * name may come twice only when it is set again meanwhile. Chunks may be empty.
   */
  find(query: NameQuery): Generator<readonly NamedRegistration[]>;
  close(): void;
}
