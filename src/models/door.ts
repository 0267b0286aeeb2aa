import { AsyncLocalStorage } from "node:async_hooks";
import { BunsenError } from "../errors.ts";
import { currentContext } from "../objects/context.ts";
import { Observable } from "../objects/observable.ts";
import { Turns } from "../objects/turns.ts";
import { type Controllers, whoIs } from "./controllers.ts";
import type { Asked, Happening } from "./events.ts";
import type { Asker } from "./policies.ts";
import { copyOf, freeze } from "./state.ts";
import { summaryOf } from "./summary.ts";

/** What a change returns that found nothing to do: there is no new version, and nobody is told. Its caller gets nothing. */
export const unchanged: unique symbol = Symbol("unchanged");

/** The state as it was committed. Frozen: it is everybody's. */
export interface Snapshot<S> {
  /** One more with each change; 0 at first. */
  readonly version: number;
  readonly state: S;
}

/** Who wants which change. */
export interface Request {
  /** Undefined for the model's own program, which needs nobody's leave. */
  readonly asker: Asker | undefined;
  readonly operation: string;
  readonly args: readonly unknown[];
  /** Who the caller says it is, beside what its connection says. */
  readonly claims?: string | undefined;
}

/**
 * The one way to change the state: changes are judged, run one at a time in the order of their arrival, and are there for
 * everybody to see when they are done, or not at all.
 */
export class Door<S extends object> {
  readonly snapshots: Observable<Snapshot<S>>;
  readonly #controllers: Controllers;
  readonly #report: (happening: Happening) => void;
  readonly #turns = new Turns("The model");
  /** The change that the running code is a part of. A timer that it set goes on when it is done. */
  readonly #inside = new AsyncLocalStorage<{ readonly operation: string; done: boolean }>();
  #closed = false;

  constructor(state: S, controllers: Controllers, report: (happening: Happening) => void) {
    this.snapshots = new Observable({ version: 0, state: freeze(copyOf(state)) });
    this.#controllers = controllers;
    this.#report = report;
  }

  /** What is committed. */
  get now(): Snapshot<S> {
    return this.snapshots.value;
  }

  /**
   * Changes the state.
   * @param change - Gets a copy of the state to write into.
   * @returns what `change` returned.
   */
  async change(request: Request, change: (draft: S) => unknown): Promise<unknown> {
    const { asker, operation, args, claims } = request;
    const asked = (): Asked => ({ who: whoIs(asker), operation, args: summaryOf(args) });
    let begun = false;
    try {
      this.refuseClosed();
      this.#refuseWithin(operation);
      this.#controllers.agree(asker, claims);
      if (asker) await this.#controllers.judge(asker, operation, args);
      return await this.#turns.take(
        () => {
          this.refuseClosed();
          begun = true;
          const inside = { operation, done: false };
          const running = this.#inside.run(inside, () => this.#run(asked(), change));
          return running.finally(() => {
            inside.done = true;
          });
        },
        () => currentContext()?.signal,
      );
    } catch (error) {
      // Whoever gave up while it waited was not refused, but nothing was changed either.
      if (!begun) this.#report({ event: "refused", reason: messageOf(error), ...asked() });
      throw error;
    }
  }

  /** Takes no changes any more, and ends whoever watches. */
  close(): void {
    this.#closed = true;
    this.snapshots.end();
  }

  /** @throws BunsenError `ERR_CLOSED`. */
  refuseClosed(): void {
    if (this.#closed) throw new BunsenError("ERR_CLOSED", "The model is closed");
  }

  async #run(asked: Asked, change: (draft: S) => unknown): Promise<unknown> {
    const draft = copyOf(this.now.state);
    let result: unknown;
    try {
      result = await change(draft);
    } catch (error) {
      this.#report({ event: "change-failed", error: messageOf(error), ...asked });
      throw error;
    }
    if (result === unchanged) return undefined;
    this.snapshots.set({ version: this.now.version + 1, state: freeze(draft) });
    this.#report({ event: "changed", result: summaryOf(result), ...asked });
    return result;
  }

  #refuseWithin(operation: string): void {
    const outer = this.#inside.getStore();
    if (outer === undefined || outer.done) return;
    throw new BunsenError(
      "ERR_CHANGE_IN_CHANGE",
      `"${operation}" was asked for by the change "${outer.operation}", which it would have to wait for; change the state there, or when it is done`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
