import type { BunsenError } from "../errors.ts";
import type { Expiring } from "../net/deadlines.ts";
import type { PyroMessage } from "./header.ts";

/** A request that waits for its answer. */
export interface Pending extends Expiring {
  seq: number;
  answer(message: PyroMessage): void;
  fail(reason: BunsenError): void;
}

const INITIAL_SLOTS = 16;
const SEQUENCE_NUMBERS = 0x10000;

/**
 * The requests that wait, by sequence number. Numbers are handed out in a row, so a ring indexed by the low bits holds
 * them without hashing. It is kept half empty, and steps over a long call that is in the way of newer ones.
 */
export class PendingCalls {
  #slots: (Pending | undefined)[] = new Array(INITIAL_SLOTS).fill(undefined);
  #last = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** True when each of the 65,536 numbers is waiting: there is none left to tell another call by. */
  get full(): boolean {
    return this.#size >= SEQUENCE_NUMBERS - 1;
  }

  /** Gives `pending` the next free number. There must be one: see `full`. */
  add(pending: Pending): void {
    if (this.#size * 2 >= this.#slots.length && this.#slots.length < SEQUENCE_NUMBERS) this.#grow();
    let seq = this.#nextNumber();
    while (this.#slots[seq & (this.#slots.length - 1)] !== undefined) seq = this.#nextNumber();
    pending.seq = seq;
    this.#slots[seq & (this.#slots.length - 1)] = pending;
    this.#size += 1;
  }

  /** A number for a request that waits for no answer. */
  skip(): number {
    return this.#nextNumber();
  }

  get(seq: number): Pending | undefined {
    const found = this.#slots[seq & (this.#slots.length - 1)];
    return found?.seq === seq ? found : undefined;
  }

  remove(pending: Pending): void {
    const index = pending.seq & (this.#slots.length - 1);
    if (this.#slots[index] !== pending) return;
    this.#slots[index] = undefined;
    this.#size -= 1;
  }

  /** Fails all that wait. */
  failAll(reason: BunsenError): void {
    const waiting = this.#slots.filter((pending) => pending !== undefined);
    this.#slots = new Array(INITIAL_SLOTS).fill(undefined);
    this.#size = 0;
    for (const pending of waiting) pending.fail(reason);
  }

  #nextNumber(): number {
    this.#last = (this.#last + 1) & (SEQUENCE_NUMBERS - 1);
    return this.#last;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Array(old.length * 2).fill(undefined);
    for (const pending of old) {
      if (pending) this.#slots[pending.seq & (this.#slots.length - 1)] = pending;
    }
  }
}
