import { setTimeout as sleep } from "node:timers/promises";
import { BunsenError, MemberError, RemoteAttributeError, TimeoutError } from "../errors.ts";
import { runOutsideCalls } from "../objects/context.ts";
import type { Description } from "../objects/description.ts";
import { channelOf, connectionState, release, withOptions } from "../objects/proxy.ts";
import type { Happening } from "./events.ts";

/** How viewers are told of changes, and when one counts as gone. */
export interface ViewerOptions {
  /** Milliseconds that one `refresh` may take, connecting included. Default 5000. */
  readonly refreshMs: number;
  /** Milliseconds until a refresh that took too long is tried once more. Default 1000. */
  readonly retryMs: number;
  /** Milliseconds between questions to a viewer that was told nothing whether it is still there. Default 30000. */
  readonly pingMs: number;
  /** Errors of a viewer's own `refresh`, in a row, until it is removed. Default 3. */
  readonly maxFailures: number;
}

/** A viewer's proxy, or the function of a Bunsen peer. */
export type Refreshable = { refresh(): unknown } | (() => unknown);

/** Where a viewer is, and where else it may be. */
export interface Place {
  readonly uri: string;
  readonly target: Refreshable;
  /** Tried where the other cannot be reached. */
  readonly elsewhere: { readonly uri: string; readonly target: () => Refreshable } | undefined;
}

export interface ViewerEvents {
  report(happening: Happening): void;
  /** It is not to be told any more. Called once. */
  ended(reason: string): void;
}

/**
 * One viewer, and its way of being told: alone, so that it costs no other viewer anything; one refresh at a time, and one
 * more that waits and covers all changes until then.
 */
export class Viewer {
  readonly uri: string;
  /** UTC, with milliseconds. */
  readonly since: string = new Date().toISOString();
  lastRefresh: string | undefined;
  failures = 0;
  #target: Refreshable;
  /** Until it was reached for the first time. */
  #elsewhere: Place["elsewhere"];
  readonly #options: ViewerOptions;
  readonly #events: ViewerEvents;
  readonly #end = new AbortController();
  #unsubscribe: () => void;
  readonly #waiting = new Set<() => void>();
  #wanted: number;
  #told: number;
  #busy = false;
  #ping: NodeJS.Timeout | undefined;

  /** @param version - What it knows without being told: that of now. */
  constructor(place: Place, version: number, options: ViewerOptions, events: ViewerEvents) {
    const { uri, target, elsewhere } = place;
    this.uri = uri;
    this.#target = target;
    this.#elsewhere = elsewhere;
    this.#wanted = version;
    this.#told = version;
    this.#options = options;
    this.#events = events;
    this.#unsubscribe = this.#listen(target);
    this.#pingLater();
  }

  get gone(): boolean {
    return this.#end.signal.aborted;
  }

