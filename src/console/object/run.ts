import { kwargs } from "../../objects/bind-arguments.ts";
import { Observable } from "../../objects/observable.ts";
import { assign, withOptions } from "../../objects/proxy.ts";
import type { Remote } from "../../objects/remote.ts";
import type { Act } from "../snippets/act.ts";
import { Items, type ItemsView } from "./items.ts";

/** Members of any name: what a page talks to is known only when it is open. */
export type AnyRemote = Remote<Record<string, unknown>>;

/** When it was over, in milliseconds since 1970, and how long it took. */
interface Over {
  readonly at: number;
  readonly ms: number;
}

/** How an act goes. */
export type RunState =
  | { readonly name: "idle" }
  | { readonly name: "running"; readonly since: number }
  | { readonly name: "streaming"; readonly paused: boolean; readonly items: ItemsView }
  | (Over & { readonly name: "done"; readonly value: unknown })
  /** A stream that was there to its end. */
  | (Over & { readonly name: "ended"; readonly items: ItemsView })
  | (Over & { readonly name: "failed"; readonly error: unknown; readonly items?: ItemsView })
  /** By the person. What was sent may still run. */
  | (Over & { readonly name: "stopped"; readonly items?: ItemsView });

/** Milliseconds between two looks at a stream: more often nobody sees. */
const LOOK_MS = 100;

/** One act at a time, from its beginning to its end, with a way to stop it. */
export class Run {
  readonly state: Observable<RunState> = new Observable<RunState>({ name: "idle" });
  #stop: (() => void) | undefined;
  #resume: (() => void) | undefined;
  #goesOn: Promise<void> | undefined;
  /** Shows the items as they are now. */
  #show: () => void = () => {};

  get isUnderWay(): boolean {
    const { name } = this.state.value;
    return name === "running" || name === "streaming";
  }

  /** Does the act; what was under way is stopped before. Resolves at its end, with how it ended. */
  async start(proxy: AnyRemote, act: Act, timeoutMs = 0): Promise<RunState> {
    this.stop();
    const ending = new AbortController();
    const since = performance.now();
    const over = (): Over => ({ at: Date.now(), ms: performance.now() - since });
    const isOver = () => ending.signal.aborted;
    let items: Items | undefined;
    let outcome: RunState = { name: "idle" };
    const end = (state: RunState) => {
      if (isOver()) return;
      outcome = state;
      this.#end(state);
    };
    this.#stop = () => {
      end({ name: "stopped", ...over(), ...(items && { items: items.view() }) });
      ending.abort(new Error("stopped"));
    };
    this.state.set({ name: "running", since: Date.now() });
    try {
      const value = await perform(
        withOptions(proxy, { signal: ending.signal, timeout: timeoutMs }),
        act,
      );
      if (isStream(value)) {
        items = new Items();
        await this.#take(value, items, isOver);
        end({ name: "ended", items: items.view(), ...over() });
      } else end({ name: "done", value, ...over() });
    } catch (error) {
      end({ name: "failed", error, ...over(), ...(items && { items: items.view() }) });
    }
    return outcome;
  }

  /** Gives up what is under way. A call that was sent may still run, where its peer knows of no stopping. */
  stop(): void {
    this.#stop?.();
  }

  /** Takes no more items until `resume`: the object waits, as far as it can. */
  pause(): void {
    const { value } = this.state;
    if (value.name !== "streaming" || value.paused) return;
    const waiting = Promise.withResolvers<void>();
    this.#goesOn = waiting.promise;
    this.#resume = waiting.resolve;
    this.#show();
  }

  resume(): void {
    this.#resume?.();
    this.#goesOn = undefined;
    this.#resume = undefined;
    if (this.state.value.name === "streaming") this.#show();
  }

  async #take(stream: AsyncIterable<unknown>, items: Items, isOver: () => boolean): Promise<void> {
    const show = () => {
      if (isOver()) return;
      this.state.set({
        name: "streaming",
        paused: this.#goesOn !== undefined,
        items: items.view(),
      });
    };
    this.#show = show;
    show();
    let looking: ReturnType<typeof setTimeout> | undefined;
    try {
      for await (const item of stream) {
        if (isOver()) return;
        items.add(item);
        looking ??= setTimeout(() => {
          looking = undefined;
          show();
        }, LOOK_MS);
        await this.#goesOn;
        if (isOver()) return;
      }
    } finally {
      clearTimeout(looking);
    }
  }

  #end(state: RunState): void {
    this.#stop = undefined;
    // Who waits for the pause to end finds that all is over.
    this.#resume?.();
    this.#resume = undefined;
    this.#goesOn = undefined;
    this.state.set(state);
  }
}

async function perform(
  proxy: AnyRemote,
  { kind, member, args, kwargs: named }: Act,
): Promise<unknown> {
  if (kind === "get") return await proxy[member];
  if (kind === "set") {
    await assign(proxy, { [member]: args[0] });
    return undefined;
  }
  const call = proxy[member] as unknown as (...args: readonly unknown[]) => Promise<unknown>;
  return await call(...args, ...(Object.keys(named).length > 0 ? [kwargs(named)] : []));
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
