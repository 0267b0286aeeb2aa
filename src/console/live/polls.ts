import { Observable } from "../../objects/observable.ts";
import { fresh, type Live, stale, WAITING } from "./live.ts";

/** An attribute that gave no answer for this long, and for two of its periods, is stale. Milliseconds. */
const LATE_MS = 3_000;
/** Attributes that are due within this of one another are read together. Milliseconds. */
const TOGETHER_MS = 20;

interface Poll {
  readonly live: Observable<Live>;
  readonly periodMs: number;
  /** When it is to be read again, on this machine's clock. Never while it is being read. */
  due: number;
}

/**
 * Reads attributes of one object again and again, each in its own period. Those that are due are asked for in the same
 * moment, which is one message to the gateway. Each is asked for once at a time, and then rests for as long as the answer
 * took: a slow object has at least half of its time for others, and a slow attribute keeps no other from being read.
 */
export class Polls {
  readonly #read: (name: string) => Promise<unknown>;
  readonly #polls = new Map<string, Poll>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #lateTimers = new Set<ReturnType<typeof setTimeout>>();
  /** Another object with each `start`: answers to what was asked before it are nobody's. Undefined while it is lost. */
  #connection: object | undefined;

  constructor(read: (name: string) => Promise<unknown>) {
    this.#read = read;
  }

  /** Follows an attribute, which is read now, and then each `periodMs` milliseconds. */
  follow(name: string, periodMs: number): Observable<Live> {
    const live = new Observable(WAITING);
    this.#polls.set(name, { live, periodMs, due: 0 });
    this.#schedule();
    return live;
  }

  /** Follows it no more. */
  drop(name: string): void {
    this.#polls.delete(name);
    this.#schedule();
  }

  /** The object can be asked: all is read now. */
  start(): void {
    this.#connection = {};
    for (const poll of this.#polls.values()) poll.due = 0;
    this.#schedule();
  }

  /** The object cannot be asked until `start`: all values are stale at once. */
  lost(reason: string, since: number = Date.now()): void {
    this.#connection = undefined;
    for (const timer of this.#lateTimers) clearTimeout(timer);
    this.#lateTimers.clear();
    for (const { live } of this.#polls.values()) live.set(stale(live.value, reason, since));
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#connection) return;
    const due = Math.min(...[...this.#polls.values()].map((poll) => poll.due));
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#readDue(), Math.max(0, due - Date.now()));
  }

  #readDue(): void {
    const now = Date.now();
    for (const [name, poll] of this.#polls) {
      if (poll.due <= now + TOGETHER_MS) void this.#readOne(name, poll);
    }
    this.#schedule();
  }

  async #readOne(name: string, poll: Poll): Promise<void> {
    const connection = this.#connection;
    const begun = Date.now();
    poll.due = Number.POSITIVE_INFINITY;
    const late = this.#watch(poll);
    const next = await this.#read(name).then(fresh, (error: unknown) =>
      stale(poll.live.value, messageOf(error)),
    );
    clearTimeout(late);
    this.#lateTimers.delete(late);
    // Lost meanwhile: what was made stale stays so, and a newer question may be under way.
    if (this.#connection !== connection || this.#polls.get(name) !== poll) return;
    const now = Date.now();
    poll.due = Math.max(begun + poll.periodMs, now + (now - begun));
    poll.live.set(next);
    this.#schedule();
  }

  #watch({ live, periodMs }: Poll): ReturnType<typeof setTimeout> {
    const timer = setTimeout(
      // What is known is as old as the last answer, not as the moment at which that was noticed.
      () => live.set(stale(live.value, "no answer", live.value.sample?.time)),
      Math.max(LATE_MS, 2 * periodMs),
    );
    this.#lateTimers.add(timer);
    return timer;
  }
}

/** What went wrong, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
