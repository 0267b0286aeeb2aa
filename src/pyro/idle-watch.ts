import { Deadline, deadlines } from "../net/deadlines.ts";

/** Tells when a connection has been silent for too long. Looks once a period instead of setting a timer a message. */
export class IdleWatch {
  readonly #timeoutMs: number;
  readonly #isIdle: () => boolean;
  readonly #expired: () => void;
  readonly #deadline = new Deadline(() => this.#look());
  #lastActivity = performance.now();

  /** @param isIdle - Whether nothing is running: a long call is not silence. */
  constructor(timeoutMs: number, isIdle: () => boolean, expired: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#isIdle = isIdle;
    this.#expired = expired;
    deadlines.add(this.#deadline, timeoutMs);
  }

  noteActivity(): void {
    this.#lastActivity = performance.now();
  }

  stop(): void {
    deadlines.remove(this.#deadline);
  }

  #look(): void {
    if (!this.#isIdle()) this.noteActivity();
    const left = this.#lastActivity + this.#timeoutMs - performance.now();
    if (left <= 0) this.#expired();
    else deadlines.add(this.#deadline, left);
  }
}
