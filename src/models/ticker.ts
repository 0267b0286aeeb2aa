import { type Snapshot, unchanged } from "./door.ts";
import { model, type ServedModel } from "./model.ts";
import type { Methods, ModelOptions, ModelSpec } from "./spec.ts";

/** What every ticker has in its state. The keys are those of the original, whose Python clients read them. */
export interface TickerState {
  /** Seconds from one tick to the next. */
  period: number;
  "playing?": boolean;
  tickNo: number;
}

/** How a ticker is treated. */
export interface TickerOptions extends ModelOptions {
  /** Seconds from one tick to the next, at first. Default 1. */
  readonly period?: number;
}

/** What a ticker is beside its clock. */
export interface TickerSpec<S extends object, R extends Methods, C extends Methods>
  extends TickerOptions,
    Omit<ModelSpec<S & TickerState, R, C>, "state" | keyof ModelOptions> {
  /** At first; the clock adds its own keys. */
  readonly state: S;
  /** What happens to the state at each tick: `this` is a copy of it to write into. */
  readonly tick?: ((this: S & TickerState) => unknown) | undefined;
}

/** The clock's methods. Each is a change: viewers are told, and the record has it. */
// No interface: that would not be a record of methods.
type ClockMethods = {
  play(): unknown;
  pause(): unknown;
  tick(): unknown;
  setPeriod(seconds: number): unknown;
};

/** What `ticker` makes. */
export type ServedTicker<
  S extends object,
  R extends Methods = Record<never, never>,
  C extends Methods = Record<never, never>,
> = ServedModel<S & TickerState, R, C & ClockMethods>;

/**
 * Makes a model that ticks by itself while it plays:
 *
 *     const counter = ticker({ state: { value: 0 }, tick() { this.value += 1; } });
 *
 * `play()` ticks at once, then each period; `pause()` ends that, and is told to viewers, too; `tick()` ticks once;
 * `setPeriod(seconds)` holds from the next tick on. It keeps the process alive while it plays, until it is closed.
 */
export function ticker<
  S extends object,
  R extends Methods = Record<never, never>,
  C extends Methods = Record<never, never>,
>(spec: TickerSpec<S, R, C>): ServedTicker<S, NoInfer<R>, NoInfer<C>> {
  const { state, period = 1, tick, change, ...others } = spec;
  type State = S & TickerState;
  const step = (draft: State): unknown => {
    draft.tickNo += 1;
    return tick?.call(draft);
  };
  const clock: ClockMethods & ThisType<State> = {
    play() {
      if (this["playing?"]) return unchanged;
      this["playing?"] = true;
      return nothing(step(this));
    },
    pause() {
      if (!this["playing?"]) return unchanged;
      this["playing?"] = false;
      return undefined;
    },
    tick() {
      return nothing(step(this));
    },
    setPeriod(seconds: number) {
      this.period = checkedPeriod(seconds);
    },
  };
  const served = model({
    ...others,
    state: { period: checkedPeriod(period), "playing?": false, tickNo: 0, ...state },
    change: { ...change, ...clock },
  } as unknown as ModelSpec<State, R, C & ClockMethods>);
  const ticks = new Ticks(() =>
    served.update((draft) => (draft["playing?"] ? nothing(step(draft)) : unchanged), "tick"),
  );
  void follow(served.watch(), ticks);
  return served;
}

/** The timer does what the state says, whoever changed it. */
async function follow(states: AsyncIterable<Snapshot<TickerState>>, ticks: Ticks): Promise<void> {
  for await (const { state } of states) {
    if (state["playing?"]) ticks.start(state.period * 1000);
    else ticks.stop();
  }
  ticks.stop();
}

/** Calls again and again, a period from one to the next, however long each takes. */
class Ticks {
  readonly #tick: () => Promise<unknown>;
  #periodMs = 0;
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tick: () => Promise<unknown>) {
    this.#tick = tick;
  }

  start(periodMs: number): void {
    this.#periodMs = periodMs;
    if (this.#timer !== undefined) return;
    this.#due = Date.now();
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    const now = Date.now();
    // A machine that slept does not make up for it.
    this.#due = Math.max(this.#due + this.#periodMs, now);
    const timer = setTimeout(() => {
      const goOn = () => {
        if (this.#timer === timer) this.#next();
      };
      // One that fails is in the record, and the next may not.
      this.#tick().then(goOn, goOn);
    }, this.#due - now);
    this.#timer = timer;
  }
}

/** What a tick returns is nobody's; but it is waited for. */
function nothing(result: unknown): unknown {
  return result instanceof Promise ? result.then(() => undefined) : undefined;
}

function checkedPeriod(seconds: unknown): number {
  if (typeof seconds === "number" && seconds > 0 && seconds <= 2_000_000) return seconds;
  throw new RangeError(
    `Expected a period of more than 0 and at most 2000000 seconds, got ${seconds}`,
  );
}
