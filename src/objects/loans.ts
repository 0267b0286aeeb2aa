import { BunsenError } from "../errors.ts";
import { type Entry, isCallable, makeEntry } from "./entry.ts";
import { addLender, type Lender, removeLender } from "./lenders.ts";

/** One object or function that the peer of a connection may call. */
export interface Loan {
  readonly number: number;
  readonly target: object;
  readonly entry: Entry;
  /** How many times it was sent: so many have to be given back. */
  sent: number;
}

/**
 * The objects and functions of this side that the peer of one connection holds. Nobody else can call them, and they are
 * let go of when the peer gives them back, when they are taken back, or when the connection closes.
 */
export class Loans implements Lender {
  readonly #max: number;
  readonly #byNumber = new Map<number, Loan>();
  readonly #byTarget = new Map<object, Loan>();
  #last = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  get(number: number): Loan | undefined {
    return this.#byNumber.get(number);
  }

  /** By the id that a call names. */
  find(id: string): Entry | undefined {
    return isLoanId(id) ? this.#byNumber.get(Number(id.slice(ID_PREFIX.length)))?.entry : undefined;
  }

  /**
   * Notes that `target` is sent once more. The same object has the same number, so that the peer can recognise it.
   * @returns undefined for what cannot be called: objects that expose nothing, classes.
   * @throws BunsenError `ERR_TOO_MANY_CALLBACKS`.
   */
  lend(target: object): Loan | undefined {
    const known = this.#byTarget.get(target);
    if (known !== undefined) {
      known.sent += 1;
      return known;
    }
    if (!isCallable(target)) return undefined;
    if (this.#byNumber.size >= this.#max) {
      throw new BunsenError(
        "ERR_TOO_MANY_CALLBACKS",
        `the peer holds ${this.#byNumber.size} callbacks and objects of this side, as many as maxCallbacks allows; release some, or raise it`,
        { retry: "later" },
      );
    }
    this.#last += 1;
    const entry = makeEntry(loanId(this.#last), target, {});
    const loan: Loan = { number: this.#last, target, entry, sent: 1 };
    this.#byNumber.set(loan.number, loan);
    this.#byTarget.set(target, loan);
    addLender(target, this);
    return loan;
  }

  /** The peer, or a message that was not sent after all, gives back what was sent `times` times. */
  giveBack(number: number, times: number): void {
    const loan = this.#byNumber.get(number);
    if (loan === undefined) return;
    loan.sent -= times;
    if (loan.sent <= 0) this.#forget(loan);
  }

  /** Whatever the peer holds: from now on it cannot be called. */
  takeBack(target: object): void {
    const loan = this.#byTarget.get(target);
    if (loan !== undefined) this.#forget(loan);
  }

  clear(): void {
    for (const loan of [...this.#byNumber.values()]) this.#forget(loan);
  }

  #forget(loan: Loan): void {
    this.#byNumber.delete(loan.number);
    this.#byTarget.delete(loan.target);
    removeLender(loan.target, this);
  }
}

/** The blank keeps it apart from every id that can be registered. */
const ID_PREFIX = "callback ";

/** The id under which a loan is called. */
export function loanId(number: number): string {
  return `${ID_PREFIX}${number}`;
}

export function isLoanId(id: string): boolean {
  return id.startsWith(ID_PREFIX);
}
