import { SortedNames } from "./sorted-names.ts";
import {
  CHUNK_SIZE,
  type NamedRegistration,
  type NameQuery,
  type NameStore,
  type Registration,
} from "./store.ts";

/** Keeps the names in memory: fast, and forgotten when the process ends. */
export class MemoryStore implements NameStore {
  readonly #registrations = new Map<string, NamedRegistration>();
  readonly #sorted = new SortedNames();
  readonly #namesByTag = new Map<string, Set<string>>();

  count(): number {
    return this.#registrations.size;
  }

  get(name: string): Registration | undefined {
    return this.#registrations.get(name);
  }

  set(name: string, uri: string, metadata: Iterable<string>): void {
    const replaced = this.#registrations.get(name);
    if (replaced) this.#untag(replaced);
    else this.#sorted.add(name);
    const registration = { name, uri, metadata: new Set(metadata) };
    this.#registrations.set(name, registration);
    for (const tag of registration.metadata) {
      const names = this.#namesByTag.get(tag);
      if (names) names.add(name);
      else this.#namesByTag.set(tag, new Set([name]));
    }
  }

  setMetadata(name: string, metadata: Iterable<string>): boolean {
    const found = this.#registrations.get(name);
    if (!found) return false;
    this.set(name, found.uri, metadata);
    return true;
  }

  delete(name: string): boolean {
    const found = this.#registrations.get(name);
    if (!found) return false;
    this.#untag(found);
    this.#sorted.delete(name);
    return this.#registrations.delete(name);
  }

  deleteMany(names: readonly string[]): string[] {
    return names.filter((name) => this.delete(name));
  }

  find(query: NameQuery): Generator<readonly NamedRegistration[]> {
    if (query.by === "prefix") return this.#withPrefix(query.prefix);
    return query.by === "any-tag" ? this.#withAny(query.tags) : this.#withAll(query.tags);
  }

  close(): void {
    // Nothing is open.
  }

  *#withPrefix(prefix: string): Generator<readonly NamedRegistration[]> {
    // Each chunk looks its start up again: whatever was added or removed meanwhile, the place is right.
    let from = prefix;
    for (;;) {
      const names = this.#sorted.startingWith(prefix, from, CHUNK_SIZE);
      if (names.length > 0) yield this.#pick(names, () => true);
      const last = names.at(-1);
      if (last === undefined || names.length < CHUNK_SIZE) return;
      from = `${last}\0`; // the least text greater than the name
    }
  }

  *#withAny(tags: ReadonlySet<string>): Generator<readonly NamedRegistration[]> {
    const names = new Set<string>();
    for (const tag of tags) for (const name of this.#namesByTag.get(tag) ?? []) names.add(name);
    yield* this.#inChunks([...names], ({ metadata }) => !metadata.isDisjointFrom(tags));
  }

  *#withAll(tags: ReadonlySet<string>): Generator<readonly NamedRegistration[]> {
    const sets = [...tags].map((tag) => this.#namesByTag.get(tag) ?? new Set<string>());
    const [rarest] = sets.sort((a, b) => a.size - b.size);
    // A copy: a peer that keeps registering would prolong a walk over the set itself for ever.
    yield* this.#inChunks([...(rarest ?? [])], ({ metadata }) => tags.isSubsetOf(metadata));
  }

  *#inChunks(
    names: readonly string[],
    fits: (registration: NamedRegistration) => boolean,
  ): Generator<readonly NamedRegistration[]> {
    for (let i = 0; i < names.length; i += CHUNK_SIZE) {
      yield this.#pick(names.slice(i, i + CHUNK_SIZE), fits);
    }
  }

  /** Registrations of the names that still exist and fit. */
  #pick(
    names: readonly string[],
    fits: (registration: NamedRegistration) => boolean,
  ): NamedRegistration[] {
    const picked: NamedRegistration[] = [];
    for (const name of names) {
      const registration = this.#registrations.get(name);
      if (registration && fits(registration)) picked.push(registration);
    }
    return picked;
  }

  #untag({ name, metadata }: NamedRegistration): void {
    for (const tag of metadata) {
      const names = this.#namesByTag.get(tag);
      names?.delete(name);
      if (names?.size === 0) this.#namesByTag.delete(tag);
    }
  }
}
