import { AsyncLocalStorage } from "node:async_hooks";
import { BunsenError } from "../errors.ts";

/** How an object that takes one call at a time lets callers wait. */
export interface SerialOptions {
  /** Calls that may wait while one runs; more are refused with `ERR_BUSY`. Default 100. */
  readonly queue?: number;
}

const DEFAULT_QUEUE = 100;

interface Waiting {
  begin(): void;
}

/** One thing at a time, in the order in which they came. */
export class Turns {
  readonly #label: string;
  readonly #most: number;
  readonly #waiting = new Set<Waiting>();
  #busy = false;
  #proceeding = false;

  /** @param label - What takes turns, for messages. */
  constructor(label: string, { queue = DEFAULT_QUEUE }: SerialOptions = {}) {
    if (!Number.isSafeInteger(queue) || queue < 0) {
      throw new TypeError(`Expected \`queue\` to be an integer of at least 0, got ${queue}`);
    }
    this.#label = label;
    this.#most = queue;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `action` when nothing else runs: at once where nothing does, and then without a promise of its own. The turn ends
   * with what it returns, or with the promise that it returns.
   * @param signal - Asked for where the turn has to be waited for: takes it out of the queue, with its reason.
   * @throws BunsenError `ERR_BUSY` where too many wait.
   */
  take(action: () => unknown, signal?: () => AbortSignal | undefined): unknown {
    if (!this.#busy) return this.#begin(action);
    if (this.#waiting.size >= this.#most) throw this.#tooMany();
    return this.#wait(action, signal?.());
  }

  /** The same for what was let in before and must not be refused now. */
  takeSurely(action: () => unknown): unknown {
    return this.#busy ? this.#wait(action, undefined) : this.#begin(action);
  }

  #begin(action: () => unknown): unknown {
    this.#busy = true;
    let result: unknown;
    try {
      result = action();
    } catch (error) {
      this.#end();
      throw error;
    }
    if (isThenable(result)) return Promise.resolve(result).finally(() => this.#end());
    this.#end();
    return result;
  }

  #wait(action: () => unknown, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // Begun by whoever ends before it, it runs all the same in the context of its own call.
    const bound = AsyncLocalStorage.bind(action);
    const leave = () => {
      this.#waiting.delete(turn);
      reject(signal?.reason);
    };
    const turn: Waiting = {
      begin: () => {
        signal?.removeEventListener("abort", leave);
        try {
          resolve(this.#begin(bound));
        } catch (error) {
          reject(error);
        }
      },
    };
    this.#waiting.add(turn);
    signal?.addEventListener("abort", leave, { once: true });
    return promise;
  }

  #end(): void {
    this.#busy = false;
    // A loop and no recursion: a hundred turns that take no time are a hundred rounds.
    if (this.#proceeding) return;
    this.#proceeding = true;
    for (const turn of this.#waiting) {
      if (this.#busy) break;
      this.#waiting.delete(turn);
      turn.begin();
    }
    this.#proceeding = false;
  }

  #tooMany(): BunsenError {
    return new BunsenError(
      "ERR_BUSY",
      `${this.#label} takes one call at a time, and ${this.#waiting.size} wait already (queue: ${this.#most}); try again later`,
      { retry: "later" },
    );
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function"
  );
}
