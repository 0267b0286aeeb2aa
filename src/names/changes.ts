import { NamingError } from "../errors.ts";
import { DEFAULT_NAME_LIMITS } from "./limits.ts";

/** A registration as watchers see it: plain data for every dialect. */
export interface NameRecord {
  readonly name: string;
  readonly uri: string;
  /** Sorted. */
  readonly metadata: readonly string[];
}

/** One name changed. Of a removed name, `uri` and `metadata` are what they were. */
export interface NameChange extends NameRecord {
  readonly kind: "registered" | "removed" | "metadata";
}

/** All names there are: the first that a watcher gets, and again after it fell too far behind. */
export interface NameSnapshot {
  readonly kind: "snapshot";
  readonly names: readonly NameRecord[];
}

/** What a watch of names yields: one snapshot, then changes. */
export type NameEvent = NameSnapshot | NameChange;

export interface ChangeHubOptions {
  /** Changes kept for a watcher that does not take them; beyond, it gets a new snapshot instead. 10,000 by default. */
  readonly maxPending?: number;
  /** 1,000 by default. */
  readonly maxWatchers?: number;
}

type TakeSnapshot = (prefix: string) => Promise<readonly NameRecord[]>;

/** Tells any number of watchers what changes, without ever waiting for one of them. */
export class ChangeHub {
  readonly #takeSnapshot: TakeSnapshot;
  readonly #maxPending: number;
  readonly #maxWatchers: number;
  readonly #watchers = new Set<Watcher>();

  constructor(takeSnapshot: TakeSnapshot, options: ChangeHubOptions = {}) {
    this.#takeSnapshot = takeSnapshot;
    this.#maxPending = options.maxPending ?? 10_000;
    this.#maxWatchers = options.maxWatchers ?? DEFAULT_NAME_LIMITS.maxWatchers;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  publish(change: NameChange): void {
    for (const watcher of this.#watchers) watcher.push(change);
  }

  /** Events of names that start with `prefix`. Nothing is kept until the first is asked for. */
  watch(prefix: string): AsyncIterableIterator<NameEvent, undefined, undefined> {
    return new Watcher(prefix, {
      takeSnapshot: this.#takeSnapshot,
      maxPending: this.#maxPending,
      opened: (watcher) => this.#add(watcher),
      closed: (watcher) => this.#watchers.delete(watcher),
    });
  }

  /** Ends every watch. */
  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #add(watcher: Watcher): void {
    if (this.#watchers.size >= this.#maxWatchers) {
      const what = `${this.#watchers.size} watchers already, the most allowed (maxWatchers)`;
      throw new NamingError("ERR_NAME_LIMIT", what, { retry: "later" });
    }
    this.#watchers.add(watcher);
  }
}

interface WatcherOptions {
  readonly takeSnapshot: TakeSnapshot;
  readonly maxPending: number;
  readonly opened: (watcher: Watcher) => void;
  readonly closed: (watcher: Watcher) => void;
}

/**
 * `new`: not iterated yet. `behind`: the next event is a snapshot. `current`: the next event is the oldest pending
 * change, of which there is one for each name: a slow watcher sees the latest.
 */
type State =
  | { readonly name: "new" | "behind" | "closed" }
  | { readonly name: "current"; readonly pending: Map<string, NameChange> };

// Not an async generator: `return` of one that waits for a change would wait for that change too, so a caller that
// left would stay here until something happens.
class Watcher implements AsyncIterableIterator<NameEvent, undefined, undefined> {
  readonly #prefix: string;
  readonly #options: WatcherOptions;
  #state: State = { name: "new" };
  #waiting: (() => void)[] = [];

  constructor(prefix: string, options: WatcherOptions) {
    this.#prefix = prefix;
    this.#options = options;
  }

  push(change: NameChange): void {
    if (this.#state.name !== "current" || !change.name.startsWith(this.#prefix)) return;
    const { pending } = this.#state;
    pending.delete(change.name); // so that it moves to the end: events stay in order
    pending.set(change.name, change);
    if (pending.size > this.#options.maxPending) this.#state = { name: "behind" };
    this.#wake();
  }

  async next(): Promise<IteratorResult<NameEvent, undefined>> {
    if (this.#state.name === "new") {
      this.#options.opened(this);
      this.#state = { name: "behind" };
    }
    for (;;) {
      const event = this.#state.name === "behind" ? await this.#snapshot() : this.#shift();
      if (this.#state.name === "closed") return { done: true, value: undefined };
      if (event) return { done: false, value: event };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  return(): Promise<IteratorResult<NameEvent, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  close(): void {
    this.#state = { name: "closed" };
    this.#options.closed(this);
    this.#wake();
  }

  async #snapshot(): Promise<NameSnapshot> {
    // Changes that come while names are collected are kept: they may be part of the snapshot or not.
    this.#state = { name: "current", pending: new Map() };
    try {
      return { kind: "snapshot", names: await this.#options.takeSnapshot(this.#prefix) };
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #shift(): NameChange | undefined {
    if (this.#state.name !== "current") return undefined;
    const { pending } = this.#state;
    for (const change of pending.values()) {
      pending.delete(change.name);
      return change;
    }
    return undefined;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