  /** Tells it of `version`, in its own time. */
  tell(version: number): void {
    this.#wanted = Math.max(this.#wanted, version);
    if (!this.#busy) void this.#work(() => this.#deliver());
  }

  /** Finds out whether it is still there, and removes it if it is not. */
  check(): void {
    if (!this.#busy) void this.#work(() => this.#attempt(() => this.#askWhetherThere()));
  }

  /** Resolves when it was told of `version`, with true, or is gone, with false. */
  async toldOf(version: number): Promise<boolean> {
    while (this.#told < version && !this.gone) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.#told >= version;
  }

  /** Tells it nothing any more, and lets go of its connection. */
  end(reason: string): void {
    if (this.gone) return;
    this.#end.abort(new BunsenError("ERR_VIEWER_REMOVED", `${this.uri}: ${reason}`));
    clearTimeout(this.#ping);
    this.#unsubscribe();
    this.#events.ended(reason);
    this.#wake();
    release(this.#target).catch(() => {});
  }

  /** One thing at a time. What it calls belongs to nobody's call: a controller's time limit is not the viewer's. */
  async #work(action: () => Promise<unknown>): Promise<void> {
    this.#busy = true;
    clearTimeout(this.#ping);
    try {
      await runOutsideCalls(action);
      // Told of something while it was asked.
      while (this.#told < this.#wanted && !this.gone) await runOutsideCalls(() => this.#deliver());
    } finally {
      this.#busy = false;
      if (!this.gone) this.#pingLater();
    }
  }

  async #deliver(): Promise<void> {
    while (this.#told < this.#wanted && !this.gone) {
      let version = this.#wanted;
      const refreshed = await this.#attempt(() => {
        // Tried again, it covers what was changed in between.
        version = this.#wanted;
        return this.#refresh();
      });
      if (this.gone) return;
      if (refreshed) {
        this.failures = 0;
        this.lastRefresh = new Date().toISOString();
      }
      // A viewer whose own code failed was told all the same.
      this.#told = version;
      this.#wake();
    }
  }

  /** @returns whether it succeeded. One that took too long is tried once more. */
  async #attempt(action: () => Promise<unknown>): Promise<boolean> {
    let late = false;
    while (!this.gone) {
      try {
        await action();
        this.#elsewhere = undefined;
        return true;
      } catch (error) {
        if (this.gone) return false;
        const failure = failureOf(error as Error, channelOf(this.#target).description);
        if (failure === "raised") {
          this.#raised(error as Error);
          return false;
        }
        if (failure === "closed" && this.#elsewhere !== undefined) {
          this.#move(this.#elsewhere);
          continue;
        }
        this.#failed(error as Error);
        if (failure !== "late" || late) {
          this.end(REASONS[failure](error as Error, this.#options));
          return false;
        }
        late = true;
        // Its connection may hang with it; another one has another thread at a Pyro daemon.
        if (this.#hasOwnConnection) await release(this.#target);
        await sleep(this.#options.retryMs, undefined, { signal: this.#end.signal }).catch(() => {});
      }
    }
    return false;
  }

  /** The address that it gave is good on its own machine only. */
  #move({ uri, target }: NonNullable<Place["elsewhere"]>): void {
    this.#events.report({ event: "viewer-moved", viewer: this.uri, to: uri });
    this.#elsewhere = undefined;
    this.#unsubscribe();
    release(this.#target).catch(() => {});
    this.#target = target();
    this.#unsubscribe = this.#listen(this.#target);
  }

  #listen(target: Refreshable): () => void {
    return connectionState(target).subscribe(({ name }) => {
      // It may have been closed for being idle: whether the viewer is gone, it must be asked.
      if (name === "lost" && !this.#busy) this.check();
    });
  }

  #raised(error: Error): void {
    this.#failed(error);
    if (this.failures < this.#options.maxFailures) return;
    this.end(`its refresh failed ${this.failures} times in a row, last with: ${error.message}`);
  }

  #failed(error: Error): void {
    this.failures += 1;
    const { message } = error;
    this.#events.report({
      event: "refresh-failed",
      viewer: this.uri,
      error: message,
      failures: this.failures,
    });
  }

  async #refresh(): Promise<unknown> {
    const signal = this.#end.signal;
    const target = withOptions(this.#target, { timeout: this.#options.refreshMs, signal });
    return await (typeof target === "function" ? target() : target.refresh());
  }

  async #askWhetherThere(): Promise<void> {
    const { signal } = this.#end;
    const channel = channelOf(this.#target);
    try {
      await (channel.ping?.({ timeout: this.#options.refreshMs, signal }) ?? channel.open());
    } catch (error) {
      // Whatever it said, it is there.
      if (!(error instanceof BunsenError && error.remote)) throw error;
    }
  }

  /** A function of a Bunsen peer is called over the connection that the peer made. */
  get #hasOwnConnection(): boolean {
    return channelOf(this.#target).ping !== undefined;
  }

  #pingLater(): void {
    if (!this.#hasOwnConnection) return;
    this.#ping = setTimeout(() => this.check(), this.#options.pingMs);
    this.#ping.unref();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

type Failure = "raised" | "missing" | "late" | "closed";

const REASONS: Readonly<
  Record<Exclude<Failure, "raised">, (error: Error, options: ViewerOptions) => string>
> = {
  missing: ({ message }) =>
    `it has no refresh that could be called: the viewer must expose "refresh" (@expose in Python); it said: ${message}`,
  late: (_, { refreshMs }) => `it did not answer within ${refreshMs} ms, twice`,
  closed: ({ message }) => `it cannot be reached any more: ${message}`,
};

function failureOf(error: Error, description: Description | undefined): Failure {
  if (error instanceof BunsenError && error.remote !== undefined) {
    // An AttributeError may come from inside the viewer's refresh, too.
    const isMissing = error instanceof RemoteAttributeError || error instanceof MemberError;
    return isMissing && description?.members.has("refresh") === false ? "missing" : "raised";
  }
  return error instanceof TimeoutError ? "late" : "closed";
}
