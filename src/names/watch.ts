import { setTimeout as sleep } from "node:timers/promises";
import type { NameEvent, NameRecord } from "./changes.ts";

type End = { readonly error?: unknown };

/**
 * The events of a name server, as its client iterates them. Not an async generator: `return` of one that waits for an
 * event would wait for that event too.
 */
export class NameWatch implements AsyncIterableIterator<NameEvent, undefined, undefined> {
  readonly #open: (ended: AbortSignal) => Promise<AsyncIterator<NameEvent, unknown, undefined>>;
  readonly #ending = new AbortController();
  readonly #ended = Promise.withResolvers<End>();
  readonly #onEnd: () => void;
  #source: Promise<AsyncIterator<NameEvent, unknown, undefined>> | undefined;
  #end: End | undefined;

  /** @param open - Called with the first `next`; what it waits for may stop at the signal. */
  constructor(
    open: (ended: AbortSignal) => Promise<AsyncIterator<NameEvent, unknown, undefined>>,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onEnd: (watch: NameWatch) => void;
    },
  ) {
    const { signal } = options;
    this.#open = open;
    const abort = () => this.#finish({ error: signal?.reason });
    this.#onEnd = () => {
      signal?.removeEventListener("abort", abort);
      options.onEnd(this);
    };
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
  }

  async next(): Promise<IteratorResult<NameEvent, undefined>> {
    if (this.#end) return settle(this.#end);
    this.#source ??= this.#open(this.#ending.signal);
    const next = this.#source.then((source) => source.next()).then((result) => ({ result }));
    const outcome = await Promise.race([next, this.#ended.promise]).catch((error: unknown) => {
      this.#finish({}); // told once: from then on the watch is over
      throw error;
    });
    if (!("result" in outcome)) return settle(outcome);
    const { result } = outcome;
    if (!result.done) return { done: false, value: result.value };
    this.#finish({});
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<NameEvent, undefined>> {
    this.#finish({});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(end: End): void {
    if (this.#end) return;
    this.#end = end;
    this.#ended.resolve(end);
    this.#onEnd();
    this.#ending.abort();
    // Whoever waits has been told already: how the source ends is of no interest any more.
    this.#source?.then((source) => source.return?.()).catch(() => {});
  }
}

function settle(end: End): Promise<IteratorResult<NameEvent, undefined>> {
  return "error" in end
    ? Promise.reject(end.error)
    : Promise.resolve({ done: true, value: undefined });
}

/** The same events from a name server that does not tell: it is asked every `intervalMs`. */
export async function* pollNames(
  list: () => Promise<readonly NameRecord[]>,
  intervalMs: number,
  ended: AbortSignal,
): AsyncGenerator<NameEvent, void, undefined> {
  let known = byName(await list());
  yield { kind: "snapshot", names: [...known.values()] };
  for (;;) {
    await sleep(intervalMs, undefined, { signal: ended });
    const now = byName(await list());
    for (const record of known.values()) {
      if (!now.has(record.name)) yield { kind: "removed", ...record };
    }
    for (const record of now.values()) {
      const before = known.get(record.name);
      if (before?.uri !== record.uri) yield { kind: "registered", ...record };
      else if (!sameTags(before, record)) yield { kind: "metadata", ...record };
    }
    known = now;
  }
}

function byName(records: readonly NameRecord[]): Map<string, NameRecord> {
  return new Map(records.map((record) => [record.name, record]));
}

/** Of both, the tags are sorted. */
function sameTags({ metadata: a }: NameRecord, { metadata: b }: NameRecord): boolean {
  return a.length === b.length && a.every((tag, i) => tag === b[i]);
}
