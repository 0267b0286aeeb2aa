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
  /** All ticks up to this one are over. */
  #turned = 0;

  add(item: Expiring, afterMs: number): void {
    const now = performance.now();
    const tick = Math.floor((now + afterMs) / TICK_MS) + 1;
    let slot = this.#slots.get(tick);
    if (slot === undefined) {
      slot = [];
      this.#slots.set(tick, slot);
    }
    item.deadlineSlot = slot;
    item.deadlineIndex = slot.length;
    slot.push(item);
    this.#size += 1;
    if (this.#timer !== undefined) return;
    this.#turned = Math.floor(now / TICK_MS);
    this.#timer = setInterval(() => this.#turn(), TICK_MS);
    // That of a browser is a number.
    if (typeof this.#timer === "object") this.#timer.unref();
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
    for (const tick of this.#ticksUntil(now)) {
      const slot = this.#slots.get(tick) ?? [];
      for (const item of [...slot]) {
        // An item that expires may remove others.
        if (item.deadlineSlot !== slot) continue;
        this.remove(item);
        // It may throw, too; then the rest of its slot has the next turn.
        item.expire();
      }
      this.#slots.delete(tick);
    }
    this.#turned = now;
    if (this.#size > 0) return;
    // What is left are slots whose items were removed.
    this.#slots.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The ticks that are due, oldest first. After a long sleep there are more of them than slots. */
  #ticksUntil(now: number): number[] {
    const due = now - this.#turned;
    if (due <= this.#slots.size) return Array.from({ length: due }, (_, i) => this.#turned + 1 + i);
    return [...this.#slots.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
  }
}

/** The wheel that connections share. */
export const deadlines: DeadlineWheel = new DeadlineWheel();
