import { RemoteError } from "../errors.ts";
import type { CallOptions } from "../objects/channel.ts";

/** Calls a member of the daemon's own object. */
export type CallDaemon = (
  member: string,
  args: unknown[],
  options: CallOptions,
) => Promise<unknown>;

/**
 * An item stream of a Python daemon, pulled item by item: that is all its protocol has.
 * @see spec of Pyro, "Item streams".
 */
export class PulledStream implements AsyncIterableIterator<unknown, unknown, undefined> {
  readonly #id: string;
  readonly #callDaemon: CallDaemon;
  readonly #onAnnotations: CallOptions["onAnnotations"];
  #done = false;

  /** @param onAnnotations - Receives those of each item, just before it. */
  constructor(id: string, callDaemon: CallDaemon, onAnnotations?: CallOptions["onAnnotations"]) {
    this.#id = id;
    this.#callDaemon = callDaemon;
    this.#onAnnotations = onAnnotations;
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      return {
        done: false,
        value: await this.#callDaemon("get_next_stream_item", [this.#id], {
          onAnnotations: this.#onAnnotations,
        }),
      };
    } catch (error) {
      this.#done = true;
      if (error instanceof RemoteError && error.type.endsWith("StopIteration")) {
        return { done: true, value: error.remote.args[0] };
      }
      throw error;
    }
  }

  /** The loop was left early: the daemon ends the generator. */
  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    if (!this.#done) {
      this.#done = true;
      await this.#callDaemon("close_stream", [this.#id], { oneway: true });
    }
    return { done: true, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
