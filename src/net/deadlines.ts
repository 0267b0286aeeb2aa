/** Something with a deadline. The links belong to the wheel. */
export interface Expiring {
  expire(): void;
  deadlineSlot: Expiring[] | undefined;
  deadlineIndex: number;
}

/** The plainest thing with a deadline. */
export class Deadline implements Expiring {
  deadlineSlot: Expiring[] | undefined = undefined;
  deadlineIndex = 0;
  readonly expire: () => void;

  constructor(expire: () => void) {
    this.expire = expire;
  }
}

const TICK_MS = 10;

/**
 * One timer for all deadlines. Adding and removing cost a few array writes; precision is one tick of 10 ms, always
 * late and never early.
 */
export class DeadlineWheel {
  readonly #slots = new Map<number, Expiring[]>();
  #timer: NodeJS.Timeout | undefined;
  #size = 0;

  add(item: Expiring, afterMs: number): void {
    const tick = Math.ceil((performance.now() + afterMs) / TICK_MS);
    let slot = this.#slots.get(tick);
    if (slot === undefined) {
      slot = [];
      this.#slots.set(tick, slot);
    }
    item.deadlineSlot = slot;
    item.deadlineIndex = slot.length;
    slot.push(item);
    this.#size += 1;
    this.#timer ??= setInterval(() => this.#turn(), TICK_MS).unref();
  }

  remove(item: Expiring): void {
    const slot = item.deadlineSlot;
    if (slot === undefined) return;
    item.deadlineSlot = undefined;
    const last = slot.pop() as Expiring;
    if (last !== item) {
      slot[item.deadlineIndex] = last;
      last.deadlineIndex = item.deadlineIndex;
    }
    this.#size -= 1;
  }

  #turn(): void {
    const now = Math.floor(performance.now() / TICK_MS);
    for (const [tick, slot] of this.#slots) {
      if (tick > now) continue;
      this.#slots.delete(tick);
      this.#size -= slot.length;
      for (const item of slot) item.deadlineSlot = undefined;
      for (const item of slot) item.expire();
    }
    if (this.#size === 0 && this.#slots.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

/** The wheel that connections share. */
export const deadlines: DeadlineWheel = new DeadlineWheel();
