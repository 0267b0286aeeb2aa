import { markNewestOnly } from "../objects/stream.ts";
import type { Snapshot } from "./door.ts";
import type { Who } from "./who.ts";

/** Somebody who reads the state as a stream, as `listWatchers` tells it. */
export interface WatcherInfo extends Who {
  /** UTC, with milliseconds. */
  readonly since: string;
  /** The newest version that it has taken; null before the first. */
  readonly version: number | null;
}

type Snapshots<S> = AsyncIterableIterator<Snapshot<S>, undefined, undefined>;

/** Remote callers that watch: from the beginning of their stream to its end, however it ends. */
export class Watchers {
  readonly #watching = new Set<WatcherInfo & { version: number | null }>();

  list(): WatcherInfo[] {
    return [...this.#watching].map((watcher) => ({ ...watcher }));
  }

  /** The same stream; its reader is listed until it ends. */
  listed<S>(snapshots: Snapshots<S>, who: Who): Snapshots<S> {
    const watcher = { ...who, since: new Date().toISOString(), version: null as number | null };
    this.#watching.add(watcher);
    const taken = (step: IteratorResult<Snapshot<S>, undefined>) => {
      if (step.done) this.#watching.delete(watcher);
      else watcher.version = step.value.version;
      return step;
    };
    // Not a generator: that cannot be ended while it waits for a version, which may never come.
    const stream: Snapshots<S> = {
      next: () => snapshots.next().then(taken),
      return: async () => {
        this.#watching.delete(watcher);
        return (await snapshots.return?.()) ?? { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => stream,
    };
    markNewestOnly(stream);
    return stream;
  }
}
