import { type BunsenError, CommunicationError } from "../errors.ts";
import { Deadline, deadlines } from "../net/deadlines.ts";
import type { Generation, PyroMessage } from "./header.ts";

/** The CONNECTFAIL of a daemon, or what came in its place. */
export class HandshakeError extends CommunicationError {
  /** The generation in which the peer answered; undefined when it closed without a word. */
  readonly answeredIn: Generation | undefined;
  constructor(code: string, message: string, answeredIn: Generation | undefined) {
    super(code, message, { retry: "later" });
    this.answeredIn = answeredIn;
  }
}

/** The wait for the answer to a CONNECT: there is one, before any call is made. */
export class Greeting {
  readonly #deadline: Deadline;
  readonly #answer = Promise.withResolvers<PyroMessage>();

  /** @param timeoutMs - 0 waits for ever. */
  constructor(timeoutMs: number, overdue: () => void) {
    this.#deadline = new Deadline(overdue);
    if (timeoutMs > 0) deadlines.add(this.#deadline, timeoutMs);
  }

  get answered(): Promise<PyroMessage> {
    return this.#answer.promise;
  }

  answer(message: PyroMessage): void {
    deadlines.remove(this.#deadline);
    this.#answer.resolve(message);
  }

  fail(reason: BunsenError): void {
    deadlines.remove(this.#deadline);
    this.#answer.reject(reason);
  }
}
