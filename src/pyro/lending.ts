import { type BunsenError, SerializeError } from "../errors.ts";
import { fromWire, toWire } from "../objects/description.ts";
import { Loans } from "../objects/loans.ts";
import { channelOf, isProxy } from "../objects/proxy.ts";
import type { Session } from "../objects/session.ts";
import type { ClassHooks, SerializerName } from "../serializers/index.ts";
import type { ClassDict } from "../values/types.ts";
import { BorrowedChannel } from "./borrowed-channel.ts";
import { Borrowings } from "./borrowings.ts";
import type { Calls } from "./calls.ts";
import type { Connection } from "./connection.ts";
import { Flag, MessageType } from "./header.ts";

/** What a dict with one of these classes stands for: see docs/wire-extensions.md. */
const LENT = "bunsen.Lent";
const RETURNED = "bunsen.Returned";

/**
 * What the two ends of a connection between Bunsen peers lend each other: functions, and objects that are not
 * registered anywhere, which the other end then calls over this very connection.
 */
export class Lending {
  readonly #connection: Connection;
  readonly #loans: Loans;
  readonly #borrowings: Borrowings;
  /** What the message that is being written lends. */
  readonly #written: number[] = [];

  constructor(connection: Connection, calls: Calls, session: Session, maxCallbacks: number) {
    this.#connection = connection;
    this.#loans = new Loans(maxCallbacks);
    session.loans = this.#loans;
    this.#borrowings = new Borrowings(connection.peer, calls, maxCallbacks, (number, times) =>
      this.#giveBack(number, times),
    );
    calls.lending = this;
  }

  /** How what arrives is called. To be said before anything arrives; the serializer may change with the peer's. */
  speak(serializer: SerializerName, hooks: ClassHooks): void {
    this.#borrowings.serializer = serializer;
    this.#borrowings.hooks = hooks;
  }

  // ---- in messages -------------------------------------------------------------------------------------------------

  /** A message is about to be written. */
  begin(): void {
    this.#written.length = 0;
  }

  /** It was not sent. */
  undo(): void {
    for (const number of this.#written.splice(0)) this.#loans.giveBack(number, 1);
  }

  /** What travels in place of a function or object; undefined for what cannot be called. */
  toWire(value: object): ClassDict | undefined {
    const own = isProxy(value) ? channelOf(value) : undefined;
    if (own instanceof BorrowedChannel && own.isOf(this.#borrowings)) {
      return { __class__: RETURNED, id: own.number };
    }
    const loan = this.#loans.lend(value);
    if (loan === undefined) return undefined;
    this.#written.push(loan.number);
    const sent = { __class__: LENT, id: loan.number };
    return typeof value === "function"
      ? sent
      : { ...sent, description: toWire(loan.entry.exposure) };
  }

  /** What a dict of these classes stands for; undefined for others. */
  fromWire(record: ClassDict): unknown {
    const { __class__: name } = record;
    if (name !== LENT && name !== RETURNED) return undefined;
    const { id, description } = record as ClassDict & { id?: unknown; description?: unknown };
    if (typeof id !== "number" || id !== id >>> 0) {
      throw new SerializeError("ERR_BAD_PAYLOAD", `a ${name} arrived without its number`);
    }
    if (name === LENT) {
      return this.#borrowings.take(
        id,
        description === undefined ? undefined : fromWire(description),
      );
    }
    const loan = this.#loans.get(id);
    if (loan === undefined) {
      const text = `the peer passed back callback ${id}, which it does not hold any more`;
      throw new SerializeError("ERR_CALLBACK_RELEASED", text);
    }
    return loan.target;
  }

  // ---- giving back -------------------------------------------------------------------------------------------------

  /** A control frame: the peer gives back what it holds of this side. */
  receive(payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#loans.giveBack(view.getUint32(0), view.getUint32(4));
  }

  #giveBack(number: number, times: number): void {
    const head = { type: MessageType.Ping, flags: Flag.ItemStream, seq: 0, serializerId: 0 };
    this.#connection.send({ ...head, generation: 5, bunsen: true }, (out) => {
      out.u32(number);
      out.u32(times);
    });
  }

  closed(reason: BunsenError): void {
    this.#borrowings.closed(reason);
  }
}

/** Whether a control frame gives something back. One that is for a call carries 4 bytes. */
export function givesBack(payload: Uint8Array): boolean {
  return payload.byteLength === 8;
}
