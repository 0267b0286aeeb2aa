import { BunsenError, ConnectionClosedError } from "../errors.ts";
import {
  type BatchResult,
  type Channel,
  type ConnectionState,
  type Request,
  withDeclaredOneway,
} from "../objects/channel.ts";
import type { Description } from "../objects/description.ts";
import { loanId } from "../objects/loans.ts";
import { Observable } from "../objects/observable.ts";
import type { ClassHooks, SerializerName } from "../serializers/index.ts";
import { Callee } from "./callee.ts";
import type { Calls } from "./calls.ts";

/** The connection that something was lent over. */
export interface Borrower {
  readonly peer: string;
  readonly calls: Calls;
  readonly serializer: SerializerName;
  readonly hooks: ClassHooks | undefined;
  release(channel: BorrowedChannel): void;
}

/** The calling side of a function or object that the peer lent: calls go back over the connection that it came by. */
export class BorrowedChannel implements Channel {
  readonly uri: string;
  readonly number: number;
  readonly state: Observable<ConnectionState>;
  readonly description: Description;
  /** The proxy or function that stands for it here. */
  standIn: object = this;
  readonly #borrower: Borrower;
  #callee: Callee | undefined;
  #closed: BunsenError | undefined;

  constructor(borrower: Borrower, number: number, description: Description) {
    this.#borrower = borrower;
    this.number = number;
    this.description = description;
    this.uri = `${loanId(number)} of ${borrower.peer}`;
    this.state = new Observable<ConnectionState>({
      name: "connected",
      address: borrower.peer,
      peer: "Bunsen",
    });
  }

  /** Whether it came by this connection. */
  isOf(borrower: Borrower): boolean {
    return this.#borrower === borrower;
  }

  async open(): Promise<void> {
    if (this.#closed) throw this.#closed;
  }

  call(request: Request): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const sent = withDeclaredOneway(request, this.description);
    return this.#borrower.calls.call(this.#spokenTo(), sent, 0);
  }

  async batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]> {
    if (this.#closed) throw this.#closed;
    return this.#borrower.calls.batch(this.#spokenTo(), requests, oneway, 0);
  }

  /** Gives it back. It cannot be called any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const text = `${this.uri} was released`;
    this.#end(new BunsenError("ERR_CALLBACK_RELEASED", text), { name: "closed" });
    this.#borrower.release(this);
  }

  /** The connection is closed, and does not come back: what it was lent for was a part of it. */
  lost(reason: BunsenError): void {
    if (this.#closed) return;
    const text = `${this.uri} is gone with its connection: ${reason.message}`;
    const lost = new ConnectionClosedError("ERR_CALLBACK_LOST", text, { cause: reason });
    this.#end(lost, { name: "lost", address: this.#borrower.peer, reason: lost });
  }

  #end(reason: BunsenError, state: ConnectionState): void {
    this.#closed = reason;
    this.state.set(state);
  }

  #spokenTo(): Callee {
    const { serializer, hooks } = this.#borrower;
    if (this.#callee?.serializer.name !== serializer) {
      const peer = { generation: 5, bunsen: true } as const;
      this.#callee = new Callee(loanId(this.number), peer, serializer, hooks as ClassHooks);
    }
    return this.#callee as Callee;
  }
}
