import type { LabEvent, LabNode } from "./nodes.ts";

/** Changes that come together are told together. */
const GATHER_MS = 30;
/** A watcher hears something at least so often: silence means that the gateway, or the way to it, is gone. */
const PULSE_MS = 2_000;

type Step = IteratorResult<LabEvent, undefined>;
const OVER = { done: true, value: undefined } as const;

/** All that is known of the lab, and who is told of it. */
export class LabBoard {
  readonly #nodes = new Map<string, LabNode>();
  readonly #feeds = new Set<Feed>();
  readonly #expose: string | null;

  /** @param expose - What a snapshot says of the expose pattern. */
  constructor(expose: string | null) {
    this.#expose = expose;
  }

  get(id: string): LabNode | undefined {
    return this.#nodes.get(id);
  }

  /** Whether all were asked. */
  get isSettled(): boolean {
    return ![...this.#nodes.values()].some(({ reach }) => reach.name === "unknown");
  }

  /** Adds a node, or puts it in the place of the one that has its id. One that says nothing new is not told. */
  put(node: LabNode): void {
    if (isSame(this.#nodes.get(node.id), node)) return;
    this.#nodes.set(node.id, node);
    for (const feed of this.#feeds) feed.changed(node.id);
  }

  drop(id: string): void {
    if (!this.#nodes.delete(id)) return;
    for (const feed of this.#feeds) feed.changed(id);
  }

  snapshot(): LabEvent & { readonly kind: "snapshot" } {
    const nodes = [...this.#nodes.values()];
    return { kind: "snapshot", now: Date.now(), nodes, expose: this.#expose };
  }

  /** A snapshot, then each change. @param left - Called when nobody listens any more. */
  feed(left: () => void): AsyncIterableIterator<LabEvent, undefined, undefined> {
    const feed = new Feed(this, () => {
      this.#feeds.delete(feed);
      left();
    });
    this.#feeds.add(feed);
    return feed;
  }

  /** Ends every feed. */
  close(): void {
    for (const feed of this.#feeds) feed.end();
  }
}

/** Not a generator: that cannot be ended while it waits. What is not taken yet is only named: memory is bounded. */
class Feed implements AsyncIterableIterator<LabEvent, undefined, undefined> {
  readonly #board: LabBoard;
  readonly #left: () => void;
  readonly #changed = new Set<string>();
  #waiting: ((step: Step) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #begun = false;
  #over = false;

  constructor(board: LabBoard, left: () => void) {
    this.#board = board;
    this.#left = left;
  }

  changed(id: string): void {
    if (this.#waiting && this.#changed.size === 0) this.#tellIn(GATHER_MS);
    this.#changed.add(id);
  }

  next(): Promise<Step> {
    if (this.#over) return Promise.resolve(OVER);
    if (!this.#begun) {
      this.#begun = true;
      this.#changed.clear();
      return Promise.resolve({ done: false, value: this.#board.snapshot() });
    }
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#tellIn(this.#changed.size > 0 ? GATHER_MS : PULSE_MS);
    });
  }

  return(): Promise<Step> {
    this.end();
    return Promise.resolve(OVER);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#waiting?.(OVER);
    this.#left();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #tellIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const value = this.#take();
      this.#waiting?.({ done: false, value });
      this.#waiting = undefined;
    }, ms);
    this.#timer.unref();
  }

  #take(): LabEvent {
    const now = Date.now();
    if (this.#changed.size === 0) return { kind: "pulse", now };
    const put: LabNode[] = [];
    const gone: string[] = [];
    for (const id of this.#changed) {
      const node = this.#board.get(id);
      if (node) put.push(node);
      else gone.push(id);
    }
    this.#changed.clear();
    return { kind: "changes", now, put, gone };
  }
}

/** Nodes are plain values, made in one place each: their fields have one order. */
function isSame(a: LabNode | undefined, b: LabNode): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
